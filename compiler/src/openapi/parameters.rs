//! Reads the parameters that an operation declares. A mapping can read only these parameters.

use std::collections::BTreeSet;

use s3_edge_gateway::api::ResourcePath;
use s3_edge_gateway::api::mapping::{Header, MethodRequestSource, Name};

use super::cursor::Cursor;
use super::report::Report;
use crate::finding::Code;

/// The declared parameters of an operation, including those of its path item.
#[derive(Default)]
pub(super) struct Parameters(Vec<Parameter>);

struct Parameter {
    source: MethodRequestSource,
    /// Whether a request validator requires the parameter.
    is_required: bool,
}

impl Parameters {
    /// Reads the parameters of a path item and of an operation. Path parameters need no declaration, because API Gateway
    /// derives them from the path.
    pub(super) fn read(
        item: &Cursor<'_>,
        operation: &Cursor<'_>,
        path: &ResourcePath,
        report: &mut Report,
    ) -> Self {
        let of_path =
            |name: &Name| Parameter { source: MethodRequestSource::Path(name.clone()), is_required: true };
        let mut parameters = Self(path.parameters().map(of_path).collect());
        for owner in [item, operation] {
            let Some(list) = owner.get("parameters") else { continue };
            if !list.is_array() {
                report.add(
                    &list,
                    Code::ValueType,
                    format!("{}, which is not an array of parameters.", list.seen_here()),
                );
            }
            let mut declared = BTreeSet::new();
            for parameter in list.items() {
                parameters.declare(&parameter, &mut declared, report);
            }
        }
        parameters
    }

    /// Returns the parameters that a request validator requires.
    pub(super) fn required(&self) -> impl Iterator<Item = &MethodRequestSource> {
        self.0.iter().filter(|parameter| parameter.is_required).map(|parameter| &parameter.source)
    }

    /// Returns whether the parameter of a mapping is declared.
    pub(super) fn declares(&self, source: &MethodRequestSource) -> bool {
        use MethodRequestSource::{Header, MultiValueHeader, MultiValueQueryString, Path, QueryString};
        self.0.iter().any(|declared| match (&declared.source, source) {
            (Path(declared), Path(name))
            | (QueryString(declared), QueryString(name) | MultiValueQueryString(name)) => declared == name,
            (Header(declared), Header(header) | MultiValueHeader(header)) => declared.name == header.name,
            _ => false,
        })
    }

    fn declare(
        &mut self,
        parameter: &Cursor<'_>,
        known: &mut BTreeSet<(String, String)>,
        report: &mut Report,
    ) {
        let (Some(place), Some(name)) = (parameter.get("in"), parameter.get("name")) else {
            if !parameter.node.is_null() {
                let message =
                    format!("The parameter {} has no `in` or no `name`, so it is ignored.", parameter.seen());
                report.add(parameter, Code::ParameterIgnored, message);
            }
            return;
        };
        let (Some(place), Some(text)) = (place.str(), name.str()) else {
            let message = format!(
                "The parameter {} has an `in` or a `name` that is not a string, so it is ignored.",
                parameter.seen()
            );
            return report.add(parameter, Code::ParameterIgnored, message);
        };
        let source = match place {
            "query" => Name::parse(text).map(MethodRequestSource::QueryString),
            "header" => Header::parse(text).map(MethodRequestSource::Header),
            "path" => Name::parse(text).map(MethodRequestSource::Path),
            // API Gateway ignores cookies and forms. The body is read with the models.
            "cookie" | "body" | "formData" => return,
            other => {
                let message = format!(
                    "The parameter `{text}` has `in: {other}`, so it is ignored. Use query, header, path, cookie, body or formData."
                );
                return report.add(parameter, Code::ParameterIgnored, message);
            }
        };
        let Some(source) = source else {
            let message =
                format!("The parameter name `{text}` is not valid. Use only letters, digits and `._$:-`.");
            return report.add(&name, Code::ParameterName, message);
        };
        if !known.insert((place.to_owned(), text.to_owned())) {
            let message =
                format!("The {place} parameter `{text}` is declared twice in one list. Declare it once.");
            return report.add(parameter, Code::ParameterRepeated, message);
        }
        let is_required = match parameter.get("required") {
            None => false,
            Some(required) => required.truth().unwrap_or_else(|| {
                let message =
                    format!("{}, which is not true or false. It counts as false.", required.seen_here());
                report.add(&required, Code::ParameterIgnored, message);
                false
            }),
        };
        if let MethodRequestSource::Path(_) = source {
            return;
        }
        let shares_name = |known: &Parameter| match (&known.source, &source) {
            (MethodRequestSource::Header(_), MethodRequestSource::Header(_))
            | (MethodRequestSource::QueryString(_), MethodRequestSource::QueryString(_)) => false,
            (known, _) => name_of(known) == text,
        };
        if self.0.iter().any(shares_name) {
            let message = format!(
                "The operation has two parameters `{text}` with different `in`. In API Gateway, names must be unique across query, header and path."
            );
            report.add(&name, Code::ParameterNameShared, message);
        }
        // The declaration of an operation replaces the declaration of its path item.
        match self.0.iter_mut().find(|known| known.source == source) {
            Some(known) => known.is_required = is_required,
            None => self.0.push(Parameter { source, is_required }),
        }
    }
}

/// Returns the name of a parameter as written.
fn name_of(source: &MethodRequestSource) -> &str {
    match source {
        MethodRequestSource::Path(name)
        | MethodRequestSource::QueryString(name)
        | MethodRequestSource::MultiValueQueryString(name) => name.as_str(),
        MethodRequestSource::Header(header) | MethodRequestSource::MultiValueHeader(header) => {
            &header.written
        }
    }
}
