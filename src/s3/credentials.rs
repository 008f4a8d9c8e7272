//! [`Credentials`]: an access key with its secret, and optionally a session token.

use std::fmt;

use thiserror::Error;

/// The credentials that sign requests. No trait prints the secrets, not even [`Debug`](fmt::Debug).
#[derive(Clone)]
pub struct Credentials(aws_credential_types::Credentials);

/// The reason why a text cannot be part of [`Credentials`]. It never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidCredentials {
    /// The id is empty, or has a character that is not visible ASCII, or has `,` or `=`. These two separate the parts of the
    /// `Authorization` header.
    #[error("the access key id is empty, or has a character that is not visible ASCII or is ',' or '='")]
    AccessKeyId,
    /// The secret is empty, or contains white space or a control character. Usually this is a line break from a file.
    #[error("the secret access key is empty, or has white space or a control character")]
    SecretAccessKey,
    /// The token is empty, or has a character that is not visible ASCII. It is sent as a header.
    #[error("the session token is empty, or has a character that is not visible ASCII")]
    SessionToken,
}

impl Credentials {
    /// Validates the parts and returns the credentials.
    ///
    /// # Errors
    /// Returns [`InvalidCredentials`] for the part that is not valid.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
    ) -> Result<Credentials, InvalidCredentials> {
        let (id, secret) = (access_key_id.into(), secret_access_key.into());
        if !is_visible(&id) || id.contains([',', '=']) {
            return Err(InvalidCredentials::AccessKeyId);
        }
        if secret.is_empty() || secret.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidCredentials::SecretAccessKey);
        }
        if session_token.as_deref().is_some_and(|token| !is_visible(token)) {
            return Err(InvalidCredentials::SessionToken);
        }
        let credentials =
            aws_credential_types::Credentials::new(id, secret, session_token, None, "s3-edge-gateway");
        Ok(Credentials(credentials))
    }

    /// Returns the access key id, which is not secret.
    pub fn access_key_id(&self) -> &str {
        self.0.access_key_id()
    }

    pub(super) fn secret_access_key(&self) -> &str {
        self.0.secret_access_key()
    }

    pub(super) fn session_token(&self) -> Option<&str> {
        self.0.session_token()
    }
}

/// Prints only the first four characters of the key id.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.access_key_id().chars().take(4).collect();
        write!(f, "Credentials({start}…)")
    }
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_no_secret() {
        let credentials = Credentials::new("AKIAEXAMPLE", "hush", Some("token".into())).unwrap();
        assert_eq!(format!("{credentials:?}"), "Credentials(AKIA…)");
        assert_eq!(format!("{credentials:#?}"), "Credentials(AKIA…)");
    }

    #[test]
    fn refuses_parts_that_are_not_valid() {
        use InvalidCredentials::{AccessKeyId, SecretAccessKey, SessionToken};
        let token = |text: &str| Some(text.to_owned());
        for (id, secret, token, expected) in [
            ("", "s", None, AccessKeyId),
            ("a b", "s", None, AccessKeyId),
            ("a=b", "s", None, AccessKeyId),
            ("é", "s", None, AccessKeyId),
            ("a", "", None, SecretAccessKey),
            ("a", "s\n", None, SecretAccessKey),
            ("a", "s\0", None, SecretAccessKey),
            ("a", "s", token(""), SessionToken),
            ("a", "s", token("t\r\n"), SessionToken),
        ] {
            assert_eq!(Credentials::new(id, secret, token).unwrap_err(), expected);
        }
    }
}
