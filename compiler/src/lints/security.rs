//! Lints about operations without security that write to S3, values that a signature need not cover, and token issuers without
//! an audience.

use s3_edge_gateway::api::Authorization;
use s3_edge_gateway::api::mapping::RequestSource;
use s3_edge_gateway::gateway::authorize::signature::is_always_signed;
use s3_edge_gateway::gateway::deployment::settings::AnonymousWrites;

use super::list::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    find_anonymous_write(operation, lints);
    find_unsigned(operation, lints);
    find_any_audience(operation, lints);
}

/// Finds authorizers whose entry in JWT_ISSUERS has no audience.
fn find_any_audience(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let Authorization::Token(authorizer) = &operation.served.security.authorization else { return };
    let issuer = operation.settings.and_then(|settings| settings.jwt_issuers.get(&authorizer.scheme));
    if issuer.is_none_or(|issuer| !issuer.audience.is_empty()) {
        return;
    }
    let message = format!(
        "The entry `{}` of JWT_ISSUERS has no `audience`, so {} accepts tokens that the issuer made for other applications.",
        authorizer.scheme,
        operation.name()
    );
    lints.add(Code::AudienceMissing, Behaviours::Both, operation.outline.pointer.clone(), message);
}

/// Finds mappings from headers that a client of an `awsSigv4` operation need not sign.
fn find_unsigned(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    if !matches!(operation.served.security.authorization, Authorization::AwsIam) {
        return;
    }
    for (target, source) in &operation.integration().request_parameters {
        let RequestSource::MethodRequest(source) = source else { continue };
        let Some(header) = source.header().filter(|header| !is_always_signed(&header.name)) else { continue };
        let message = format!(
            "A client need not sign the header `{}`, so a proxy on the way can change the value of `{target}`.",
            header.written
        );
        lints.add(Code::HeaderUnsigned, Behaviours::Both, operation.mapping_pointer(target), message);
    }
}

fn find_anonymous_write(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let methods = operation.writing_methods();
    if operation.s3().is_none() || methods.is_empty() || !operation.served.security.is_open() {
        return;
    }
    // This gateway refuses anonymous writes in both behaviours unless ALLOW_ANONYMOUS_WRITES is `true`. The lint nevertheless
    // always concerns `aws`, because API Gateway itself accepts anonymous writes.
    let is_allowed =
        operation.settings.is_some_and(|settings| settings.anonymous_writes == AnonymousWrites::Allowed);
    let behaviours = if is_allowed { Behaviours::Both } else { Behaviours::Aws };
    let methods: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    let message = format!(
        "Anyone can write to S3 ({}) if the deployment allows anonymous writes, because {} has no `security`.",
        methods.join(", "),
        operation.name()
    );
    lints.add(Code::AnonymousWrite, behaviours, operation.outline.pointer.clone(), message);
}
