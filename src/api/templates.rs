//! `requestTemplates` and `responseTemplates`: templates by media type.

use serde::{Deserialize, Serialize};

use super::media_type::MediaType;
use super::template::Template;

/// Mapping templates by media type, in document order. An entry that is null or empty has the template `None`: a body of its
/// media type passes without a template.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Templates(Vec<(String, Option<Template>)>);

impl Templates {
    /// Returns the templates. `entries` are in document order.
    pub const fn new(entries: Vec<(String, Option<Template>)>) -> Self {
        Self(entries)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the media type and the template of the entry for a media type, in any letter case, or `None` if there is no
    /// entry. An entry without a template lets the body pass.
    pub fn entry(&self, media_type: &str) -> Option<(&str, Option<&Template>)> {
        let entry = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type));
        entry.map(|(key, template)| (key.as_str(), template.as_ref()))
    }

    /// Returns the template of the entry for a media type, or `None` if there is no entry. `Some(None)` is an entry without
    /// a template, which lets the body pass.
    pub fn get(&self, media_type: &str) -> Option<Option<&Template>> {
        self.entry(media_type).map(|(_, template)| template)
    }

    /// Returns the media type and the template of the entry for an `Accept` header: the entry for the first media type of
    /// the header, otherwise the entry for JSON, otherwise the first entry, or `None` if there are no entries
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>).
    pub fn for_accept(&self, accept: Option<&str>) -> Option<(&str, Option<&Template>)> {
        let wanted = accept.and_then(MediaType::first_of);
        let exact = self.0.iter().find(|(key, _)| wanted.is_some_and(|wanted| wanted.is(key)));
        let json = || self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case("application/json"));
        let entry = exact.or_else(json).or_else(|| self.0.first());
        entry.map(|(key, template)| (key.as_str(), template.as_ref()))
    }

    /// Returns the media types with an entry, in document order.
    pub fn media_types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}
