//! Records the stages after the backend's response: selection, conversion and template.

use http::StatusCode;
use s3_edge_gateway::api::integration::SelectionPattern;
use s3_edge_gateway::api::media_type::{Accept, Form};
use s3_edge_gateway::gateway::{Compatibility, Context, Demand, EndpointResponse};

use super::Recorder;
use crate::explain::explanation::{Backend, BodyPlan, Selected, Stage, TemplateChoice};
use crate::explain::phrases::{body_plan, content_handling, header};
use crate::explain::simulated_backend::BackendResponse;

impl Recorder<'_> {
    pub(in crate::explain) fn selected(&mut self, context: &Context<'_>, response: &EndpointResponse<'_>) {
        let entry = response.entry();
        let passed = response.status().as_u16();
        let selected = if self.backend == Some(Backend::HttpProxy) {
            let reason = "an http_proxy integration passes the status, the headers and the body";
            Selected { pattern: None, pointer: None, reason, status: passed, passed_status: None }
        } else {
            let entries = context.integration().map(|integration| integration.responses.iter());
            let index = entries.and_then(|mut known| known.position(|known| std::ptr::eq(known, entry)));
            let written = index.zip(self.outline).and_then(|(index, outline)| outline.responses.get(index));
            let status = entry.status.as_u16();
            let reason = match &entry.pattern {
                _ if response.status() == StatusCode::NOT_MODIFIED && status != 304 => {
                    "a 304 uses the entry for the whole object"
                }
                SelectionPattern::Default => "no pattern matches",
                SelectionPattern::Statuses(_) => "the first pattern that matches",
            };
            Selected {
                pattern: written.map(|written| written.pattern.clone()),
                pointer: written.map(|written| written.pointer.clone()),
                reason,
                status,
                passed_status: Some(passed).filter(|passed| *passed != status),
            }
        };
        self.stages.push(Stage::Selected(selected));
    }

    pub(in crate::explain) fn response_body(
        &mut self,
        context: &Context<'_>,
        response: &EndpointResponse<'_>,
        reply: &BackendResponse,
    ) {
        let plan = BodyPlan::without_conversion;
        let plan = match (self.backend, response.demand()) {
            (_, Demand::Discard) => plan("no body is sent to the client"),
            (Some(Backend::S3), _) if reply.body.is_empty() && response.template_key().is_none() => {
                plan("S3 sends no body")
            }
            _ if reply.body.is_empty() && response.template_key().is_none() => {
                plan("the backend sends no body")
            }
            (Some(Backend::HttpProxy), _) => plan("the backend's body, unchanged"),
            _ => {
                let content_type = reply.content_type();
                let whose = self.backend.map_or("", Backend::whose);
                let written = content_type.unwrap_or("(none)");
                let reasons = vec![
                    format!("{whose} Content-Type {written} is {}", self.listed(content_type)),
                    self.accept(context, reply, response),
                    content_handling(response.entry().content_handling),
                ];
                body_plan(response.conversion(), self.compatibility, reasons)
            }
        };
        let is_converted = plan.conversion.is_some();
        self.stages.push(Stage::ResponseBody(plan));
        if is_converted {
            self.response_template(response);
        }
    }

    /// Returns the effect of the client's `Accept`, as part of a sentence.
    fn accept(
        &self,
        context: &Context<'_>,
        reply: &BackendResponse,
        response: &EndpointResponse<'_>,
    ) -> String {
        let accept = header(&context.inbound().headers, "accept");
        let written = accept.unwrap_or("(none)");
        let is_error = !reply.status.is_success() && reply.status.as_u16() != 304;
        match self.compatibility {
            Compatibility::Edge if is_error => "Accept has no effect on an error".to_owned(),
            Compatibility::Edge => {
                match Accept::parse(accept).prefers(reply.content_type(), self.binary_media_types) {
                    // Difference `template-by-accept` (docs/differences.md): the response is the template's text.
                    Form::Binary if response.prefers_template() => {
                        format!("Accept {written} does not prefer binary to the template's text")
                    }
                    Form::Binary => format!("Accept {written} prefers binary"),
                    Form::Text => format!("Accept {written} prefers text"),
                }
            }
            Compatibility::Aws => {
                format!("the first media type of Accept {written} is {}", self.listed(accept))
            }
        }
    }

    pub(in crate::explain) fn response_template(&mut self, response: &EndpointResponse<'_>) {
        let media_type = response.template_key().map(str::to_owned);
        let templates = &response.entry().templates;
        let has_template = templates.media_types().any(|key| templates.get(key).flatten().is_some());
        let reason = match (&media_type, self.backend) {
            (Some(_), _) => None,
            (None, Some(Backend::Mock)) => Some("the mock has no body"),
            // Difference `template-by-accept` (docs/differences.md): the response is the object's bytes.
            (None, _) if has_template && !response.conversion().gives_text() => {
                Some("a template renders text, and the client gets bytes")
            }
            (None, _) => None,
        };
        self.stages.push(Stage::ResponseTemplate(TemplateChoice { media_type, reason }));
    }
}
