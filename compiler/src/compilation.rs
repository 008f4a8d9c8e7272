//! The result of a compilation: the API, its outline for people, and the findings.

use s3_edge_gateway::api::compiled::encode;
use s3_edge_gateway::api::{Api, Operation, Reason};
use s3_edge_gateway::gateway::{Gateway, Settings};

use crate::finding::{Class, Code, Finding, Place};
use crate::requirement::Requirement;

/// What came of a file.
#[derive(Debug)]
pub struct Compilation {
    /// The API; `None` if a finding is an error.
    pub document: Option<CompiledDocument>,
    /// Errors, or lints, in the order of the text. A document with errors has no lints.
    pub findings: Vec<Finding>,
}

/// An API, and what the compiled form leaves out.
#[derive(Debug)]
pub struct CompiledDocument {
    /// The API.
    pub api: Api,
    /// Where its parts stand in the file.
    pub outline: Outline,
}

/// The places of an API's parts, and what lints need of the document beside the [`Api`].
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The JSON pointer to the document in its file: empty, or `/Resources/Api/Properties/Body`.
    pub pointer: String,
    /// One entry for each operation, in the order of [`Api::operations`].
    pub operations: Vec<OperationOutline>,
    /// The entries of `x-amazon-apigateway-binary-media-types`.
    pub binary_media_types: Vec<MediaTypeOutline>,
}

/// One entry of `x-amazon-apigateway-binary-media-types`.
#[derive(Clone, Debug, Default)]
pub struct MediaTypeOutline {
    /// The media type as written, without parameters.
    pub written: String,
    /// The entry.
    pub pointer: String,
}

/// The parts of one operation in the file. Every pointer begins at the root of the file.
#[derive(Clone, Debug)]
pub struct OperationOutline {
    /// The operation.
    pub pointer: String,
    /// Its place.
    pub place: Place,
    /// Its integration.
    pub integration: String,
    /// The entries of the integration's `responses`, in the order of the API's.
    pub responses: Vec<ResponseOutline>,
    /// The settings that decide whether it is served.
    pub requires: Vec<Requirement>,
    /// Why it is unsupported; empty if it is not.
    pub reasons: Vec<Finding>,
    /// The media types that the document declares for the request's body (`requestBody`, `consumes`).
    pub request_types: Vec<String>,
    /// Whether the document declares a request body.
    pub declares_body: bool,
    /// The media types that it declares for the bodies of 2xx responses (`content`, `produces`).
    pub response_types: Vec<String>,
}

/// One entry of an integration's `responses`.
#[derive(Clone, Debug, Default)]
pub struct ResponseOutline {
    /// The selection pattern as written: `2\d{2}`, `default`.
    pub pattern: String,
    /// The entry.
    pub pointer: String,
}

/// Where an operation's requests are answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Served {
    /// At the edge.
    Edge,
    /// At the edge, if these settings are set.
    Conditional(Vec<&'static str>),
    /// By `PASSTHROUGH_URL`, or with 501.
    Unsupported,
}

/// One row of the compiler's table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperationReport {
    /// The HTTP method, or `ANY`.
    pub method: String,
    /// The path as the document writes it.
    pub path: String,
    /// Where its requests are answered.
    pub served: Served,
    /// Why it is unsupported, or what it is conditional on.
    pub reasons: Vec<Finding>,
    /// Where it stands.
    pub pointer: String,
}

impl OperationOutline {
    /// Returns the outline of an operation of which nothing but the place is known.
    pub fn new(pointer: String, place: Place) -> Self {
        Self {
            pointer,
            place,
            integration: String::new(),
            responses: Vec::new(),
            requires: Vec::new(),
            reasons: Vec::new(),
            request_types: Vec::new(),
            declares_body: false,
            response_types: Vec::new(),
        }
    }
}

impl Compilation {
    /// Returns whether the file has errors, so that there is no API.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.code.class() == Class::Error)
    }
}

impl CompiledDocument {
    /// Returns the content of `api.bin`.
    ///
    /// # Errors
    /// A value that the form cannot hold, which no API has.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        encode(&self.api).map_err(|error| format!("The API cannot be written: {error}."))
    }

    /// Returns the table of operations. With `settings`, conditional operations are decided, as the Worker decides them.
    pub fn operations(&self, settings: Option<&Settings>) -> Vec<OperationReport> {
        let gateway = settings.and_then(|settings| Gateway::new(self.api.clone(), settings.clone()).ok());
        let mut deployed = gateway.iter().flat_map(Gateway::reasons);
        let mut reports = Vec::with_capacity(self.outline.operations.len());
        for ((path, verb, operation), outline) in self.api.operations().zip(&self.outline.operations) {
            let of_deployment = deployed.next().unwrap_or_default();
            let (served, reasons) = match (operation, settings) {
                (Operation::Unsupported(_), _) => (Served::Unsupported, outline.reasons.clone()),
                (Operation::Served(_), Some(settings)) => decided(outline, settings, of_deployment),
                (Operation::Served(_), None) => undecided(outline),
            };
            reports.push(OperationReport {
                method: verb.to_string(),
                path: path.written.clone(),
                served,
                reasons,
                pointer: outline.pointer.clone(),
            });
        }
        reports
    }
}

/// Decides an operation by settings: the conditions of the document first, then what the deployment refuses.
fn decided(outline: &OperationOutline, settings: &Settings, deployed: &[Reason]) -> (Served, Vec<Finding>) {
    let unmet = outline.requires.iter().filter(|required| !required.is_met(settings));
    let mut reasons: Vec<Finding> = unmet.map(Requirement::finding).collect();
    for reason in deployed {
        if let Some(code) =
            Code::by_name(&reason.code).filter(|code| reasons.iter().all(|known| known.code != *code))
        {
            reasons.push(Finding::new(
                code,
                reason.message.clone(),
                outline.integration.clone(),
                outline.place,
            ));
        }
    }
    (if reasons.is_empty() { Served::Edge } else { Served::Unsupported }, reasons)
}

/// Lists the settings that decide an operation.
fn undecided(outline: &OperationOutline) -> (Served, Vec<Finding>) {
    if outline.requires.is_empty() {
        return (Served::Edge, Vec::new());
    }
    let names = Requirement::settings(outline.requires.iter());
    (Served::Conditional(names), outline.requires.iter().map(Requirement::finding).collect())
}
