//! The sections of a CloudFormation or SAM template.

use std::collections::HashMap;

use super::node::Node;

/// The sections of a template that functions read.
pub(super) struct Template<'a> {
    pub(super) parameters: HashMap<&'a str, &'a Node>,
    pub(super) conditions: HashMap<&'a str, &'a Node>,
    pub(super) mappings: HashMap<&'a str, &'a Node>,
    resources: HashMap<&'a str, &'a Node>,
}

/// Types of resources, and the property that sets the name that `Ref` returns.
const NAMES: &[(&str, &str)] = &[
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::Kinesis::Stream", "Name"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::Serverless::SimpleTable", "TableName"),
];

impl<'a> Template<'a> {
    pub(super) fn of(file: &'a Node) -> Self {
        let section = |name: &str| {
            let entries = file.get(name).and_then(Node::as_object).unwrap_or_default();
            entries.iter().map(|(name, node)| (name.as_str(), node)).collect()
        };
        Self {
            parameters: section("Parameters"),
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            resources: section("Resources"),
        }
    }

    /// Returns the property that sets the name of a resource, and its value. Returns `None` if no property sets the
    /// name, or if the type of the resource is not in [`NAMES`].
    pub(super) fn name_of(&self, id: &str) -> Option<(&'static str, &'a Node)> {
        let resource = self.resources.get(id)?;
        let kind = resource.get("Type")?.as_str()?;
        let (_, property) = NAMES.iter().find(|(of, _)| *of == kind)?;
        Some((property, resource.get("Properties")?.get(property)?))
    }
}

/// Returns whether a file is a template and not a document.
pub(super) fn is_template(file: &Node) -> bool {
    ["openapi", "swagger", "paths"].iter().all(|key| file.get(key).is_none())
        && file.get("Resources").is_some()
}
