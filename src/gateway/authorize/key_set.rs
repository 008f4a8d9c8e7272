//! The keys of a token issuer: a JSON Web Key Set ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)), and the rules that
//! decide when the key set is fetched again.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::gateway::limits::ISSUER_TIMEOUT;

/// The keys of one issuer, as of the last successful fetch.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    fetched_at: Option<SystemTime>,
    /// The time of the last response or failure.
    tried_at: Option<SystemTime>,
    /// The start of the fetch that has not ended yet.
    asked_at: Option<SystemTime>,
    failure: Option<String>,
}

/// A key that verifies signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    id: String,
    /// The algorithm of its signatures.
    pub algorithm: Algorithm,
    /// The public key: a JSON Web Key with only the members that define the key.
    pub jwk: String,
}

/// The result of a search for a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lookup {
    /// The key was found.
    Key(Key),
    /// The key set must be fetched before the search: it is missing, too old, or does not have the key.
    Fetch,
    /// Another request fetches the key set.
    Wait,
    /// The issuer does not have the key: the last fetch succeeded, and ended less than a minute ago.
    Unknown,
    /// It is not known whether the issuer has the key: the last fetch failed for this reason.
    Unreachable(String),
}

/// The accepted algorithms of a token's signature. `none` and algorithms with a shared secret are not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// Returns the name in tokens and keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// The time after a fetch during which its keys are used without another fetch.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// The time after a fetch during which its keys are used while the issuer cannot be reached: two hours, as in API Gateway
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>).
const STALE: Duration = Duration::from_secs(2 * 60 * 60);

/// The shortest time from the end of a successful fetch to a fetch for an unknown key. This time limits the number of
/// fetches, because a token can name any key.
const BETWEEN_FETCHES: Duration = Duration::from_secs(60);

/// The shortest time between a failed fetch and the next one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

impl KeySet {
    /// Searches for a key. After [`Lookup::Fetch`], the caller calls [`KeySet::ask`], fetches the keys, passes the response to
    /// [`KeySet::store`] and searches again. The second search, with the same `now`, does not return [`Lookup::Fetch`]. While
    /// one request fetches the key set, a key that was fetched less than two hours ago is found, and a search for any other
    /// key returns [`Lookup::Wait`].
    pub fn find(&self, id: &str, algorithm: Algorithm, now: SystemTime) -> Lookup {
        let key = self.keys.iter().find(|key| key.id == id && key.algorithm == algorithm);
        let younger = |since: Option<SystemTime>, limit| since.is_some_and(|since| age(since, now) < limit);
        let pause = if self.failure.is_some() { AFTER_FAILURE } else { BETWEEN_FETCHES };
        match key {
            Some(key) if younger(self.fetched_at, FRESH) => return Lookup::Key(key.clone()),
            Some(_) | None => {}
        }
        // A fetch never ends if the client of its request has disconnected.
        let is_asked = younger(self.asked_at, ISSUER_TIMEOUT);
        if !is_asked && !younger(self.tried_at, pause) {
            return Lookup::Fetch;
        }
        match (key, &self.failure) {
            (Some(key), _) if younger(self.fetched_at, STALE) => Lookup::Key(key.clone()),
            _ if is_asked => Lookup::Wait,
            (_, Some(failure)) => Lookup::Unreachable(failure.clone()),
            (_, None) => Lookup::Unknown,
        }
    }

    /// Records that a fetch has started.
    pub fn ask(&mut self, now: SystemTime) {
        self.asked_at = Some(now);
    }

