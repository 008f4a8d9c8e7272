//! Parses the `uri` of an integration: an ARN for S3 or a URL, with placeholders.

use s3_edge_gateway::api::http_uri::{HttpUri, Scheme};
use s3_edge_gateway::api::integration_uri::{IntegrationUri, UriPiece, UriText};
use s3_edge_gateway::api::mapping::Name;

use super::mapping::Refusal;
use crate::finding::Code;

/// The form of a `uri` for S3, for messages.
pub(super) const S3_FORM: &str = "arn:aws:apigateway:{region}:s3:path/{bucket}/{key}";

/// The parts of `arn:{partition}:apigateway:{region}:{service}:{rest}`.
pub(super) struct Arn<'t> {
    partition: &'t str,
    region: &'t str,
    /// The service, such as `s3` or `lambda`. A bucket may be before the service: `bucket.s3`.
    pub(super) service: &'t str,
    rest: &'t str,
}

impl<'t> Arn<'t> {
    /// Splits an ARN of `apigateway`. Returns `None` for any other text.
    pub(super) fn split(text: &'t str) -> Option<Self> {
        let parts = split_arn(text);
        let &["arn", partition, "apigateway", region, service, rest] = parts.as_slice() else { return None };
        Some(Self { partition, region, service, rest })
    }

    /// Parses the uri of an integration with S3
    /// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
    pub(super) fn s3(&self) -> Result<IntegrationUri, Refusal> {
        let bucket = match self.service.rsplit_once('.') {
            Some((bucket, "s3")) => Some(decoded(bucket)?),
            _ => None,
        };
        if let Some(action) = self.rest.strip_prefix("action/") {
            let message = format!(
                "`action/{action}` is not supported. An integration with S3 needs a path: s3:path/{{bucket}}/{{key}}."
            );
            return Err((Code::UriInvalid, message));
        }
        let path = self.rest.strip_prefix("path/").ok_or_else(|| {
            let message = format!("The ARN has `{}` in the place of `path/`. Use {S3_FORM}.", self.rest);
            (Code::UriInvalid, message)
        })?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // S3 reads a plus sign as a space.
            let parse = |text: &str| decoded(&text.replace('+', " "));
            Ok((parse(name)?, parse(value)?))
        };
        Ok(IntegrationUri {
            partition: part(self.partition, "partition")?,
            region: part(self.region, "region")?,
            bucket,
            path: decoded(path.strip_prefix('/').unwrap_or(path))?,
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(pair)
                .collect::<Result<_, Refusal>>()?,
        })
    }
}

/// Parses the partition or the region of an ARN. Returns `None` for a placeholder, whose value comes from the
/// deployment.
fn part(written: &str, which: &str) -> Result<Option<String>, Refusal> {
    if written.contains("${stageVariables.") {
        let placeholder = if which == "partition" { "${AWS::Partition}" } else { "${AWS::Region}" };
        let message = format!(
            "The {which} of the ARN is `{written}`. It cannot be a stage variable. Write the {which}, or `{placeholder}`."
        );
        return Err((Code::UriInvalid, message));
    }
    if written.contains("${") {
        return Ok(None);
    }
    let is_valid =
        !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_valid {
        return Ok(Some(written.to_owned()));
    }
    let message = format!(
        "The {which} of the ARN is `{written}`. It must be letters, digits and hyphens, as in {S3_FORM}."
    );
    Err((Code::UriInvalid, message))
}

/// Splits a text at its first five colons. Colons in braces, as in `${AWS::Region}`, do not separate parts. An ARN has
/// six parts.
fn split_arn(text: &str) -> Vec<&str> {
    let (mut parts, mut rest, mut from) = (Vec::with_capacity(6), text, 0);
    while parts.len() < 5 {
        let Some(at) = rest.get(from..).and_then(|text| text.find([':', '{'])).map(|at| from + at) else {
            break;
        };
        if rest.get(at..).is_some_and(|text| text.starts_with('{')) {
            // Skips to the closing brace, or over the opening brace if no brace closes it.
            from = at + rest.get(at..).and_then(|text| text.find('}')).unwrap_or(1);
            continue;
        }
        let (part, after) = rest.split_at(at);
        parts.push(part);
        (rest, from) = (after.get(1..).unwrap_or_default(), 0);
    }
    parts.push(rest);
    parts
}

