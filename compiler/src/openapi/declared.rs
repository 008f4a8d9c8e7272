//! The parameters and responses that an operation declares. A mapping can read only these parameters, and set only the
//! headers of these responses.

use http::StatusCode;
use s3_edge_gateway::api::ResourcePath;

use super::cursor::Cursor;
use super::parameters::Parameters;
use super::report::Report;
use crate::compilation::OperationOutline;

pub(super) struct Declared<'d> {
    pub(super) parameters: Parameters,
    responses: Option<Cursor<'d>>,
    pub(super) statuses: Vec<StatusCode>,
}

impl<'d> Declared<'d> {
    pub(super) fn read(
        item: &Cursor<'_>,
        node: &Cursor<'d>,
        path: &ResourcePath,
        report: &mut Report,
    ) -> Self {
        let parameters = Parameters::read(item, node, path, report);
        let responses = node.get("responses");
        let mut statuses = Vec::new();
        // API Gateway reads only single statuses. `default` and `4XX` declare nothing.
        for key in responses.iter().flat_map(Cursor::keys) {
            let status =
                key.parse().ok().filter(|_| key.len() == 3).and_then(|code| StatusCode::from_u16(code).ok());
            statuses.extend(status.filter(|status| status.as_u16() < 600));
        }
        Self { parameters, responses, statuses }
    }

    /// Returns whether the operation's response for a status declares a header.
    pub(super) fn declares_header(&self, status: StatusCode, header: &str) -> bool {
        let response = self.responses.as_ref().and_then(|responses| responses.get(status.as_str()));
        let headers = response.as_ref().and_then(|response| response.get("headers"));
        headers.iter().flat_map(Cursor::keys).any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Sets the declared media types of bodies in the outline, and whether the operation declares a request body.
    pub(super) fn add_types_to(
        &self,
        outline: &mut OperationOutline,
        root: &Cursor<'_>,
        item: &Cursor<'_>,
        node: &Cursor<'_>,
    ) {
        let listed = |key: &str| -> Vec<String> {
            let list = node.get(key).or_else(|| root.get(key));
            list.iter().flat_map(Cursor::items).filter_map(|item| item.str().map(str::to_owned)).collect()
        };
        let body = node.get("requestBody");
        let content = body.as_ref().and_then(|body| body.get("content"));
        outline.request_types = content.iter().flat_map(Cursor::keys).map(str::to_owned).collect();
        outline.request_types.extend(listed("consumes"));
        let parameters = [node, item].into_iter().filter_map(|owner| owner.get("parameters"));
        let mut parameters = parameters.flat_map(|list| list.items().collect::<Vec<_>>());
        outline.declares_body = body.is_some()
            || parameters
                .any(|parameter| parameter.get("in").is_some_and(|place| place.str() == Some("body")));
        let responses = self.responses.iter().flat_map(Cursor::entries);
        let successes = responses.filter(|(status, _)| status.starts_with('2'));
        let contents = successes.filter_map(|(_, response)| response.get("content"));
        outline.response_types =
            contents.flat_map(|content| content.keys().collect::<Vec<_>>()).map(str::to_owned).collect();
        outline.response_types.extend(listed("produces"));
    }
}
