//! Formats an explanation as text: a column with labels, and lines about each stage.

use super::explanation::{Backend, Selected};
use super::explanation::{
    BackendRequest, BodyPlan, ClientResponse, Content, Explanation, Mapped, Reason, Stage, TemplateChoice,
};

/// The width of the column with the labels, in characters.
pub const COLUMN: usize = 21;

/// The maximum number of lines of a body that are shown.
const MOST_LINES: usize = 30;
/// The maximum number of characters of a body that are shown.
const MOST_CHARACTERS: usize = 4000;

/// One line of the text. It contains no control characters except tabs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The label. Empty if the line belongs to the label above.
    pub label: &'static str,
    pub text: String,
    pub kind: LineKind,
}

/// The kind of a [`Line`], which determines colours and line breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineKind {
    /// The request. The line has no label.
    Title,
    /// A sentence, which may be wrapped.
    Sentence,
    /// A rejection or an unsupported operation.
    Refusal,
    /// The client's status, below 400.
    Success,
    /// The client's status, 400 to 499.
    ClientError,
    /// The client's status, 500 or higher.
    ServerError,
    /// A line of a body, which must not be wrapped.
    Body,
}

/// Returns the lines of an explanation.
pub fn lines(explanation: &Explanation) -> Vec<Line> {
    let mut page = Page { lines: Vec::new(), backend: explanation.backend };
    let request = &explanation.request;
    let title = format!("{} {}, COMPATIBILITY={}", request.method, request.path, explanation.compatibility);
    page.push("", &title, LineKind::Title);
    page.push("", "", LineKind::Body);
    explanation.stages.iter().for_each(|stage| page.stage(stage));
    match &explanation.response {
        Some(response) => page.response(response),
        None => page.add("Response to client", "the response of the original API, unchanged"),
    }
    page.lines
}

/// Returns the explanation as one text, without colours and line wrapping.
pub fn plain(explanation: &Explanation) -> String {
    let written = |line: Line| match line.kind {
        LineKind::Title => format!("{}\n", line.text),
        _ => format!("{}\n", format!("{:<COLUMN$}{}", line.label, line.text).trim_end()),
    };
    lines(explanation).into_iter().map(written).collect()
}

struct Page {
    lines: Vec<Line>,
    backend: Option<Backend>,
}