    /// Stores the issuer's response: the text of the key set, or the reason of the failure. `now` is the time of the response.
    pub fn store(&mut self, response: Result<&str, String>, now: SystemTime) {
        self.asked_at = None;
        self.tried_at = Some(now);
        match response.and_then(read) {
            Ok(keys) => {
                (self.keys, self.fetched_at, self.failure) = (keys, Some(now), None);
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}

/// Returns the keys of a set that verify signatures with an accepted algorithm. Other keys are left out.
fn read(text: &str) -> Result<Vec<Key>, String> {
    let set: Value =
        serde_json::from_str(text).map_err(|error| format!("the key set is not JSON: {error}"))?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or("the key set has no array `keys`")?;
    Ok(keys.iter().filter_map(Key::read).collect())
}

impl Key {
    fn read(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let (algorithm, jwk) = match text("kty")? {
            "RSA" => (Algorithm::Rs256, json!({"kty": "RSA", "n": text("n")?, "e": text("e")?})),
            "EC" if text("crv")? == "P-256" => {
                let jwk = json!({"kty": "EC", "crv": "P-256", "x": text("x")?, "y": text("y")?});
                (Algorithm::Es256, jwk)
            }
            _ => return None,
        };
        let is_for_this = text("alg").is_none_or(|alg| alg == algorithm.name());
        let is_for_signatures = text("use").is_none_or(|purpose| purpose == "sig");
        let id = text("kid")?.to_owned();
        (is_for_this && is_for_signatures).then(|| Self { id, algorithm, jwk: jwk.to_string() })
    }
}

fn age(since: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = r#"{"keys": [
        {"kid": "a", "kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "RS256", "use": "sig", "x5c": ["…"]},
        {"kid": "b", "kty": "EC", "crv": "P-256", "x": "AQ", "y": "Ag"},
        {"kid": "c", "kty": "EC", "crv": "P-384", "x": "AQ", "y": "Ag"},
        {"kid": "d", "kty": "RSA", "n": "AQ", "e": "AQAB", "use": "enc"},
        {"kid": "e", "kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "RS512"},
        {"kid": "f", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "RSA", "n": "AQ", "e": "AQAB"},
        {"kid": "g", "kty": "RSA", "n": "AQ"},
        "h"
    ]}"#;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn is_key(lookup: &Lookup) -> bool {
        matches!(lookup, Lookup::Key(_))
    }

    #[test]
    fn only_keys_for_signatures_are_read() {
        let keys = read(SET).unwrap();
        let ids: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.algorithm)).collect();
        assert_eq!(ids, [("a", Algorithm::Rs256), ("b", Algorithm::Es256)]);
        assert_eq!(keys[0].jwk, r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#);
        for text in ["", "[]", "{}", r#"{"keys": {}}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_fetched_once_a_minute() {
        let mut known = KeySet::default();
        assert_eq!(known.find("a", Algorithm::Rs256, at(0)), Lookup::Fetch);
        known.store(Ok(SET), at(0));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(0))));
        assert_eq!(known.find("z", Algorithm::Rs256, at(0)), Lookup::Unknown);
        assert_eq!(known.find("z", Algorithm::Rs256, at(59)), Lookup::Unknown);
        assert_eq!(known.find("z", Algorithm::Rs256, at(60)), Lookup::Fetch);
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(3599))));
        assert_eq!(known.find("a", Algorithm::Rs256, at(3600)), Lookup::Fetch);
    }

    #[test]
    fn one_request_fetches_and_the_others_wait_or_use_old_keys() {
        let mut known = KeySet::default();
        known.ask(at(0));
        assert_eq!(known.find("a", Algorithm::Rs256, at(1)), Lookup::Wait);
        // The fetch was given up with its request.
        let given_up = ISSUER_TIMEOUT.as_secs();
        assert_eq!(known.find("a", Algorithm::Rs256, at(given_up)), Lookup::Fetch);
        known.ask(at(given_up));
        known.store(Ok(SET), at(given_up + 2));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(given_up + 2))));
        // The pause counts from the response.
        assert_eq!(known.find("z", Algorithm::Rs256, at(given_up + 61)), Lookup::Unknown);
        assert_eq!(known.find("z", Algorithm::Rs256, at(given_up + 62)), Lookup::Fetch);
        known.ask(at(4000));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(4000))));
        assert_eq!(known.find("z", Algorithm::Rs256, at(4000)), Lookup::Wait);
    }

    #[test]
    fn a_key_is_for_one_algorithm() {
        let mut known = KeySet::default();
        known.store(Ok(SET), at(0));
        assert_eq!(known.find("a", Algorithm::Es256, at(0)), Lookup::Unknown);
        assert_eq!(known.find("b", Algorithm::Rs256, at(0)), Lookup::Unknown);
        assert!(is_key(&known.find("b", Algorithm::Es256, at(0))));
    }

    #[test]
    fn keys_are_used_for_two_hours_without_the_issuer() {
        let mut known = KeySet::default();
        let down = || Err("down".to_owned());
        known.store(down(), at(0));
        assert_eq!(known.find("a", Algorithm::Rs256, at(4)), Lookup::Unreachable("down".to_owned()));
        assert_eq!(known.find("a", Algorithm::Rs256, at(5)), Lookup::Fetch);
        known.store(Ok(SET), at(5));
        known.store(down(), at(3605));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(3605))));
        assert_eq!(known.find("z", Algorithm::Rs256, at(3605)), Lookup::Unreachable("down".to_owned()));
        known.store(down(), at(7205));
        assert_eq!(known.find("a", Algorithm::Rs256, at(7205)), Lookup::Unreachable("down".to_owned()));
        known.store(Ok("{}"), at(7300));
        assert!(matches!(known.find("a", Algorithm::Rs256, at(7300)), Lookup::Unreachable(_)));
        known.store(Ok(SET), at(7400));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(7400))));
    }
}
