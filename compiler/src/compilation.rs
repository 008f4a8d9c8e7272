//! The result of a compilation: the API, its outline, and the findings.

use s3_edge_gateway::api::compiled::encode;
use s3_edge_gateway::api::{Api, Operation, Reason};
use s3_edge_gateway::gateway::{Gateway, Settings};

use crate::finding::{Code, Finding, Place};
use crate::requirement::Requirement;

/// The result of a compilation.
#[derive(Debug)]
pub struct Compilation {
    /// `None` if a finding is an error.
    pub document: Option<CompiledDocument>,
    /// Errors or lints, sorted by place. A document with errors has no lints.
    pub findings: Vec<Finding>,
}

/// A compiled API, with the information about its document that `api.bin` does not contain.
#[derive(Debug)]
pub struct CompiledDocument {
    pub api: Api,
    pub outline: Outline,
}

/// The places of an API's parts in the file, and other facts about the document that lints need.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The JSON pointer to the document in its file: empty, or `/Resources/Api/Properties/Body`.
    pub pointer: String,
    /// One entry for each operation, in the order of [`Api::operations`].
    pub operations: Vec<OperationOutline>,
    pub binary_media_types: Vec<MediaTypeOutline>,
}

/// One entry of `x-amazon-apigateway-binary-media-types`.
#[derive(Clone, Debug, Default)]
pub struct MediaTypeOutline {
    /// The media type as written, without parameters.
    pub written: String,
    pub pointer: String,
}

/// The places of one operation's parts, and facts about its declaration. JSON pointers begin at the root of the file.
#[derive(Clone, Debug)]
pub struct OperationOutline {
    pub pointer: String,
    pub place: Place,
    /// The JSON pointer to the integration.
    pub integration: String,
    /// The entries of the integration's `responses`, in the order of `Integration::responses`.
    pub responses: Vec<ResponseOutline>,
    /// The settings without which the operation is unsupported.
    pub requires: Vec<Requirement>,
    /// The reasons why the operation is unsupported, whatever the settings are. Empty if it is served or conditional.
    pub reasons: Vec<Finding>,
    /// The media types that `requestBody` and `consumes` declare.
    pub request_types: Vec<String>,
    /// Whether the operation declares a request body, with `requestBody` or a parameter `in: body`.
    pub declares_body: bool,
    /// The media types that `content` of 2xx responses and `produces` declare.
    pub response_types: Vec<String>,
}

/// One entry of an integration's `responses`.
#[derive(Clone, Debug, Default)]
pub struct ResponseOutline {
    /// The selection pattern as written: `2\d{2}`, `default`.
    pub pattern: String,
    pub pointer: String,
}

/// Whether the Worker serves an operation at the edge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Served {
    Edge,
    /// Served at the edge if these settings have the required values, otherwise unsupported.
    Conditional(Vec<&'static str>),
    /// Requests go to `PASSTHROUGH_URL`. They get a 501 if this setting is missing, or if the operation requires a
    /// signature.
    Unsupported,
}

/// One row of the table of operations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperationReport {
    /// The HTTP method, or `ANY`.
    pub method: String,
    /// The path as written in the document.
    pub path: String,
    pub served: Served,
    /// The reasons why the operation is unsupported, or its conditions if it is conditional. Empty if it is served.
    pub reasons: Vec<Finding>,
    pub pointer: String,
}

impl OperationOutline {
    /// Returns an outline that has only the place of the operation.
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

impl CompiledDocument {
    /// Returns the content of `api.bin`.
    ///
    /// # Errors
    /// Returns a message if the API cannot be encoded. No API from [`crate::compile`] causes this error.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        encode(&self.api).map_err(|error| format!("The API cannot be written: {error}."))
    }

    /// Returns the table of operations. With `settings`, no operation is conditional: each is served or unsupported, as
    /// in the Worker.
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

/// Returns whether an operation is served with these settings, and the reasons if it is not. `deployed` has the
/// gateway's reasons. A reason of the gateway is left out if an unmet condition of the document has the same code.
fn decided(outline: &OperationOutline, settings: &Settings, deployed: &[Reason]) -> (Served, Vec<Finding>) {
    let unmet = outline.requires.iter().filter(|required| !required.is_met(settings));
    let mut reasons: Vec<Finding> = unmet.map(Requirement::finding).collect();
    for reason in deployed {
        if let Some(code) =
            Code::by_name(&reason.code).filter(|code| reasons.iter().all(|reason| reason.code != *code))
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

/// Returns whether an operation is served if the settings are not known.
fn undecided(outline: &OperationOutline) -> (Served, Vec<Finding>) {
    if outline.requires.is_empty() {
        return (Served::Edge, Vec::new());
    }
    let names = Requirement::settings(outline.requires.iter());
    (Served::Conditional(names), outline.requires.iter().map(Requirement::finding).collect())
}
