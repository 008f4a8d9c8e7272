//! The explanation for people: a column with the stages, and lines about each.

use super::story::{Backend, Selected};
use super::story::{
    BackendRequest, BodyPlan, ClientResponse, Content, Mapped, Reason, Stage, Story, TemplateChoice,
};

/// The width of the column with the labels.
pub const COLUMN: usize = 21;

/// The most that is shown of a body.
const MOST_LINES: usize = 30;
const MOST_CHARACTERS: usize = 4000;

/// One line. Neither part has control characters other than tabs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The label; empty for a line that continues the one above.
    pub label: &'static str,
    /// The text.
    pub text: String,
    /// What it is, for colours and line breaks.
    pub kind: LineKind,
}

/// What a [`Line`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineKind {
    /// The request that is explained; the line has no label.
    Title,
    /// A sentence, which may be broken at spaces.
    Sentence,
    /// A refusal or an unsupported operation.
    Refusal,
    /// The status for the client, 100 to 399.
    Success,
    /// The status for the client, 400 to 499.
    ClientError,
    /// The status for the client, from 500.
    ServerError,
    /// A line of a body, which may not be broken.
    Body,
}

/// Returns the lines of a story.
pub fn lines(story: &Story) -> Vec<Line> {
    let mut page = Page { lines: Vec::new(), backend: story.backend };
    let request = &story.request;
    let title = format!("{} {}, COMPATIBILITY={}", request.method, request.path, story.compatibility);
    page.push("", &title, LineKind::Title);
    page.push("", "", LineKind::Body);
    story.stages.iter().for_each(|stage| page.stage(stage));
    match &story.response {
        Some(response) => page.response(response),
        None => page.add("Response to client", "that of the original API, unchanged"),
    }
    page.lines
}

/// Returns the lines as one text, without colours and without line breaks in sentences.
pub fn plain(story: &Story) -> String {
    let written = |line: Line| match line.kind {
        LineKind::Title => format!("{}\n", line.text),
        _ => format!("{}\n", format!("{:<COLUMN$}{}", line.label, line.text).trim_end()),
    };
    lines(story).into_iter().map(written).collect()
}

struct Page {
    lines: Vec<Line>,
    backend: Option<Backend>,
}

impl Page {
    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Route { path, parameters } => {
                let unknown = "none: the document has no operation for this method and path";
                self.add("Route", path.as_deref().unwrap_or(unknown));
                for field in parameters {
                    self.more(&format!("{{{}}} = `{}`", field.name, field.value));
                }
            }
            Stage::Unsupported { requires, reasons } => {
                let text = match requires.as_slice() {
                    [] => "this operation is not served at the edge".to_owned(),
                    settings => format!(
                        "this operation is conditional: it is served at the edge if the settings allow it ({})",
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
                    required => format!("{} (supposed)", required.join(" and ")),
                };
                self.add("Security", &required);
                if *needs_allowed_writes {
                    self.more("an anonymous write: 403, unless ALLOW_ANONYMOUS_WRITES is `true` (supposed)");
                }
            }
            Stage::Decoding { coding } => {
                self.add("Content-Encoding", &format!("{coding} is decoded before the body is read"));
            }
            Stage::Validator { required, body } => {
                let required = (!required.is_empty()).then(|| format!("required: {}", required.join(", ")));
                self.add_all("Request validator", required.into_iter().chain(body.map(str::to_owned)));
            }
            Stage::Parameters { mappings } if mappings.is_empty() => self.add("Parameters", "none are mapped"),
            Stage::Parameters { mappings } => self.add_all("Parameters", mappings.iter().map(mapping)),
            Stage::RequestTemplate(choice) => self.add("Request template", &template(choice)),
            Stage::RequestBody(plan) => self.body_plan("Request body", "Request conversion", plan),
            Stage::BackendRequest(request) => self.backend_request(request),
            Stage::Multipart => {
                self.more("creates a multipart upload; its parts and its completion follow");
            }
            Stage::BackendResponse { status, content_type } => {
                let label = if self.backend == Some(Backend::S3) { "S3 responds" } else { "Backend responds" };
                let content_type = content_type.as_ref().map(|text| format!(", Content-Type {text}"));
                self.add(label, &format!("{status}{} (supposed)", content_type.unwrap_or_default()));
            }
            Stage::Repeat => self.more(
                "the client cannot get this form of the object: the request is repeated without range and condition",
            ),
            Stage::Mock { status, ignored } => {
                self.add("Mock", &format!("the request template sets the status {status}"));
                if !ignored.is_empty() {
                    self.more(&format!("without a backend, the given {} has no effect", ignored.join(" and ")));
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
            self.more(&format!("the client gets {passed}, because it responds to a range or a condition"));
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

    /// Adds a line. Control characters, which a terminal could take for commands, become U+FFFD.
    fn push(&mut self, label: &'static str, text: &str, kind: LineKind) {
        let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        self.lines.push(Line { label, text: text.chars().map(visible).collect(), kind });
    }
}

fn mapping(mapped: &Mapped) -> String {
    let value = mapped.value.as_ref().map_or("missing, left out".to_owned(), |value| format!("`{value}`"));
    format!("{} = {}: {value}", mapped.target, mapped.source)
}

fn template(choice: &TemplateChoice) -> String {
    match (&choice.media_type, choice.reason) {
        (Some(media_type), _) => format!("the template for {media_type} writes the body"),
        (None, Some(reason)) => format!("none applies: {reason}"),
        (None, None) => "none applies".to_owned(),
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
