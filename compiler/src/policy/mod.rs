//! Computes the IAM policy that the S3 integrations of a document need.
//!
//! This file finds the requests that each operation can send; `actions` has the S3 action of each request. The policy
//! does not contain `sts:` and `kms:` actions, because they depend on the roles and on the encryption of the buckets.

pub(crate) mod actions;
pub(crate) mod target;

use std::collections::{BTreeMap, BTreeSet};

use s3_edge_gateway::api::integration::{Backend, IntegrationMethod, S3Backend};
use s3_edge_gateway::api::integration_uri::IntegrationUri;
use s3_edge_gateway::api::mapping::{AmbientSource, RequestSource};
use s3_edge_gateway::api::{Method, Resource};
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::behaviour::Difference;
use s3_edge_gateway::s3::multipart::is_about_the_whole_body;
use s3_edge_gateway::s3::{Partition, Region};
use serde_json::{Value, json};

use self::target::{ANYTHING, KnownValues, Level, Target, decoded};
use crate::compilation::CompiledDocument;

/// The query parameter that names a version of an object.
const VERSION: &str = "versionId";

/// Returns the policy for all operations that are served at the edge, including conditional ones. The list of
/// statements is empty if no operation sends requests to S3. IAM refuses a policy without statements.
///
/// `settings` restrict the policy to the bucket, the stage variables, the region and the behaviour of a deployment.
pub fn policy(document: &CompiledDocument, settings: Option<&Settings>) -> Value {
    let mut rights: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for resource in &document.api.resources {
        for method in &resource.methods {
            let Some(integration) = method.operation.served().map(|served| &served.integration) else {
                continue;
            };
            let Backend::S3(s3) = &integration.backend else { continue };
            let known = KnownValues { path: &resource.path, integration, settings };
            let requests = Requests::new(known, &s3.uri);
            for http_method in methods(resource, method, s3) {
                for (action, resource) in requests.rights(&http_method) {
                    rights.entry(resource).or_default().insert(action);
                }
            }
        }
    }
    // Resources with the same actions become one statement.
    let mut statements: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
    for (resource, actions) in rights {
        statements.entry(actions).or_default().push(resource);
    }
    let statement =
        |(actions, resources)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    let statements: Vec<_> = statements.into_iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the HTTP methods of the requests to S3.
fn methods(resource: &Resource, method: &Method, s3: &S3Backend) -> Vec<String> {
    match &s3.http_method {
        IntegrationMethod::Fixed(method) => vec![method.to_string()],
        IntegrationMethod::Client => {
            resource.http_methods(&method.verb).iter().map(ToString::to_string).collect()
        }
    }
}

/// The requests that an integration sends to S3.
struct Requests<'r> {
    known: KnownValues<'r>,
    target: Target,
    partition: &'static str,
    /// Query parameters of all requests.
    always: Vec<String>,
    /// Query parameters that only some requests have.
    sometimes: Vec<String>,
}

impl<'r> Requests<'r> {
    fn new(known: KnownValues<'r>, uri: &IntegrationUri) -> Self {
        let mut always: Vec<_> = uri.query.iter().map(|(name, _)| known.text(name)).collect();
        let mut sometimes = Vec::new();
        for (name, source) in known.query() {
            let name = name.as_str().to_owned();
            match is_static(source) {
                false => sometimes.push(name),
                true if always.contains(&name) => {}
                true => always.push(name),
            }
        }
        let target = Target::of(&known, uri);
        Self { partition: partition(uri, known.settings), known, target, always, sometimes }
    }

