    /// Parses the uri of an integration.
    ///
    /// # Errors
    /// [`UriError::NotAUrl`], [`UriError::Authority`] and [`UriError::Placeholder`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let prefixes = ["https://", "http://"].into_iter();
        let split = |prefix: &'static str| {
            let scheme = text.get(..prefix.len()).filter(|scheme| scheme.eq_ignore_ascii_case(prefix))?;
            Some((prefix, text.get(scheme.len()..)?))
        };
        let (prefix, rest) =
            prefixes.filter_map(split).next().ok_or_else(|| UriError::NotAUrl(text.to_owned()))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let parsed = UriText::parse_as_written(authority)?;
        let is_parameter = |piece: &UriPiece| matches!(piece, UriPiece::Parameter(_));
        if authority.is_empty() || authority.contains('@') || parsed.0.iter().any(is_parameter) {
            // What comes before the `@` is nobody's to read.
            let host = authority.rsplit('@').next().unwrap_or_default();
            return Err(UriError::Authority(host.to_owned()));
        }
        let path = UriText::parse_as_written(path)?;
        let query = query.map(UriText::parse_as_written).transpose()?;
        if [&parsed, &path].into_iter().chain(&query).any(|text| text.0.contains(&UriPiece::Region)) {
            return Err(UriError::ImportVariable("${AWS::Region}".to_owned()));
        }
        Ok(Self { prefix, authority: parsed, path, query })
    }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let uri = HttpUri::parse("HTTPS://${stageVariables.host}:8443/a%2Fb/{name}?x={y}&z=1#top").unwrap();
        assert_eq!(uri.prefix, "https://");
        assert_eq!(uri.path.0.first(), Some(&UriPiece::Text("/a%2Fb/".to_owned())));
        assert_eq!(uri.parameters().map(Name::as_str).collect::<Vec<_>>(), ["name", "y"]);
        let uri = HttpUri::parse("http://127.0.0.1:9000").unwrap();
        assert_eq!((uri.prefix, &uri.path, &uri.query), ("http://", &UriText::default(), &None));
    }

    #[test]
    fn urls_that_cannot_run() {
        let error = |text: &str| HttpUri::parse(text).unwrap_err();
        for text in
            ["arn:aws:apigateway:us-west-2:s3:path/x", "ftp://example.com/", "//example.com/", "", "é"]
        {
            assert!(matches!(error(text), UriError::NotAUrl(_)), "{text}");
        }
        for text in ["https://{host}/", "https:///x", "https://user:word@example.com/", "http://?x"] {
            assert!(matches!(error(text), UriError::Authority(_)), "{text}");
        }
        assert!(matches!(error("https://example.com/{a b}"), UriError::Placeholder(_)));
        assert!(matches!(error("https://example.com/${name}"), UriError::Placeholder(_)));
    }
}
