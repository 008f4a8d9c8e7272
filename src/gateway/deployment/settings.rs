//! The settings of a deployment: the variables and secrets of the Worker, as types. They are read once, and all faults are
//! reported together.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::jwt_issuer::JwtIssuer;
use super::passthrough_url::{Passthrough, PassthroughUrl, UnknownRoutes};
use crate::api::mapping::Name;
use crate::gateway::behaviour::Behaviour;
use crate::gateway::limits::{JSON_BODY_LIMIT, MEMORY_BUDGET, MOST_MEMORY_BUDGET, PAYLOAD_LIMIT};
use crate::s3::{Addressing, Bucket, Credentials, Endpoint, InvalidCredentials, Region};

/// The settings of a deployment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `COMPATIBILITY`
    pub behaviour: Behaviour,
    /// `S3_ENDPOINT`. The default is AWS's endpoint for the region of the integration's `uri`, or for `S3_REGION` if the
    /// `uri` has no region.
    pub s3_endpoint: Option<Endpoint>,
    /// `S3_BUCKET`: the bucket of each `uri` that has no bucket before `.s3`. The whole path of such a `uri` is then the key.
    /// Without `S3_BUCKET`, the path starts with the bucket, and the key follows.
    pub s3_bucket: Option<Bucket>,
    /// `S3_REGION`. The default is the region of the integration's `uri`.
    pub s3_region: Option<Region>,
    /// `S3_ADDRESSING`
    pub s3_addressing: Addressing,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`
    pub credentials: Credentials,
    /// `ASSUME_ROLE`, `STS_ENDPOINT`
    pub assume_role: AssumeRole,
    /// `BASE_PATH`. The default is the base path of the document.
    pub base_path: Option<String>,
    /// `STAGE_NAME`. The default is the last segment of the base path.
    pub stage_name: Option<String>,
    /// `STAGE_VARIABLES`
    pub stage_variables: BTreeMap<String, String>,
    /// `ALLOW_ANONYMOUS_WRITES`
    pub anonymous_writes: AnonymousWrites,
    /// `API_KEYS`
    pub api_keys: Vec<ApiKeyHash>,
    /// `IAM_ACCESS_KEYS`: secret access keys by access key ID.
    pub iam_access_keys: SecretKeys,
    /// `JWT_ISSUERS`: token issuers by the name of the security scheme.
    pub jwt_issuers: BTreeMap<String, JwtIssuer>,
    /// `RESOURCE_POLICY`
    pub resource_policy: ResourcePolicySetting,
    /// `ACCESS_LOG`
    pub access_log: AccessLogSetting,
    /// `JSON_BODY_LIMIT`: the longest body in `edge` of which a model or a mapping reads JSON values, in bytes.
    pub json_body_limit: usize,
    /// `MEMORY_BUDGET`: the bytes of bodies that the requests of an isolate may hold at the same time.
    pub memory_budget: usize,
    /// `PASSTHROUGH_URL`, `PASSTHROUGH_UNKNOWN`. Without `PASSTHROUGH_URL`, a request for an operation that does not run at
    /// the edge is a 501.
    pub passthrough: Option<Passthrough>,
}

/// `RESOURCE_POLICY`: the handling of a document with a resource policy.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ResourcePolicySetting {
    /// The default: the operations of the document are not served, because the gateway does not evaluate the policy.
    #[default]
    Enforced,
    /// `ignore`: the operations of the document are served without the policy.
    Ignored,
}

/// `ACCESS_LOG`: the requests that have a line in the access log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AccessLogSetting {
    /// All requests.
    #[default]
    All,
    /// Requests with a status of 400 or above, and requests whose line has a cause.
    Errors,
    /// No request.
    Off,
}

/// `ASSUME_ROLE`: whether the roles of the document are assumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum AssumeRole {
    /// The deployment's keys sign. The document's roles have no effect.
    #[default]
    Never,
    /// The role of the integration's `credentials` is assumed, at AWS's STS or at `STS_ENDPOINT`.
    OfTheDocument(Option<Endpoint>),
}

/// `ALLOW_ANONYMOUS_WRITES`: the handling of an operation that writes to S3 and has no `security`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AnonymousWrites {
    /// A request for the operation gets a 403.
    #[default]
    Refused,
    /// Anyone may call the operation.
    Allowed,
}

/// The hash of an API key.
#[derive(Clone, Eq, PartialEq)]
pub struct ApiKeyHash {
    /// The ID of the key: `$context.identity.apiKeyId`.
    pub id: String,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
}

/// Secret access keys by access key ID. `Debug` prints only their number.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct SecretKeys(pub BTreeMap<String, String>);

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyHash({})", self.id)
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKeys({})", self.0.len())
    }
}

/// A setting that is missing or not valid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{name} {fault}. {remedy}.")]
pub struct SettingError {
    /// The variable or secret.
    pub name: &'static str,
    /// The predicate of the sentence that starts with the name, such as `is not set`. It never contains a secret.
    pub fault: String,
    /// A sentence without its period that says which value to set.
    pub remedy: String,
}

/// Reads the variables of a Worker by name. An empty variable counts as not set.
pub struct Variables<'v>(pub &'v dyn Fn(&str) -> Option<String>);

impl Settings {
    /// Reads every setting.
    ///
    /// # Errors
    /// Returns an error for each setting that is missing or not valid.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, Vec<SettingError>> {
        let mut reader = Reader { variables, errors: Vec::new() };
        let credentials = reader.credentials();
        let assume_role = reader.assume_role();
        let settings = Settings {
            behaviour: reader
                .choice("COMPATIBILITY", &[("edge", Behaviour::Edge), ("aws", Behaviour::Aws)])
                .unwrap_or_default(),
            s3_endpoint: reader.parsed(
                "S3_ENDPOINT",
                "a URL without a path, such as http://127.0.0.1:9000",
                |text| Endpoint::parse(text).map_err(|error| error.to_string()),
            ),
            s3_bucket: reader.parsed("S3_BUCKET", "the name of a bucket, such as photos", |text| {
                Bucket::parse(text).map_err(|error| error.to_string())
            }),
            s3_region: reader.parsed("S3_REGION", "a region, such as us-west-2", |text| {
                Region::parse(text).map_err(|error| error.to_string())
            }),
            s3_addressing: reader
                .choice("S3_ADDRESSING", &[("path", Addressing::Path), ("virtual", Addressing::Virtual)])
                .unwrap_or(Addressing::Path),
            // Placeholders if the keys are missing or not valid. The reader has then recorded an error, so no request is
            // signed with the placeholders.
            credentials: credentials
                .or_else(|| Credentials::new("-", "-", None).ok())
                .ok_or_else(Vec::new)?,
            assume_role,
            base_path: reader.get("BASE_PATH").map(|text| crate::api::BasePath::normal(&text)),
            stage_name: reader.get("STAGE_NAME"),
            stage_variables: reader.stage_variables(),
            anonymous_writes: reader
                .choice(
                    "ALLOW_ANONYMOUS_WRITES",
                    &[("true", AnonymousWrites::Allowed), ("false", AnonymousWrites::Refused)],
                )
                .unwrap_or_default(),
            api_keys: reader.api_keys(),
            iam_access_keys: reader.iam_access_keys(),
            jwt_issuers: reader.jwt_issuers(),
            resource_policy: reader
                .choice("RESOURCE_POLICY", &[("ignore", ResourcePolicySetting::Ignored)])
                .unwrap_or_default(),
            access_log: reader
                .choice(
                    "ACCESS_LOG",
                    &[
                        ("all", AccessLogSetting::All),
                        ("errors", AccessLogSetting::Errors),
                        ("off", AccessLogSetting::Off),
                    ],
                )
                .unwrap_or_default(),
            json_body_limit: reader.size("JSON_BODY_LIMIT", PAYLOAD_LIMIT).unwrap_or(JSON_BODY_LIMIT),
            memory_budget: reader.size("MEMORY_BUDGET", MOST_MEMORY_BUDGET).unwrap_or(MEMORY_BUDGET),
            passthrough: reader.passthrough(),
        };
        if reader.errors.is_empty() { Ok(settings) } else { Err(reader.errors) }
    }
}

struct Reader<'r> {
    variables: &'r Variables<'r>,
    errors: Vec<SettingError>,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.variables.0)(name).filter(|text| !text.is_empty())
    }

    fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.get(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                let fault = format!("is `{}`, which is not valid: {reason}", without_credentials(&text));
                self.fault(name, fault, format!("Set it to {expected}"));
                None
            }
        }
    }

    fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.get(name)?;
        let found = choices.iter().find(|(choice, _)| *choice == text).map(|(_, value)| *value);
        if found.is_none() {
            let valid: Vec<_> = choices.iter().map(|(choice, _)| format!("`{choice}`")).collect();
            let remedy = format!("Set it to {}, or leave it out", alternatives(&valid));
            self.fault(name, format!("is `{text}`, which is not valid"), remedy);
        }
        found
    }

    /// Reads a number of bytes from 1 to `most`.
    fn size(&mut self, name: &'static str, most: usize) -> Option<usize> {
        self.parsed(name, &format!("a number of bytes from 1 to {most}"), |text| {
            let is_written_plainly = text.bytes().all(|byte| byte.is_ascii_digit());
            let size = text.parse().ok().filter(|size| is_written_plainly && (1..=most).contains(size));
            size.ok_or_else(|| "it is not a number, or not in the range".to_owned())
        })
    }

    fn credentials(&mut self) -> Option<Credentials> {
        let mut needed = |name: &'static str, expected: &str| {
            let value = self.get(name);
            if value.is_none() {
                self.fault(
                    name,
                    "is not set".to_owned(),
                    format!("Use `wrangler secret put {name}` to set {expected}"),
                );
            }
            value
        };
        let id = needed("AWS_ACCESS_KEY_ID", "the id of the access key that signs requests to S3");
        let secret = needed("AWS_SECRET_ACCESS_KEY", "the secret of the access key in AWS_ACCESS_KEY_ID");
        let token = self.get("AWS_SESSION_TOKEN");
        match Credentials::new(id?, secret?, token) {
            Ok(credentials) => Some(credentials),
            Err(error) => {
                let name = match error {
                    InvalidCredentials::AccessKeyId => "AWS_ACCESS_KEY_ID",
                    InvalidCredentials::SecretAccessKey => "AWS_SECRET_ACCESS_KEY",
                    InvalidCredentials::SessionToken => "AWS_SESSION_TOKEN",
                };
                let remedy = "Set it to the value that AWS or the S3 server issued, without spaces";
                self.fault(name, format!("is not valid: {error}"), remedy.to_owned());
                None
            }
        }
    }

    fn assume_role(&mut self) -> AssumeRole {
        let endpoint = self.parsed(
            "STS_ENDPOINT",
            "a URL without a path, such as https://sts.us-west-2.amazonaws.com",
            |text| Endpoint::parse(text).map_err(|error| error.to_string()),
        );
        match self.choice("ASSUME_ROLE", &[("true", true), ("false", false)]) {
            Some(true) => AssumeRole::OfTheDocument(endpoint),
            Some(false) | None => AssumeRole::Never,
        }
    }

    fn passthrough(&mut self) -> Option<Passthrough> {
        let url = self.parsed("PASSTHROUGH_URL", PassthroughUrl::EXPECTED, PassthroughUrl::parse);
        let choices = [("true", UnknownRoutes::PassedOn), ("false", UnknownRoutes::Refused)];
        let unknown_routes = self.choice("PASSTHROUGH_UNKNOWN", &choices).unwrap_or_default();
        if unknown_routes == UnknownRoutes::PassedOn && self.get("PASSTHROUGH_URL").is_none() {
            let fault = "is `true`, but PASSTHROUGH_URL is not set".to_owned();
            let remedy = "Set PASSTHROUGH_URL, or leave PASSTHROUGH_UNKNOWN out".to_owned();
            self.fault("PASSTHROUGH_UNKNOWN", fault, remedy);
        }
        Some(Passthrough { url: url?, unknown_routes })
    }

    fn stage_variables(&mut self) -> BTreeMap<String, String> {
        let expected = "a JSON object of strings, such as {\"bucket\": \"photos\"}";
        let read = |_: &str, value: &Value| string(value).map(str::to_owned);
        let variables = self.object("STAGE_VARIABLES", expected, read);
        for name in variables.keys().filter(|name| Name::parse(name).is_none()) {
            let fault = format!("has a variable `{name}`, whose name is not valid");
            let remedy = "Use only letters, digits and `._$:-`".to_owned();
            self.fault("STAGE_VARIABLES", fault, remedy);
        }
        variables
    }

    fn api_keys(&mut self) -> Vec<ApiKeyHash> {
        let expected =
            "a JSON object that maps key ids to hashes, such as {\"team\": \"sha256:<64 hex digits>\"}";
        let read = |_: &str, value: &Value| {
            let hex = string(value)?.strip_prefix("sha256:").ok_or("it does not start with `sha256:`")?;
            sha256(hex).ok_or_else(|| "`sha256:` is not followed by 64 hex digits".to_owned())
        };
        let keys = self.object("API_KEYS", expected, read);
        keys.into_iter().map(|(id, sha256)| ApiKeyHash { id, sha256 }).collect()
    }

    fn iam_access_keys(&mut self) -> SecretKeys {
        let expected = "a JSON object that maps access key ids to secret access keys";
        let read = |id: &str, value: &Value| {
            let secret = string(value)?;
            Credentials::new(id, secret, None).map_err(|error| error.to_string())?;
            Ok(secret.to_owned())
        };
        SecretKeys(self.object("IAM_ACCESS_KEYS", expected, read))
    }

    fn jwt_issuers(&mut self) -> BTreeMap<String, JwtIssuer> {
        self.object("JWT_ISSUERS", JwtIssuer::EXPECTED, |_, value| {
            JwtIssuer::read(value).map_err(str::to_owned)
        })
    }

    /// Reads a JSON object. `read` parses a value, or returns the reason why the value is not valid. A fault contains the
    /// key of an entry but never its value, which may be a secret.
    fn object<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        read: impl Fn(&str, &Value) -> Result<T, String>,
    ) -> BTreeMap<String, T> {
        let Some(text) = self.get(name) else { return BTreeMap::new() };
        let entries = match serde_json::from_str(&text) {
            Ok(Value::Object(entries)) => entries,
            other => {
                let seen = match other {
                    Ok(value) => format!("it is {}", kind(&value)),
                    Err(error) => {
                        format!("it is not JSON (line {}, column {})", error.line(), error.column())
                    }
                };
                self.fault(name, format!("is not a JSON object: {seen}"), format!("Set it to {expected}"));
                return BTreeMap::new();
            }
        };
        let mut object = BTreeMap::new();
        for (key, value) in &entries {
            match read(key, value) {
                Ok(value) => {
                    object.insert(key.clone(), value);
                }
                Err(error) => {
                    let fault = format!("has an entry `{key}` that is not valid: {error}");
                    self.fault(name, fault, format!("Set {name} to {expected}"));
                }
            }
        }
        object
    }

    fn fault(&mut self, name: &'static str, fault: String, remedy: String) {
        self.errors.push(SettingError { name, fault, remedy });
    }
}

/// Returns the alternatives as a phrase: `a`, `a or b`, `a, b or c`.
fn alternatives(values: &[String]) -> String {
    match values.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Returns a URL without its user name, password, query and fragment. They may contain a secret, which must not be logged.
fn without_credentials(text: &str) -> String {
    let (place, cut) = match text.find(['?', '#']) {
        Some(end) => (text.get(..end).unwrap_or_default(), text.get(end..=end).unwrap_or_default()),
        None => (text, ""),
    };
    // An at sign after a question mark may still end the user name and the password: `https://user:pass?word@host`.
    let Some(at) = text.rfind('@') else {
        return if cut.is_empty() { place.to_owned() } else { format!("{place}{cut}…") };
    };
    let scheme = text.find("://").map_or(0, |scheme| scheme + 3).min(at);
    let after = place.get(at..).unwrap_or_default();
    format!("{}…{after}", text.get(..scheme).unwrap_or_default())
}

/// Returns the text of a JSON value, or an error message if the value is not a string.
fn string(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("it is {}, not a string", kind(value)))
}

/// Returns the JSON type of a value with its article. A message must not contain the value, which may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn sha256(hex: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    for (byte, index) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(index..index + 2)?, 16).ok()?;
    }
    is_hex.then_some(hash)
}
