//! The variables of `$context` that have a value at the edge: two tables for the gateway and the lints, and [`claim`] for
//! the claims of a token.
//!
//! Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.

/// Defines an enum of variables, with one line for each variable.
macro_rules! variables {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $type { $($variant,)* }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the variable with this name, or `None`. The comparison is case-sensitive.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Returns the name, without `$context.`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

variables! {
    /// A variable that has a value in mappings, in mapping templates and in gateway responses.
    ContextVariable {
        RequestId = "requestId",
        ExtendedRequestId = "extendedRequestId",
        HttpMethod = "httpMethod",
        Path = "path",
        ResourcePath = "resourcePath",
        Stage = "stage",
        Protocol = "protocol",
        DomainName = "domainName",
        DomainPrefix = "domainPrefix",
        RequestTime = "requestTime",
        RequestTimeEpoch = "requestTimeEpoch",
        SourceIp = "identity.sourceIp",
        UserAgent = "identity.userAgent",
        ApiKey = "identity.apiKey",
        ApiKeyId = "identity.apiKeyId",
        AccessKey = "identity.accessKey",
    }
}

variables! {
    /// A variable that has a value only in gateway responses.
    ErrorVariable {
        Message = "error.message",
        MessageString = "error.messageString",
        ResponseType = "error.responseType",
        ValidationErrorString = "error.validationErrorString",
    }
}

/// Returns `NAME` of the variable `authorizer.claims.NAME`, or `None` for any other variable.
pub fn claim(name: &str) -> Option<&str> {
    name.strip_prefix("authorizer.claims.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_name_finds_each_variable_by_its_name() {
        for variable in ContextVariable::ALL {
            assert_eq!(ContextVariable::from_name(variable.name()), Some(*variable));
        }
        for variable in ErrorVariable::ALL {
            assert_eq!(ErrorVariable::from_name(variable.name()), Some(*variable));
        }
        assert_eq!(ContextVariable::from_name("requestid"), None);
    }

    #[test]
    fn claim_returns_the_name_of_a_claim() {
        assert_eq!(claim("authorizer.claims.sub"), Some("sub"));
        assert_eq!(claim("authorizer.sub"), None);
    }
}
