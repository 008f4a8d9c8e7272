//! The types of the crate `http` in `api.bin`: a method and a header name are text, a status is a number.

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

    use super::super::final_status::final_status;

    pub(super) const NOT_FINAL: &str = "the status is not 200 to 599";

    pub fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        status.as_u16().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        final_status(u16::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(NOT_FINAL))
    }
}

/// For fields of type `Option<http::StatusCode>`.
pub(super) mod optional_status {
    use http::StatusCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::super::final_status::final_status;
    use super::status::NOT_FINAL;

    pub fn serialize<S: Serializer>(status: &Option<StatusCode>, serializer: S) -> Result<S::Ok, S::Error> {
        status.map(|status| status.as_u16()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StatusCode>, D::Error> {
        let status = Option::<u16>::deserialize(deserializer)?;
        let read = |status| final_status(status).ok_or_else(|| D::Error::custom(NOT_FINAL));
        status.map(read).transpose()
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