    /// Returns the actions for requests with this method, each with its resource.
    fn rights(&self, method: &str) -> Vec<(&'static str, String)> {
        let level = self.target.level;
        let of = |names: &[String]| -> Vec<&'static str> {
            names.iter().flat_map(|name| actions::of_subresource(name, level, method)).collect()
        };
        let mut actions = of(&self.always);
        if !self.always.iter().any(|name| actions::is_subresource(name, level)) {
            actions.extend(of(&self.sometimes));
            actions.extend(actions::of_plain(level, method));
        }
        self.choose_versions(&mut actions);
        for action in actions.clone() {
            let needed =
                actions::of_headers(action).iter().filter(|(name, _)| self.source_of(name).is_some());
            actions.extend(needed.map(|(_, action)| *action));
        }
        if self.may_be_multipart(method) {
            actions.push("s3:AbortMultipartUpload");
        }
        let mut rights: Vec<_> = actions.iter().map(|action| (*action, self.resource(action))).collect();
        if level == Level::Object && actions.contains(&"s3:PutObject") {
            rights.extend(self.copied());
        }
        rights
    }

    /// Replaces actions with their variants for a version if all requests have a version id. Adds the variants if only
    /// some requests have one.
    fn choose_versions(&self, actions: &mut Vec<&'static str>) {
        let is_named = |names: &[String]| names.iter().any(|name| name == VERSION);
        if self.target.level != Level::Object {
            return;
        }
        if is_named(&self.always) {
            for action in actions {
                *action = actions::of_version(action).unwrap_or(action);
            }
        } else if is_named(&self.sometimes) {
            let others: Vec<_> = actions.iter().filter_map(|action| actions::of_version(action)).collect();
            actions.extend(others);
        }
    }

    /// Returns whether the gateway may replace a request of this method with a multipart upload. A multipart upload also
    /// needs `s3:AbortMultipartUpload`, because the gateway aborts an upload that fails.
    fn may_be_multipart(&self, method: &str) -> bool {
        let is_plain = method == "PUT" && self.target.level == Level::Object && self.always.is_empty();
        let has_no_ceiling = |settings: &Settings| settings.behaviour.has(Difference::NoCeiling);
        let is_streamed = self.known.settings.is_none_or(has_no_ceiling);
        let mut headers = self.known.headers();
        is_plain
            && is_streamed
            && !headers
                .any(|(header, source)| is_about_the_whole_body(header.name.as_str()) && is_static(source))
    }

    /// Returns the source of a header that is sent to S3, or `None` if the header is not mapped.
    fn source_of(&self, header: &str) -> Option<&'r RequestSource> {
        self.known.headers().find(|(known, _)| known.name == header).map(|(_, source)| source)
    }

    fn resource(&self, action: &str) -> String {
        let bucket = self.bucket(&self.target.bucket);
        match self.target.level {
            Level::Service => "*".to_owned(),
            // A POST with `?delete` is a request to the bucket, but its actions are for objects.
            Level::Bucket if action == "s3:DeleteObject" || action == "s3:BypassGovernanceRetention" => {
                format!("{bucket}/*")
            }
            Level::Bucket => bucket,
            Level::Object => format!("{bucket}/{}", self.target.key),
        }
    }

    fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }

    /// Returns the action and the resource for the source of a copy, or `None` if the request does not copy an object
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
    fn copied(&self) -> Option<(&'static str, String)> {
        let source = self.known.value(self.source_of("x-amz-copy-source")?).unwrap_or_default();
        // A question mark in the key is percent-encoded, so the first unencoded question mark begins the query.
        let (path, query) = source.split_once('?').unwrap_or((source, ""));
        let names_version = query.split('&').any(|pair| pair.split('=').next() == Some(VERSION));
        let action = if names_version { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let path = decoded(path);
        let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((ANYTHING, ANYTHING));
        Some((action, format!("{}/{key}", self.bucket(bucket))))
    }
}

fn is_static(source: &RequestSource) -> bool {
    matches!(source, RequestSource::Ambient(AmbientSource::Static(_)))
}

/// Returns the partition of the uri. If the uri has `${AWS::Partition}`, returns the partition of the region, or `aws` if the
/// region is not known.
fn partition(uri: &IntegrationUri, settings: Option<&Settings>) -> &'static str {
    let written = uri.partition.as_deref().and_then(|name| Partition::parse(name).ok());
    let region = uri.region.as_deref().and_then(|name| Region::parse(name).ok());
    let region = region.or_else(|| settings?.s3_region.clone());
    written.or_else(|| region.as_ref().map(Partition::of)).map_or("aws", Partition::name)
}
