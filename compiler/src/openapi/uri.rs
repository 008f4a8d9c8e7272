/// What is wrong with an integration's uri.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UriError {
    /// Not of the form that API Gateway knows.
    #[error(
        "Invalid ARN specified in the request: `{0}`; expected arn:aws:apigateway:{{region}}:s3:path/{{bucket}}/{{key}}"
    )]
    NotAnArn(String),
    /// A stage variable, whose value a deployment has, where the document has to say it.
    #[error(
        "`{0}`: a stage variable cannot stand for the region or the partition; write it, or ${{AWS::Region}}, or ${{AWS::Partition}}"
    )]
    StageVariable(String),
    /// Neither `path/` nor `action/`.
    #[error("AWS ARN for integration must contain path or action: `{0}`")]
    NeitherPathNorAction(String),
    /// `action/…`: S3 has no such interface.
    #[error("`action/{0}`: S3 takes no actions, only paths; expected s3:path/{{bucket}}/{{key}}")]
    Action(String),
    /// A service other than S3.
    #[error("service `{0}` is not supported: the edge signs for S3 alone; expected s3")]
    Service(String),
    /// A placeholder that is none.
    #[error("`{0}` is no placeholder; expected {{name}} or ${{stageVariables.name}}")]
    Placeholder(String),
    /// A variable whose value only AWS knows when it imports a document.
    #[error("`{0}` is not known here; write what it stands for")]
    ImportVariable(String),
    /// No URL, where one is expected.
    #[error("`{0}` is no URL; expected https://host/path or http://host/path")]
    NotAUrl(String),
    /// A URL with a host that is none, that says who asks, or that a client would choose.
    #[error(
        "`{0}` is no host that requests go to; expected a name or an address, without a user and without {{name}}"
    )]
    Authority(String),
    /// Percent-encoding that is not UTF-8.
    #[error("`{0}` is not percent-encoded UTF-8")]
    Encoding(String),
}


    /// Parses the uri of an integration.
    ///
    /// # Errors
    /// Any [`UriError`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let not_an_arn = || UriError::NotAnArn(text.to_owned());
        let parts = split_arn(text);
        let &["arn", partition, "apigateway", region, service, rest] = parts.as_slice() else {
            return Err(not_an_arn());
        };
        let part = |written: &str, variable: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            match written {
                _ if written == variable => Ok(None),
                _ if !written.is_empty() && written.bytes().all(plain) => Ok(Some(written.to_owned())),
                _ if written.contains("${stageVariables.") => {
                    Err(UriError::StageVariable(written.to_owned()))
                }
                _ => Err(not_an_arn()),
            }
        };
        let (partition, region) = (part(partition, "${AWS::Partition}")?, part(region, "${AWS::Region}")?);
        let bucket = match service.rsplit_once('.') {
            Some((bucket, "s3")) => Some(UriText::parse(bucket)?),
            None if service == "s3" => None,
            _ => return Err(UriError::Service(service.to_owned())),
        };
        if let Some(action) = rest.strip_prefix("action/") {
            return Err(UriError::Action(action.to_owned()));
        }
        let path =
            rest.strip_prefix("path/").ok_or_else(|| UriError::NeitherPathNorAction(text.to_owned()))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A space, to S3.
            let parse = |text: &str| UriText::parse(&text.replace('+', " "));
            Ok((parse(name)?, parse(value)?))
        };
        Ok(Self {
            partition,
            region,
            bucket,
            path: UriText::parse(path.strip_prefix('/').unwrap_or(path))?,
            query: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Result<_, _>>()?,
        })
    }


