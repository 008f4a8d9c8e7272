//! Media types: the matching rules of the list of binary media types in API Gateway, and the choice between bytes and text by
//! an `Accept` header.

use serde::{Deserialize, Serialize};

/// Whether a media type is in the document's list of binary media types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Listed {
    /// An entry of the list matches the type.
    Yes,
    /// No entry matches.
    No,
}

/// A media type without its parameters, borrowed from a header: `image/png` of `image/png; q=0.8, */*`.
///
/// [`MediaType::first_of`] reads only the first entry of a header, as API Gateway does
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html>). [`Accept`] reads all
/// entries.
#[derive(Clone, Copy, Debug)]
pub struct MediaType<'h> {
    kind: &'h str,
    subtype: &'h str,
}

impl<'h> MediaType<'h> {
    /// Returns the media type of the first entry of a header, or `None` if it is not `type/subtype`.
    pub fn first_of(header: &'h str) -> Option<Self> {
        let entry = header.split(',').next().unwrap_or(header);
        let essence = entry.split(';').next().unwrap_or(entry).trim();
        let (kind, subtype) = essence.split_once('/')?;
        (!kind.is_empty() && !subtype.is_empty()).then_some(Self { kind, subtype })
    }

    /// Returns whether this is the type `name` (`type/subtype`). Letter case is ignored.
    pub fn is(self, name: &str) -> bool {
        name.split_once('/').is_some_and(|(kind, subtype)| {
            self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
        })
    }
}

/// The document's `x-amazon-apigateway-binary-media-types`.
///
/// `type/*` matches every subtype and the literal `type/*`. `*/*` matches everything, also a missing header. `*/subtype`
/// matches nothing. A wildcard in the header is compared as literal text. (Seen on API Gateway; date not recorded.)
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct BinaryMediaTypes(Vec<Entry>);

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
enum Entry {
    Everything,
    Kind(String),
    Exact(String, String),
}

impl BinaryMediaTypes {
    /// Parses the entries of the list. Entries that never match (`*/subtype`, no `/`) are left out.
    pub fn from_entries<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let parse = |entry: &str| {
            let (kind, subtype) = entry.trim().split_once('/')?;
            match (kind, subtype) {
                ("*", "*") => Some(Entry::Everything),
                ("*", _) => None,
                (kind, "*") => Some(Entry::Kind(kind.to_ascii_lowercase())),
                (kind, subtype) => {
                    Some(Entry::Exact(kind.to_ascii_lowercase(), subtype.to_ascii_lowercase()))
                }
            }
        };
        Self(entries.into_iter().filter_map(parse).collect())
    }

    /// Returns whether the list matches the value of `Content-Type` or `Accept`. `None` is an absent header.
    pub fn lists(&self, header: Option<&str>) -> Listed {
        let media_type = header.and_then(MediaType::first_of);
        let matches = |entry: &Entry| match (entry, media_type) {
            (Entry::Everything, _) => true,
            (_, None) => false,
            (Entry::Kind(kind), Some(seen)) => seen.kind.eq_ignore_ascii_case(kind),
            (Entry::Exact(kind, subtype), Some(seen)) => {
                seen.kind.eq_ignore_ascii_case(kind) && seen.subtype.eq_ignore_ascii_case(subtype)
            }
        };
        if self.0.iter().any(matches) { Listed::Yes } else { Listed::No }
    }
}

/// The form of a stored object in a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// The bytes of the object. The client gets them if the first type in `Accept` is a binary media type. In `edge`, it gets
    /// them also if `Accept` prefers the object's own type.
    Binary,
    /// The text after the conversion and the mapping template. The client gets it in all other cases.
    Text,
}

impl From<Listed> for Form {
    /// Returns the form that API Gateway chooses: binary if the first media type of `Accept` is a binary media type,
    /// otherwise text.
    fn from(accept: Listed) -> Self {
        match accept {
            Listed::Yes => Self::Binary,
            Listed::No => Self::Text,
        }
    }
}

/// All entries of an `Accept` header with their quality values (RFC 9110 section 12.5.1). API Gateway ignores these values;
/// the gateway uses them in `edge`.
#[derive(Clone, Debug)]
pub struct Accept<'h> {
    ranges: Vec<Range<'h>>,
}

#[derive(Clone, Copy, Debug)]
struct Range<'h> {
    media: MediaType<'h>,
    /// The quality value in thousandths: `q=0.8` is 800.
    quality: u16,
}

/// The preference for a form. A greater weight is preferred: quality first, then specificity.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Weight {
    quality: u16,
    specificity: u8,
}

impl Weight {
    const REFUSED: Self = Self { quality: 0, specificity: 0 };

    /// Returns the weight of a range. Quality 0 is a refusal, whatever the specificity.
    fn of(range: &Range<'_>) -> Self {
        if range.quality == 0 {
            return Self::REFUSED;
        }
        Self { quality: range.quality, specificity: range.specificity() }
    }
}

impl Range<'_> {
    fn specificity(&self) -> u8 {
        match (self.media.kind, self.media.subtype) {
            ("*", _) => 0,
            (_, "*") => 1,
            _ => 2,
        }
    }

    fn covers(&self, media_type: MediaType<'_>) -> bool {
        match (self.media.kind, self.media.subtype) {
            ("*", _) => true,
            (kind, "*") => kind.eq_ignore_ascii_case(media_type.kind),
            (kind, subtype) => {
                kind.eq_ignore_ascii_case(media_type.kind) && subtype.eq_ignore_ascii_case(media_type.subtype)
            }
        }
    }

    /// Returns whether a media type exists that matches both this range and the entry.
    fn overlaps(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Everything => true,
            Entry::Kind(kind) => self.media.kind == "*" || self.media.kind.eq_ignore_ascii_case(kind),
            Entry::Exact(kind, subtype) => self.covers(MediaType { kind, subtype }),
        }
    }
}

