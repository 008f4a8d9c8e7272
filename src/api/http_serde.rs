//! How the types of the crate `http` stand in the compiled form: a method and a header name as text, a status as a number.

/// For fields of type [`http::Method`].
pub(super) mod method {
    use http::Method;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
        method.as_str().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
        Method::from_bytes(<&str>::deserialize(deserializer)?.as_bytes()).map_err(D::Error::custom)
    }
}

/// For fields of type [`http::StatusCode`].
pub(super) mod status {
    use http::StatusCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        status.as_u16().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        final_status(u16::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    /// Only a final status can be sent (RFC 9110 section 15).
    pub(in super::super) fn final_status(status: u16) -> Result<StatusCode, &'static str> {
        let status = Some(status).filter(|status| (200..600).contains(status));
        status.and_then(|status| StatusCode::from_u16(status).ok()).ok_or("a status that is not 200 to 599")
    }
}

/// For fields of type `Option<http::StatusCode>`.
pub(super) mod optional_status {
    use http::StatusCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(status: &Option<StatusCode>, serializer: S) -> Result<S::Ok, S::Error> {
        status.map(|status| status.as_u16()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StatusCode>, D::Error> {
        let status = Option::<u16>::deserialize(deserializer)?;
        status.map(super::status::final_status).transpose().map_err(D::Error::custom)
    }
}

/// For fields of type [`http::HeaderName`].
pub(super) mod header_name {
    use http::HeaderName;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(name: &HeaderName, serializer: S) -> Result<S::Ok, S::Error> {
        name.as_str().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderName, D::Error> {
        HeaderName::try_from(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::status::final_status;

    #[test]
    fn statuses_are_final() {
        assert_eq!([100, 148, 199, 600, 999, 70].map(|status| final_status(status).is_ok()), [false; 6]);
        assert_eq!([200, 304, 418, 599].map(|status| final_status(status).is_ok()), [true; 4]);
    }
}
