//! The backend of an operation, resolved with the settings: the endpoint of S3, and the keys that sign.

use std::sync::Arc;

use super::role::Role;
use super::settings::Settings;
use crate::api::integration::{Backend, HttpBackend, S3Backend};
use crate::s3::{Endpoint, Partition, Region, Service, Signer};

/// The backend of an operation, resolved with the settings.
pub(in crate::gateway) type DeployedBackend = Backend<Box<DeployedS3>, Arc<HttpBackend>>;

/// The S3 backend of one operation.
#[derive(Debug)]
pub(in crate::gateway) struct DeployedS3 {
    pub(in crate::gateway) backend: Arc<S3Backend>,
    pub(in crate::gateway) endpoint: Endpoint,
    pub(in crate::gateway) signer: Signer,
    pub(in crate::gateway) role: Option<Role>,
}

/// The reason why the settings do not allow an operation to be served: its code and its message.
pub(super) type Obstacle = (&'static str, String);

/// Resolves a backend.
///
/// # Errors
/// Returns the [`Obstacle`] if the settings do not allow the backend to be used.
pub(super) fn resolve(backend: &Backend, settings: &Settings) -> Result<DeployedBackend, Obstacle> {
    Ok(match backend {
        Backend::S3(s3) => Backend::S3(Box::new(DeployedS3::new(s3, settings)?)),
        Backend::Http(http) => Backend::Http(Arc::clone(http)),
        Backend::HttpProxy(http) => Backend::HttpProxy(Arc::clone(http)),
        Backend::Mock => Backend::Mock,
    })
}

impl DeployedS3 {
    fn new(s3: &Arc<S3Backend>, settings: &Settings) -> Result<Self, Obstacle> {
        let uri = &s3.uri;
        if uri.needs_region() && settings.s3_region.is_none() {
            let message = "The integration's `uri` has `${AWS::Region}`, and S3_REGION is not set. Set S3_REGION to the region of the bucket.";
            return Err(("region-missing", message.to_owned()));
        }
        let uri_region = match (&uri.region, &settings.s3_region) {
            (None, Some(region)) => region.clone(),
            (written, _) => {
                let written = written.as_deref().unwrap_or_default();
                Region::parse(written).map_err(|error| {
                    let message =
                        format!("The region `{written}` of the integration's `uri` is not valid: {error}.");
                    ("uri-invalid", message)
                })?
            }
        };
        let region = settings.s3_region.clone().unwrap_or_else(|| uri_region.clone());
        let partition = match &uri.partition {
            Some(written) => Partition::parse(written).map_err(|error| {
                let message =
                    format!("The partition `{written}` of the integration's `uri` is not valid: {error}.");
                ("uri-invalid", message)
            })?,
            None => Partition::of(&uri_region),
        };
        let of_aws = || Endpoint::aws(Service::S3, &uri_region, partition);
        let endpoint = settings.s3_endpoint.clone().unwrap_or_else(of_aws);
        let role = Role::of(s3.credentials.as_deref(), settings, &region, partition)
            .map_err(|message| ("role-invalid", message))?;
        let signer = Signer::new(settings.credentials.clone(), region, Service::S3);
        Ok(Self { backend: Arc::clone(s3), endpoint, signer, role })
    }
}