const JSON: MediaType<'static> = MediaType { kind: "application", subtype: "json" };

impl<'h> Accept<'h> {
    /// Parses the header. An absent header, or one without a valid range, accepts everything.
    pub fn parse(header: Option<&'h str>) -> Self {
        let mut ranges: Vec<_> = header.unwrap_or("").split(',').filter_map(Range::parse).collect();
        if ranges.is_empty() {
            ranges.extend(Range::parse("*/*"));
        }
        Self { ranges }
    }

    /// Returns the form that the client prefers for an object with the `Content-Type` `payload`: the form with the higher
    /// quality, then the form with the more specific range, then binary. If the client accepts neither form, the result is
    /// text.
    pub fn prefers(&self, payload: Option<&str>, list: &BinaryMediaTypes) -> Form {
        let text = self.weight_of(JSON).unwrap_or(Weight::REFUSED);
        let binary = self.binary_weight(payload.and_then(MediaType::first_of), list);
        if binary.quality > 0 && binary >= text { Form::Binary } else { Form::Text }
    }

    /// Returns whether the client certainly prefers binary, whatever the type of the object is.
    pub fn always_prefers_binary(&self, list: &BinaryMediaTypes) -> bool {
        let text = self.weight_of(JSON).unwrap_or(Weight::REFUSED);
        let binary = self.binary_weight(None, list);
        let refuses = self.ranges.iter().any(|range| range.quality == 0);
        !refuses && binary.quality > 0 && binary >= text
    }

    fn binary_weight(&self, payload: Option<MediaType<'_>>, list: &BinaryMediaTypes) -> Weight {
        let own = payload.and_then(|payload| self.weight_of(payload));
        if own == Some(Weight::REFUSED) {
            return Weight::REFUSED;
        }
        let listed = list.0.iter().filter_map(|entry| match entry {
            Entry::Exact(kind, subtype) => self.weight_of(MediaType { kind, subtype }),
            wildcard => self.ranges.iter().filter(|range| range.overlaps(wildcard)).map(Weight::of).max(),
        });
        own.into_iter().chain(listed).max().unwrap_or(Weight::REFUSED)
    }

    fn weight_of(&self, media_type: MediaType<'_>) -> Option<Weight> {
        let covering = self.ranges.iter().filter(|range| range.covers(media_type));
        covering.max_by_key(|range| range.specificity()).map(Weight::of)
    }
}

impl<'h> Range<'h> {
    fn parse(entry: &'h str) -> Option<Self> {
        let media = MediaType::first_of(entry)?;
        if media.kind == "*" && media.subtype != "*" {
            return None;
        }
        let quality = entry.split(';').skip(1).find_map(quality).unwrap_or(1000);
        Some(Self { media, quality })
    }
}

/// Returns a quality value in thousandths: `q=0.75` is 750. Returns `None` for any other parameter, and for a `q` that is not a
/// number from 0 to 1 with at most three decimals (RFC 9110 section 12.4.2). A range without a valid `q` has the quality 1.
fn quality(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, thousandths) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if thousandths.len() > 3 || !thousandths.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "0" => format!("{thousandths:0<3}").parse().ok(),
        "1" if thousandths.bytes().all(|byte| byte == b'0') => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefers(accept: &str, payload: &str, list: &[&str]) -> Form {
        let list = BinaryMediaTypes::from_entries(list.iter().copied());
        Accept::parse(Some(accept)).prefers(Some(payload), &list)
    }

    #[test]
    fn quality_values_are_read_in_thousandths() {
        for (text, expected) in [
            ("q=0.8", Some(800)),
            ("q=1", Some(1000)),
            ("q=1.000", Some(1000)),
            ("q=0", Some(0)),
            (" Q = 0.05 ", Some(50)),
            ("q=0.1234", None),
            ("q=2", None),
            ("q=1.5", None),
            ("charset=x", None),
        ] {
            assert_eq!(quality(text), expected, "{text}");
        }
    }

    #[test]
    fn an_object_whose_type_is_refused_is_sent_as_text() {
        assert_eq!(prefers("*/*, image/jpeg;q=0", "image/jpeg", &["application/octet-stream"]), Form::Text);
        assert_eq!(prefers("*/*, image/jpeg;q=0", "image/png", &["application/octet-stream"]), Form::Binary);
    }

    #[test]
    fn always_prefers_binary_agrees_with_prefers() {
        let list = BinaryMediaTypes::from_entries(["application/octet-stream", "image/*"]);
        let accepts = [
            "*/*",
            "application/json",
            "application/octet-stream",
            "image/webp;q=0.5",
            "text/html, */*;q=0.8",
        ];
        let more =
            ["application/json;q=0.5, */*", "image/png, application/json", "*/*;q=0, image/png", "x", ""];
        for accept in accepts.iter().chain(&more) {
            let parsed = Accept::parse(Some(accept));
            if !parsed.always_prefers_binary(&list) {
                continue;
            }
            for payload in
                ["image/png", "image/jpeg", "text/plain", "application/json", "binary/octet-stream"]
            {
                assert_eq!(parsed.prefers(Some(payload), &list), Form::Binary, "{accept} for {payload}");
            }
        }
    }
}
