//! The backend of a method: the document's integration, resolved with the settings.
//!
//! Inside: where S3 is for a method, and who signs. Not inside: where in S3 a request goes (`place`).

use std::sync::Arc;

use super::deployment::reason;
use super::role::Role;
use super::settings::Settings;
use crate::api::Reason;
use crate::api::integration::{Backend, HttpBackend, S3Backend};
use crate::s3::{Endpoint, Partition, Region, Service, Signer};

/// Who answers the requests of a method, ready to be asked.
#[derive(Debug)]
pub(super) enum DeployedBackend {
    S3(Box<DeployedS3>),
    Http(Arc<HttpBackend>),
    HttpProxy(Arc<HttpBackend>),
    Mock,
}

/// S3, as one method needs it.
#[derive(Debug)]
pub(super) struct DeployedS3 {
    pub(super) backend: Arc<S3Backend>,
    pub(super) endpoint: Endpoint,
    pub(super) signer: Signer,
    pub(super) role: Option<Role>,
}

impl DeployedBackend {
    pub(super) fn new(backend: &Backend, settings: &Settings) -> Result<Self, Reason> {
        Ok(match backend {
            Backend::S3(s3) => Self::S3(Box::new(DeployedS3::new(s3, settings)?)),
            Backend::Http(http) => Self::Http(Arc::clone(http)),
            Backend::HttpProxy(http) => Self::HttpProxy(Arc::clone(http)),
            Backend::Mock => Self::Mock,
        })
    }
}

impl DeployedS3 {
    fn new(s3: &Arc<S3Backend>, settings: &Settings) -> Result<Self, Reason> {
        let uri = &s3.uri;
        if uri.needs_region() && settings.s3_region.is_none() {
            let message = "The integration's `uri` has `${AWS::Region}`, and S3_REGION is not set. Set it to the region of the bucket.";
            return Err(reason("region-missing", message.to_owned()));
        }
        let uri_region = match (&uri.region, &settings.s3_region) {
            (None, Some(region)) => region.clone(),
            (written, _) => {
                let written = written.as_deref().unwrap_or_default();
                Region::parse(written).map_err(|error| {
                    let message =
                        format!("The region `{written}` of the integration's `uri` is not valid: {error}.");
                    reason("uri-invalid", message)
                })?
            }
        };
        let region = settings.s3_region.clone().unwrap_or_else(|| uri_region.clone());
        let partition = match &uri.partition {
            Some(written) => Partition::parse(written).map_err(|error| {
                let message =
                    format!("The partition `{written}` of the integration's `uri` is not valid: {error}.");
                reason("uri-invalid", message)
            })?,
            None => Partition::of(&uri_region),
        };
        let of_aws = || Endpoint::aws(Service::S3, &uri_region, partition);
        let endpoint = settings.s3_endpoint.clone().unwrap_or_else(of_aws);
        let role = Role::of(s3.credentials.as_deref(), settings, &region, partition)
            .map_err(|message| reason("role-invalid", message))?;
        let signer = Signer::new(settings.credentials.clone(), region, Service::S3);
        Ok(Self { backend: Arc::clone(s3), endpoint, signer, role })
    }
}
