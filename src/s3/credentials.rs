//! [`Credentials`]: an access key, its secret and perhaps a session token.

use std::fmt;

use thiserror::Error;

/// What requests are signed with. Neither [`Debug`](fmt::Debug) nor anything else prints the secrets.
#[derive(Clone)]
pub struct Credentials(aws_credential_types::Credentials);

/// Why a text cannot be part of [`Credentials`]. Never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidCredentials {
    /// Not 1 or more visible ASCII characters, or one of `,` and `=`, which separate the parts of the
    /// `Authorization` header.
    #[error("the access key id is empty, or has a character that is not visible ASCII or is ',' or '='")]
    AccessKeyId,
    /// Empty, or with white space or a control character: most often a line break from a file.
    #[error("the secret access key is empty, or has white space or a control character")]
    SecretAccessKey,
    /// Not 1 or more visible ASCII characters; it is sent as a header.
    #[error("the session token is empty, or has a character that is not visible ASCII")]
    SessionToken,
}

impl Credentials {
    /// Takes the parts as they were issued.
    ///
    /// # Errors
    /// [`InvalidCredentials`] names the part that no server could have issued.
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

    /// The public half: which key it is.
    pub fn access_key_id(&self) -> &str {
        self.0.access_key_id()
    }

    pub(super) fn as_aws(&self) -> &aws_credential_types::Credentials {
        &self.0
    }
}

/// The first four characters of the key id, and nothing else.
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
    fn refuses_what_nobody_issued() {
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
