    /// Reads the `security` of an operation against the schemes of the document.
    pub(super) fn read(operation: &Node<'_>, schemes: Option<&Node<'_>>, errors: &mut Errors) -> Self {
        let mut security = Self { authorization: read_auth(operation, errors), ..Self::default() };
        let Some(requirements) = operation.get("security") else { return security };
        for requirement in requirements.items(errors) {
            for (name, scopes) in requirement.entries(errors) {
                let scheme = schemes.and_then(|schemes| schemes.get(name));
                let Some(scheme) = scheme else {
                    let place = "securitySchemes (OpenAPI 3.0: /components/securitySchemes, Swagger 2.0: /securityDefinitions)";
                    errors.add(&scopes, Problem::Undeclared { name: name.to_owned(), place });
                    continue;
                };
                if !scopes.value.is_null() && !scopes.value.is_array() {
                    errors.add(&scopes, scopes.unexpected("an array"));
                    continue;
                }
                match read_scheme(name, &scheme, &scopes, errors) {
                    Some(Scheme::ApiKey) => security.api_key = ApiKey::Required,
                    Some(Scheme::Authorization(found)) => {
                        if security.authorization != Authorization::None && security.authorization != found {
                            let what = "a second authorizer on one method".to_owned();
                            let instead = "API Gateway allows one authorizer and an API key";
                            errors.add(&scopes, Problem::Unsupported { what, instead });
                        }
                        security.authorization = found;
                    }
                    None => {}
                }
            }
        }
        security
    }
}

/// The other way of asking for a signature
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html>).
fn read_auth(operation: &Node<'_>, errors: &mut Errors) -> Authorization {
    let Some(auth) = operation.get("x-amazon-apigateway-auth") else { return Authorization::None };
    if !auth.expect_object(errors) {
        return Authorization::None;
    }
    let kind = auth.get("type");
    if kind.is_none() {
        errors.missing(&auth, "type", "AWS_IAM or NONE");
    }
    match kind.and_then(|kind| kind.word(&[("AWS_IAM", true), ("NONE", false)], errors)) {
        Some(true) => Authorization::AwsIam,
        Some(false) | None => Authorization::None,
    }
}

enum Scheme {
    ApiKey,
    Authorization(Authorization),
}

fn read_scheme(name: &str, scheme: &Node<'_>, scopes: &Node<'_>, errors: &mut Errors) -> Option<Scheme> {
    let auth_type = scheme.get("x-amazon-apigateway-authtype").and_then(|node| node.string(errors));
    if auth_type.is_some_and(|auth_type| auth_type.eq_ignore_ascii_case("awsSigv4")) {
        return Some(Scheme::Authorization(Authorization::AwsIam));
    }
    if let Some(authorizer) = scheme.get("x-amazon-apigateway-authorizer") {
        let place = scheme.get("in");
        let place = place.filter(|place| place.value.as_str() != Some("header"));
        if let Some(place) = place {
            errors.add(&place, place.unexpected("header"));
        }
        let header = match scheme.get("name") {
            Some(name) => name
                .expect("the name of a header", errors, |value| HeaderName::try_from(value.as_str()?).ok()),
            None => Some(HeaderName::from_static("authorization")),
        };
        if !authorizer.expect_object(errors) {
            return None;
        }
        let provider = read_provider(&authorizer, errors);
        let scopes =
            scopes.items(errors).filter_map(|scope| scope.string(errors)).map(str::to_owned).collect();
        let (header, provider) = (header?, provider?);
        let authorizer = TokenAuthorizer { scheme: name.to_owned(), header, scopes, provider };
        return Some(Scheme::Authorization(Authorization::Token(authorizer)));
    }
    let [kind, place, header] =
        ["type", "in", "name"].map(|key| scheme.value.get(key).and_then(Json::as_str));
    let is_api_key = kind == Some("apiKey")
        && place == Some("header")
        && header.is_some_and(|header| header.eq_ignore_ascii_case("x-api-key"));
    // With another type of authorization it asks for more than a key.
    if is_api_key && auth_type.is_none() {
        return Some(Scheme::ApiKey);
    }
    let what = format!("security scheme `{name}`, {},", scheme.seen());
    let instead = "expected an apiKey in the header x-api-key, x-amazon-apigateway-authtype: awsSigv4, or an \
                   x-amazon-apigateway-authorizer of type cognito_user_pools or token";
    errors.add(scheme, Problem::Unsupported { what, instead });
    None
}

fn read_provider(authorizer: &Node<'_>, errors: &mut Errors) -> Option<TokenProvider> {
    let Some(kind) = authorizer.get("type") else {
        errors.missing(authorizer, "type", "cognito_user_pools or token");
        return None;
    };
    match kind.string(errors)? {
        "cognito_user_pools" => {
            let Some(arns) = authorizer.get("providerARNs") else {
                errors.missing(authorizer, "providerARNs", "a list of user pool ARNs");
                return None;
            };
            if let Some(expression) = authorizer.get("identityValidationExpression") {
                let what = "`identityValidationExpression`, which checks the audience,".to_owned();
                let instead = "name the audiences in JWT_ISSUERS, and remove it";
                errors.add(&expression, Problem::Unsupported { what, instead });
            }
            if arns.value.as_array().is_some_and(<[_]>::is_empty) {
                errors.add(&arns, arns.unexpected("a list of user pool ARNs"));
            }
            let mut pools = Vec::new();
            for item in arns.items(errors) {
                let Some(arn) = item.string(errors) else { continue };
                if cognito_issuer(arn).is_none() {
                    errors
                        .add(&item, item.unexpected("arn:aws:cognito-idp:{region}:{account}:userpool/{id}"));
                }
                pools.push(arn.to_owned());
            }
            Some(TokenProvider::Cognito(pools))
        }
        "token" => Some(TokenProvider::Custom),
        other => {
            let what = format!("an authorizer of type `{other}`");
            let instead = "expected cognito_user_pools, or token with an entry in JWT_ISSUERS";
            errors.add(&kind, Problem::Unsupported { what, instead });
            None
        }
    }
}