/// The six parts of an ARN; colons in braces are those of `${AWS::Region}`.
fn split_arn(text: &str) -> Vec<&str> {
    let (mut parts, mut rest, mut from) = (Vec::with_capacity(6), text, 0);
    while parts.len() < 5 {
        let Some(at) = rest.get(from..).and_then(|text| text.find([':', '{'])).map(|at| from + at) else {
            break;
        };
        if rest.get(at..).is_some_and(|text| text.starts_with('{')) {
            // As far as the brace that closes it, if there is one.
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


    /// Text is percent-decoded.
    fn parse(text: &str) -> Result<Self, UriError> {
        let mut parsed = Self::parse_as_written(text)?;
        for piece in &mut parsed.0 {
            let UriPiece::Text(text) = piece else { continue };
            if !text.contains('%') {
                continue;
            }
            let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
            let decoded = decoded.map_err(|_| UriError::Encoding(text.clone()))?.into_owned();
            *text = decoded;
        }
        Ok(parsed)
    }

    /// Text stays as it is.
    pub(super) fn parse_as_written(text: &str) -> Result<Self, UriError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, placeholder) = rest.split_at(open);
            let (inside, after) = placeholder
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .ok_or_else(|| UriError::Placeholder(placeholder.to_owned()))?;
            let unknown = || UriError::Placeholder(format!("{{{inside}}}"));
            let piece = match before.strip_suffix('$') {
                Some(before) => {
                    Self::push_text(&mut pieces, before);
                    if inside == "AWS::Region" {
                        UriPiece::Region
                    } else if inside.starts_with("AWS::") {
                        return Err(UriError::ImportVariable(format!("${{{inside}}}")));
                    } else {
                        let name = inside.strip_prefix("stageVariables.").and_then(Name::parse);
                        UriPiece::StageVariable(name.ok_or_else(unknown)?)
                    }
                }
                None => {
                    Self::push_text(&mut pieces, before);
                    UriPiece::Parameter(Name::parse(inside).ok_or_else(unknown)?)
                }
            };
            pieces.push(piece);
            rest = after;
        }
        Self::push_text(&mut pieces, rest);
        Ok(Self(pieces))
    }

    fn push_text(pieces: &mut Vec<UriPiece>, text: &str) {
        if !text.is_empty() {
            pieces.push(UriPiece::Text(text.to_owned()));
        }
    }
}


#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        let uri = IntegrationUri::parse(
            "arn:aws:apigateway:us-west-2:s3:path/{bucket}/a%20b/{key}?x={p}&list-type=2",
        )
        .unwrap();
        assert_eq!(uri.region.as_deref(), Some("us-west-2"));
        assert_eq!(uri.parameters().map(Name::as_str).collect::<Vec<_>>(), ["bucket", "key", "p"]);
        assert_eq!(uri.path.0.get(1), Some(&UriPiece::Text("/a b/".to_owned())));
        let uri =
            IntegrationUri::parse("arn:aws:apigateway:eu-west-1:${stageVariables.b}.s3:path//{key}").unwrap();
        assert_eq!(uri.bucket, Some(UriText(vec![UriPiece::StageVariable(Name::parse("b").unwrap())])));
        assert_eq!(uri.path, UriText(vec![UriPiece::Parameter(Name::parse("key").unwrap())]));
    }

    #[test]
    fn variables_of_the_import() {
        let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:logs-${AWS::Region}.s3:path/{key}";
        let uri = IntegrationUri::parse(uri).unwrap();
        assert_eq!((&uri.partition, &uri.region), (&None, &None));
        assert_eq!(uri.bucket, Some(UriText(vec![UriPiece::Text("logs-".to_owned()), UriPiece::Region])));
        assert!(uri.needs_region());
        for (text, needs) in [("s3:path/{key}", false), ("s3:path/a-${AWS::Region}/b:c", true)] {
            let uri = IntegrationUri::parse(&format!("arn:aws:apigateway:us-west-2:{text}")).unwrap();
            assert_eq!(uri.needs_region(), needs);
        }
    }

    #[test]
    fn uris_that_cannot_run() {
        let error = |text: &str| IntegrationUri::parse(text).unwrap_err();
        assert!(matches!(error("https://example.com"), UriError::NotAnArn(_)));
        assert!(matches!(
            error("arn:aws:apigateway:us-west-2:s3:thing/x"),
            UriError::NeitherPathNorAction(_)
        ));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:action/GetObject"), UriError::Action(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:sqs:path/x"), UriError::Service(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/${key}"), UriError::Placeholder(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/{key"), UriError::Placeholder(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/%FF"), UriError::Encoding(_)));
        assert!(matches!(
            error("arn:aws:apigateway:us-west-2:s3:path/${AWS::AccountId}"),
            UriError::ImportVariable(_)
        ));
        for (partition, region) in [
            ("aws", "${stageVariables.r}"),
            ("${stageVariables.p}", "us-west-2"),
            ("aws", "eu-${stageVariables.r}-1"),
        ] {
            let text = format!("arn:{partition}:apigateway:{region}:s3:path/x");
            assert!(matches!(error(&text), UriError::StageVariable(_)), "{text}");
        }
        for text in ["arn:aws:apigateway:${AWS::AccountId}:s3:path/x", "arn:{", "arn:{:", "{}:{}:", "ärn:é{ü"]
        {
            assert!(matches!(error(text), UriError::NotAnArn(_)), "{text}");
        }
    }
}
