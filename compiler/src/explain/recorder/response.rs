//! Records the stages of the response: the status of a mock, the selection, the conversion and the template.

use http::StatusCode;
use s3_edge_gateway::api::media_type::Form;
use s3_edge_gateway::gateway::response::endpoint_response::{EndpointResponse, Selection};
use s3_edge_gateway::gateway::response::negotiate::{Accepted, Kind};

use super::Recorder;
use crate::explain::explanation::{Backend, BodyPlan, Selected, Stage, TemplateChoice};
use crate::explain::phrases::{body_plan, content_handling, listed};

impl Recorder<'_> {
    pub(in crate::explain) fn response(&mut self, response: &EndpointResponse<'_>) {
        if response.plan.kind == Kind::Mock {
            self.mock(response.backend_status);
            self.selected(response);
            self.response_template(response);
        } else {
            self.selected(response);
            self.response_body(response);
        }
    }

    fn mock(&mut self, status: StatusCode) {
        let given = [
            ("status", self.example.status.is_some()),
            ("response type", self.example.response_type.is_some()),
        ];
        self.stages.push(Stage::Mock {
            status: status.as_u16(),
            ignored: given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect(),
        });
    }

    fn selected(&mut self, response: &EndpointResponse<'_>) {
        let passed = response.status.as_u16();
        let status = match response.selection {
            Selection::Proxied => passed,
            Selection::Pattern | Selection::Default | Selection::WholeObject | Selection::NotModified => {
                response.entry.status.as_u16()
            }
        };
        let written = response
            .entry_index()
            .zip(self.outline)
            .and_then(|(index, outline)| outline.responses.get(index));
        self.stages.push(Stage::Selected(Selected {
            pattern: written.map(|written| written.pattern.clone()),
            pointer: written.map(|written| written.pointer.clone()),
            reason: selection(response.selection, response.backend_status),
            status,
            passed_status: Some(passed).filter(|passed| *passed != status),
        }));
    }

    fn response_body(&mut self, response: &EndpointResponse<'_>) {
        let without_conversion = BodyPlan::without_conversion;
        let is_empty = self.is_reply_empty && response.plan.template.is_none();
        let plan = match self.backend {
            _ if response.has_no_body() => without_conversion("no body is sent to the client"),
            Some(Backend::S3) if is_empty => without_conversion("S3 sends no body"),
            _ if is_empty => without_conversion("the backend sends no body"),
            Some(Backend::HttpProxy) => without_conversion("the backend's body, unchanged"),
            _ => {
                let whose = self.backend.map_or("", Backend::whose);
                let written = self.reply_type.as_deref().unwrap_or("(none)");
                let reasons = vec![
                    format!("{whose} Content-Type {written} is {}", listed(response.plan.payload)),
                    self.accept(response.plan.accepted),
                    content_handling(response.plan.content_handling),
                ];
                body_plan(response.plan.conversion, self.behaviour, reasons)
            }
        };
        let is_converted = plan.conversion.is_some();
        self.stages.push(Stage::ResponseBody(plan));
        if is_converted {
            self.response_template(response);
        }
    }

    /// Describes how the client's `Accept` affects the conversion.
    fn accept(&self, accepted: Accepted) -> String {
        let written = self.accept.as_deref().unwrap_or("(none)");
        match accepted {
            Accepted::NotConsidered => "Accept has no effect on an error".to_owned(),
            Accepted::Preferred(Form::Binary) => format!("Accept {written} prefers binary"),
            Accepted::Preferred(Form::Text) => format!("Accept {written} prefers text"),
            Accepted::FirstType(Form::Binary) => {
                format!("the first media type of Accept {written} is a binary media type")
            }
            Accepted::FirstType(Form::Text) => {
                format!("the first media type of Accept {written} is not a binary media type")
            }
        }
    }

    fn response_template(&mut self, response: &EndpointResponse<'_>) {
        let media_type = response.plan.template.map(|(media_type, _)| media_type.to_owned());
        let reason = match (&media_type, self.backend) {
            (Some(_), _) => None,
            (None, Some(Backend::Mock)) => Some("without a template, the response of a mock has no body"),
            (None, _) if response.omits_template() => {
                Some("a template renders text, and the client gets bytes")
            }
            (None, _) => None,
        };
        self.stages.push(Stage::ResponseTemplate(TemplateChoice { media_type, reason }));
    }
}

/// Returns the reason for a selection, as part of a sentence. `status` is the backend's status.
fn selection(selection: Selection, status: StatusCode) -> String {
    match selection {
        Selection::Pattern => "the first pattern that matches".to_owned(),
        Selection::Default => "no pattern matches".to_owned(),
        Selection::WholeObject => {
            let status = status.as_u16();
            format!("no other entry serves a {status}, so the entry for the whole object is used")
        }
        Selection::NotModified => "a 304 uses the entry for the whole object".to_owned(),
        Selection::Proxied => {
            "an http_proxy integration passes the status, the headers and the body".to_owned()
        }
    }
}