impl Page {
    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Route { path, parameters } => {
                let unknown = "none, because the document has no operation for this method and path";
                self.add("Route", path.as_deref().unwrap_or(unknown));
                for field in parameters {
                    self.more(&format!("{{{}}} = `{}`", field.name, field.value));
                }
            }
            Stage::Unsupported { requires, reasons } => {
                let text = match requires.as_slice() {
                    [] => "this operation is not served at the edge".to_owned(),
                    settings => format!(
                        "this operation is conditional: it is served at the edge only if the settings allow it ({})",
                        settings.join(", ")
                    ),
                };
                self.push("Unsupported", &text, LineKind::Refusal);
                reasons.iter().for_each(|reason| self.reason(reason));
            }
            Stage::NotPassedOn { reasons } => self.add_all("Not passed on", reasons.iter().cloned()),
            Stage::Security { required, needs_allowed_writes } => {
                let required = match required.as_slice() {
                    [] => "none: anyone can call".to_owned(),
                    required => format!("{} (assumed to be valid)", required.join(" and ")),
                };
                self.add("Security", &required);
                if *needs_allowed_writes {
                    self.more("an anonymous write gets a 403 unless ALLOW_ANONYMOUS_WRITES is `true` (assumed here)");
                }
            }
            Stage::Decoding { coding } => {
                self.add("Content-Encoding", &format!("the gateway decodes {coding} before it reads the body"));
            }
            Stage::Validator { required, body } => {
                let required = (!required.is_empty()).then(|| format!("required: {}", required.join(", ")));
                self.add_all("Request validator", required.into_iter().chain(body.map(str::to_owned)));
            }
            Stage::Parameters { mappings } if mappings.is_empty() => self.add("Parameters", "no mappings"),
            Stage::Parameters { mappings } => self.add_all("Parameters", mappings.iter().map(mapping)),
            Stage::RequestTemplate(choice) => self.add("Request template", &template(choice)),
            Stage::RequestBody(plan) => self.body_plan("Request body", "Request conversion", plan),
            Stage::BackendRequest(request) => self.backend_request(request),
            Stage::Multipart => {
                self.more("this request creates a multipart upload; the requests for its parts and its completion follow");
            }
            Stage::BackendResponse { status, content_type } => {
                let label = if self.backend == Some(Backend::S3) { "S3 responds" } else { "Backend responds" };
                let content_type = content_type.as_ref().map(|text| format!(", Content-Type {text}"));
                self.add(label, &format!("{status}{} (simulated)", content_type.unwrap_or_default()));
            }
            Stage::Repeat => self.more(
                "the client needs the whole object: the gateway repeats the request without range and condition",
            ),
            Stage::Mock { status, ignored } => {
                self.add("Mock", &format!("the status {status} selects the integration response"));
                if !ignored.is_empty() {
                    let verb = if ignored.len() == 1 { "has" } else { "have" };
                    self.more(&format!("a mock has no backend, so the {} {verb} no effect", ignored.join(" and the ")));
                }
            }
            Stage::Selected(selected) => self.selected(selected),
            Stage::ResponseBody(plan) => self.body_plan("Response body", "Response conversion", plan),
            Stage::ResponseTemplate(choice) => self.add("Response template", &template(choice)),
            Stage::Rejected { kind, message, causes } => {
                self.push("Rejected", &format!("{kind}: {message}"), LineKind::Refusal);
                causes.iter().for_each(|cause| self.more(cause));
            }
        }
    }

    fn reason(&mut self, reason: &Reason) {
        self.more(&format!("[{}] {}", reason.code, reason.message));
        let place =
            reason.line.zip(reason.column).map(|(line, column)| format!("line {line}, column {column}: "));
        self.more(&format!("at {}{}", place.unwrap_or_default(), reason.pointer));
        reason.remedy.iter().for_each(|remedy| self.more(remedy));
    }

    fn selected(&mut self, selected: &Selected) {
        let text = match &selected.pattern {
            Some(pattern) => format!("`{pattern}` ({}): {}", selected.reason, selected.status),
            None => format!("none: {}", selected.reason),
        };
        self.add("Integration response", &text);
        if let Some(passed) = selected.passed_status {
            self.more(&format!(
                "the client gets {passed}, because this status answers a range or a condition"
            ));
        }
    }

    fn body_plan(&mut self, body: &'static str, conversion: &'static str, plan: &BodyPlan) {
        match plan.conversion {
            Some(value) => self.add(conversion, &format!("{}: {}", value.name(), plan.effect)),
            None => self.add(body, plan.effect),
        }
        if !plan.reasons.is_empty() {
            self.more(&format!("because {}", plan.reasons.join(", ")));
        }
    }

    fn backend_request(&mut self, request: &BackendRequest) {
        let label = match self.backend {
            Some(Backend::S3) => "Request to S3",
            Some(Backend::Passthrough) => "Request to original",
            Some(Backend::Http | Backend::HttpProxy | Backend::Mock) | None => "Request to backend",
        };
        self.add(label, &format!("{} {}", request.method, request.url));
        for field in &request.headers {
            self.more(&format!("{}: {}", field.name, field.value));
        }
        if !matches!(request.body, Content::Stream { .. }) {
            self.content(&request.body);
        }
    }

    fn response(&mut self, response: &ClientResponse) {
        let kind = match response.status {
            ..400 => LineKind::Success,
            400..500 => LineKind::ClientError,
            500.. => LineKind::ServerError,
        };
        self.push("Response to client", &response.status.to_string(), kind);
        for field in &response.headers {
            self.more(&format!("{}: {}", field.name, field.value));
        }
        match &response.body {
            Content::None => {
                self.more("");
                self.more("no body");
            }
            body => self.content(body),
        }
    }

    fn content(&mut self, content: &Content) {
        let text = match content {
            Content::None => return,
            Content::Stream { what } => what,
            Content::Text { text } => text,
            Content::Bytes { length, .. } => &format!("{}, not UTF-8", bytes(*length)),
        };
        self.more("");
        let shown: String = text.chars().take(MOST_CHARACTERS).collect();
        for line in shown.lines().take(MOST_LINES) {
            self.push("", line, LineKind::Body);
        }
        if shown.len() < text.len() || shown.lines().count() > MOST_LINES {
            self.more(&format!("… ({} in all)", bytes(text.len())));
        }
    }

    fn add_all(&mut self, label: &'static str, lines: impl Iterator<Item = String>) {
        for (index, line) in lines.enumerate() {
            self.add(if index == 0 { label } else { "" }, &line);
        }
    }

    fn add(&mut self, label: &'static str, text: &str) {
        self.push(label, text, LineKind::Sentence);
    }

    fn more(&mut self, text: &str) {
        self.add("", text);
    }

    /// Adds a line. Control characters except tabs become U+FFFD, because a terminal could interpret them.
    fn push(&mut self, label: &'static str, text: &str, kind: LineKind) {
        let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        self.lines.push(Line { label, text: text.chars().map(visible).collect(), kind });
    }
}

fn mapping(mapped: &Mapped) -> String {
    let value = mapped
        .value
        .as_ref()
        .map_or("no value, so the target is not set".to_owned(), |value| format!("`{value}`"));
    format!("{} = {}: {value}", mapped.target, mapped.source)
}

fn template(choice: &TemplateChoice) -> String {
    match (&choice.media_type, choice.reason) {
        (Some(media_type), _) => format!("the template for {media_type} renders the body"),
        (None, Some(reason)) => format!("no template is applied: {reason}"),
        (None, None) => "no template is applied".to_owned(),
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