/// Parses the uri of an integration of type `http` or `http_proxy`.
pub(super) fn http(text: &str) -> Result<HttpUri, Refusal> {
    let invalid = |message: String| (Code::UriInvalid, message);
    let schemes = [Scheme::Https, Scheme::Http].into_iter();
    let split = |scheme: Scheme| {
        let prefix = text.get(..scheme.prefix().len())?;
        Some((scheme, text.get(prefix.len()..)?)).filter(|_| prefix.eq_ignore_ascii_case(scheme.prefix()))
    };
    let (scheme, rest) = schemes.filter_map(split).next().ok_or_else(|| {
        invalid(format!("`{text}` is not a URL. Use https://host/path or http://host/path."))
    })?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let parsed = as_written(authority)?;
    let is_parameter = |piece: &UriPiece| matches!(piece, UriPiece::Parameter(_));
    if authority.is_empty() || authority.contains('@') || parsed.0.iter().any(is_parameter) {
        // The message must not contain the part before the `@`, which may be a secret.
        let seen = match authority.rsplit('@').next().unwrap_or_default() {
            "" => "The URL has no host".to_owned(),
            host => format!("The host of the URL, which ends with `{host}`, is not valid"),
        };
        return Err(invalid(format!(
            "{seen}. Use a name or an address without credentials and without `{{name}}`."
        )));
    }
    let path = as_written(path)?;
    let query = query.map(as_written).transpose()?;
    if [&parsed, &path].into_iter().chain(&query).any(|text| text.0.contains(&UriPiece::Region)) {
        let message = "`${AWS::Region}` in a URL has no value. Set it with `--parameter AWS::Region=REGION`.";
        return Err((Code::UnresolvedValue, message.to_owned()));
    }
    Ok(HttpUri { scheme, authority: parsed, path, query })
}

/// Parses text with placeholders, and percent-decodes its literal parts.
fn decoded(text: &str) -> Result<UriText, Refusal> {
    let mut parsed = as_written(text)?;
    for piece in &mut parsed.0 {
        let UriPiece::Text(text) = piece else { continue };
        if !text.contains('%') {
            continue;
        }
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        let decoded = decoded
            .map_err(|_| (Code::UriInvalid, format!("The percent-encoding of `{text}` is not valid UTF-8.")))?
            .into_owned();
        *text = decoded;
    }
    Ok(parsed)
}

/// Parses text with placeholders. Its literal parts do not change.
pub(super) fn as_written(text: &str) -> Result<UriText, Refusal> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, placeholder) = rest.split_at(open);
        let invalid = |seen: &str| {
            let message = format!("`{seen}` is not a placeholder. Use {{name}} or ${{stageVariables.name}}.");
            (Code::UriInvalid, message)
        };
        let (inside, after) = placeholder
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .ok_or_else(|| invalid(placeholder))?;
        let piece = match before.strip_suffix('$') {
            Some(before) => {
                push_text(&mut pieces, before);
                if inside == "AWS::Region" {
                    UriPiece::Region
                } else if inside.starts_with("AWS::") {
                    let message =
                        format!("`${{{inside}}}` has no value. Set it with `--parameter {inside}=VALUE`.");
                    return Err((Code::UnresolvedValue, message));
                } else {
                    let name = inside.strip_prefix("stageVariables.").and_then(Name::parse);
                    UriPiece::StageVariable(name.ok_or_else(|| invalid(&format!("${{{inside}}}")))?)
                }
            }
            None => {
                push_text(&mut pieces, before);
                // `{proxy+}` in a uri refers to the parameter `proxy`.
                let name = inside.strip_suffix('+').unwrap_or(inside);
                UriPiece::Parameter(Name::parse(name).ok_or_else(|| invalid(&format!("{{{inside}}}")))?)
            }
        };
        pieces.push(piece);
        rest = after;
    }
    push_text(&mut pieces, rest);
    Ok(UriText(pieces))
}

