//! A lint about operations without security that write to S3.

use s3_edge_gateway::gateway::deployment::settings::AnonymousWrites;

use super::list::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
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
