//! The story for people: a column with the stages, and what is said of each.

use std::fmt::Write;

use super::story::{Answered, Content, Sent, Server, Stage, Story, Treated};
use crate::check::look::{Look, Mark, visible};

/// How wide the column with the stages is.
const COLUMN: usize = 13;

/// How much of a body is shown.
const MOST_LINES: usize = 30;
const MOST_CHARACTERS: usize = 4000;

/// The text.
pub fn text(story: &Story, look: Look) -> String {
    let mut page = Page { text: String::new(), look, server: story.backend.unwrap_or(Server::S3) };
    let request = &story.request;
    let title = format!("{} {}", request.method, request.path);
    let _ = writeln!(page.text, "{}, under {}\n", look.paint(Mark::Name, &title), story.compatibility);
    story.stages.iter().for_each(|stage| page.stage(stage));
    page.answer(&story.answer);
    page.text
}

struct Page {
    text: String,
    look: Look,
    server: Server,
}

impl Page {
    fn stage(&mut self, stage: &Stage) {
        match stage {
            Stage::Route { path, parameters } => {
                let nowhere = "none: no path of the document takes this method and path";
                self.named("Route", path.as_deref().unwrap_or(nowhere));
                for field in parameters {
                    self.line(&format!("{{{}}} = `{}`", field.name, field.value));
                }
            }
            Stage::Security { asked, needs_allowed_writes } => {
                let asked = match asked.as_slice() {
                    [] => "none: anybody may call".to_owned(),
                    asked => format!("{}; supposed here", asked.join(" and ")),
                };
                self.named("Security", &asked);
                if *needs_allowed_writes {
                    self.line("a write: 403, unless ALLOW_ANONYMOUS_WRITES is `true`; supposed here");
                }
            }
            Stage::Decoding { coding } => {
                self.named("Decoding", &format!("{coding}, before anything looks at the body"));
            }
            Stage::Validator { required, body } => {
                let required =
                    (!required.is_empty()).then(|| format!("has to be there: {}", required.join(", ")));
                let told = required.into_iter().chain(body.map(str::to_owned)).collect();
                self.named_lines("Validator", told);
            }
            Stage::Parameters { mappings } if mappings.is_empty() => {
                self.named("Parameters", "none are mapped")
            }
            Stage::Parameters { mappings } => {
                let value = |value: &Option<String>| {
                    value.as_ref().map_or("nothing: left out".to_owned(), |value| format!("`{value}`"))
                };
                let line = |mapped: &super::story::Mapped| {
                    format!("{} = {}: {}", mapped.target, mapped.source, value(&mapped.value))
                };
                self.named_lines("Parameters", mappings.iter().map(line).collect());
            }
            Stage::RequestTemplate(choice) | Stage::ResponseTemplate(choice) => {
                let told = match (&choice.media_type, choice.because) {
                    (Some(media_type), _) => format!("that for {media_type} makes the body"),
                    (None, Some(because)) => format!("none applies: {because}"),
                    (None, None) => "none applies: the body passes".to_owned(),
                };
                self.named("Template", &told);
            }
            Stage::RequestBody(treated) | Stage::ResponseBody(treated) => self.treated(treated),
            Stage::BackendRequest(sent) => self.sent(sent),
            Stage::BackendAnswer { status, content_type } => {
                let label = if self.server == Server::S3 { "S3 answers" } else { "It answers" };
                let content_type = content_type.as_ref().map(|text| format!(", Content-Type {text}"));
                self.named(label, &format!("{status}{}; supposed here", content_type.unwrap_or_default()));
            }
            Stage::Repeat { because } => self.line(because),
            Stage::Mock { status, without_use } => {
                self.named(
                    "Mock",
                    &format!("nobody is asked: the request template gives the status {status}"),
                );
                if !without_use.is_empty() {
                    self.line(&format!("{}: of no use here", without_use.join(" and ")));
                }
            }
            Stage::Selected(selected) => {
                let told = match &selected.pattern {
                    Some(pattern) => {
                        format!("`{pattern}` of responses, {}: {}", selected.because, selected.status)
                    }
                    None => format!("none: {}", selected.because),
                };
                self.named("Selected", &told);
                if let Some(passed) = selected.passed_status {
                    self.line(&format!("{passed} passes all the same: it answers a range or a condition"));
                }
            }
            Stage::Rejected { kind, message, causes } => {
                let label = self.look.paint(Mark::Bad, &format!("{:<COLUMN$}", "Rejected"));
                self.labelled(&label, &format!("{kind}: {message}"));
                causes.iter().for_each(|cause| self.line(cause));
            }
        }
    }

    fn treated(&mut self, treated: &Treated) {
        match treated.conversion {
            Some(conversion) => {
                self.named("Conversion", &format!("{}: {}", conversion.name(), treated.effect))
            }
            None => self.named("Body", treated.effect),
        }
        if !treated.because.is_empty() {
            self.line(&format!("because {}", treated.because.join(", ")));
        }
    }

    fn sent(&mut self, sent: &Sent) {
        let label = if self.server == Server::S3 { "To S3" } else { "To backend" };
        self.named(label, &format!("{} {}", sent.method, sent.url));
        for field in &sent.headers {
            self.line(&format!("{}: {}", field.name, field.value));
        }
        if sent.in_parts {
            self.line("begins an upload; its parts follow, and then what makes them one object");
        }
        if !matches!(sent.body, Content::Passing { .. }) {
            self.content(&sent.body);
        }
    }

    fn answer(&mut self, answer: &Answered) {
        let mark = match answer.status {
            200..400 => Mark::Good,
            400..500 => Mark::Doubtful,
            _ => Mark::Bad,
        };
        let label = self.look.paint(Mark::Name, &format!("{:<COLUMN$}", "To client"));
        self.written(&label, &self.look.paint(mark, &answer.status.to_string()));
        for field in &answer.headers {
            self.line(&format!("{}: {}", field.name, field.value));
        }
        match &answer.body {
            Content::None => {
                self.line("");
                self.line("no body");
            }
            body => self.content(body),
        }
    }

    fn content(&mut self, content: &Content) {
        let text = match content {
            Content::None => return,
            Content::Passing { what } => what,
            Content::Text { text } => text,
            Content::Bytes { length, .. } => &format!("{}, no text", bytes(*length)),
        };
        self.line("");
        let shown: String = text.chars().take(MOST_CHARACTERS).collect();
        for line in shown.lines().take(MOST_LINES) {
            // As it is: a line that is broken is another.
            self.written(&" ".repeat(COLUMN), &visible(line));
        }
        if shown.len() < text.len() || shown.lines().count() > MOST_LINES {
            self.line(&format!("… ({} in all)", bytes(text.len())));
        }
    }

    fn named_lines(&mut self, name: &str, lines: Vec<String>) {
        let mut name = Some(name);
        for line in lines {
            match name.take() {
                Some(name) => self.named(name, &line),
                None => self.line(&line),
            }
        }
    }

    fn named(&mut self, name: &str, text: &str) {
        let label = self.look.paint(Mark::Name, &format!("{name:<COLUMN$}"));
        self.labelled(&label, text);
    }

    fn line(&mut self, text: &str) {
        self.labelled(&" ".repeat(COLUMN), text);
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let mut label = label.to_owned();
        for line in self.look.lines(&visible(text), COLUMN) {
            self.written(&label, &line);
            label = " ".repeat(COLUMN);
        }
    }

    fn written(&mut self, label: &str, line: &str) {
        let _ = writeln!(self.text, "{}", format!("{label}{line}").trim_end());
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