fn push_text(pieces: &mut Vec<UriPiece>, text: &str) {
    if !text.is_empty() {
        pieces.push(UriPiece::Text(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(text: &str) -> Result<IntegrationUri, Refusal> {
        Arn::split(text).ok_or((Code::UriInvalid, "not an ARN".to_owned()))?.s3()
    }

    #[test]
    fn uris_of_s3_are_parsed() {
        let uri = s3("arn:aws:apigateway:us-west-2:s3:path/{bucket}/a%20b/{key}?x={p}&list-type=2").unwrap();
        assert_eq!(uri.region.as_deref(), Some("us-west-2"));
        assert_eq!(uri.parameters().map(Name::as_str).collect::<Vec<_>>(), ["bucket", "key", "p"]);
        assert_eq!(uri.path.0.get(1), Some(&UriPiece::Text("/a b/".to_owned())));
        let uri = s3("arn:aws:apigateway:eu-west-1:${stageVariables.b}.s3:path//{key}").unwrap();
        assert_eq!(uri.bucket, Some(UriText(vec![UriPiece::StageVariable(Name::parse("b").unwrap())])));
        assert_eq!(uri.path, UriText(vec![UriPiece::Parameter(Name::parse("key").unwrap())]));
    }

    #[test]
    fn variables_of_aws_are_parsed() {
        let uri =
            s3("arn:${AWS::Partition}:apigateway:${AWS::Region}:logs-${AWS::Region}.s3:path/{key}").unwrap();
        assert_eq!((&uri.partition, &uri.region), (&None, &None));
        assert_eq!(uri.bucket, Some(UriText(vec![UriPiece::Text("logs-".to_owned()), UriPiece::Region])));
        assert!(uri.needs_region());
        for (text, needs) in [("s3:path/{key}", false), ("s3:path/a-${AWS::Region}/b:c", true)] {
            assert_eq!(s3(&format!("arn:aws:apigateway:us-west-2:{text}")).unwrap().needs_region(), needs);
        }
    }

    #[test]
    fn uris_of_s3_that_are_refused() {
        for (text, code) in [
            ("https://example.com", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:thing/x", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:action/GetObject", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:path/${key}", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:path/{key", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:path/%FF", Code::UriInvalid),
            ("arn:aws:apigateway:us-west-2:s3:path/${AWS::AccountId}", Code::UnresolvedValue),
            ("arn:aws:apigateway:${stageVariables.r}:s3:path/x", Code::UriInvalid),
            ("arn:{", Code::UriInvalid),
            ("arn:{:", Code::UriInvalid),
            ("{}:{}:", Code::UriInvalid),
            ("ärn:é{ü", Code::UriInvalid),
        ] {
            assert_eq!(s3(text).unwrap_err().0, code, "{text}");
        }
    }

    #[test]
    fn urls_are_parsed_and_other_texts_are_refused() {
        let uri = http("HTTPS://${stageVariables.host}:8443/a%2Fb/{name}?x={y}&z=1#top").unwrap();
        assert_eq!(uri.scheme, Scheme::Https);
        assert_eq!(uri.path.0.first(), Some(&UriPiece::Text("/a%2Fb/".to_owned())));
        assert_eq!(uri.parameters().map(Name::as_str).collect::<Vec<_>>(), ["name", "y"]);
        let uri = http("http://127.0.0.1:9000").unwrap();
        assert_eq!((uri.scheme, &uri.path, &uri.query), (Scheme::Http, &UriText::default(), &None));
        for text in [
            "arn:aws:apigateway:us-west-2:s3:path/x",
            "ftp://example.com/",
            "//example.com/",
            "",
            "é",
            "https://{host}/",
            "https:///x",
            "https://user:word@example.com/",
            "http://?x",
            "https://example.com/{a b}",
            "https://example.com/${name}",
        ] {
            assert_eq!(http(text).unwrap_err().0, Code::UriInvalid, "{text}");
        }
    }
}
