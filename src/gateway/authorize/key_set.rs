//! The keys of an issuer: a JSON Web Key Set ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)), and for how long
//! what is known of one holds.
//!
//! Inside: reading a set, finding a key, and when to ask the issuer again. Not inside: asking (`edge`).

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::token::Algorithm;

/// What is known of the keys of one issuer.
#[derive(Clone, Debug, Default)]
pub struct KnownKeys {
    keys: Vec<Key>,
    learned_at: Option<SystemTime>,
    asked_at: Option<SystemTime>,
    failure: Option<String>,
}

/// A key that signatures are verified with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    id: String,
    /// What it is for.
    pub algorithm: Algorithm,
    /// Its public half, as a JSON Web Key with nothing else in it.
    pub jwk: String,
}

/// Where a key is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// Here.
    Key(Key),
    /// Perhaps with the issuer, who has to be asked.
    Ask,
    /// Nowhere: the issuer has no such key.
    Unknown,
    /// Who knows: the issuer did not answer.
    Unreachable(String),
}

/// How large a set may be.
pub const SET_LIMIT: usize = 256 * 1024;

/// How long an issuer may take to answer.
pub const ISSUER_TIMEOUT: Duration = Duration::from_secs(5);

/// For how long the keys of an issuer hold without asking again.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// For how long they hold while the issuer does not answer: two hours, as API Gateway keeps them
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>).
const STALE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long after an answer an unknown key may be asked for: anyone can make one up.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(60);

/// How long after a failure the issuer is left alone.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

impl KnownKeys {
    /// Looks for a key. After [`Finding::Ask`] the issuer's answer goes to [`KnownKeys::learn`], and the next search
    /// at the same time does not ask again.
    pub fn find(&self, id: &str, algorithm: Algorithm, now: SystemTime) -> Finding {
        let key = self.keys.iter().find(|key| key.id == id && key.algorithm == algorithm);
        let younger = |since: Option<SystemTime>, limit| since.is_some_and(|since| age(since, now) < limit);
        let pause = if self.failure.is_some() { AFTER_FAILURE } else { BETWEEN_QUESTIONS };
        match key {
            Some(key) if younger(self.learned_at, FRESH) => return Finding::Key(key.clone()),
            Some(_) | None => {}
        }
        if !younger(self.asked_at, pause) {
            return Finding::Ask;
        }
        match (key, &self.failure) {
            (Some(key), _) if younger(self.learned_at, STALE) => Finding::Key(key.clone()),
            (_, Some(failure)) => Finding::Unreachable(failure.clone()),
            (_, None) => Finding::Unknown,
        }
    }

    /// Takes the issuer's answer: the text of its set, or why there is none.
    pub fn learn(&mut self, answer: Result<&str, String>, now: SystemTime) {
        self.asked_at = Some(now);
        match answer.and_then(read) {
            Ok(keys) => {
                (self.keys, self.learned_at, self.failure) = (keys, Some(now), None);
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}

/// The keys of a set that can verify a signature; others are for other purposes.
fn read(text: &str) -> Result<Vec<Key>, String> {
    let set: Value =
        serde_json::from_str(text).map_err(|error| format!("its key set is no JSON: {error}"))?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or("its key set has no array `keys`")?;
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

    fn is_key(finding: &Finding) -> bool {
        matches!(finding, Finding::Key(_))
    }

    #[test]
    fn reads_what_verifies() {
        let keys = read(SET).unwrap();
        let ids: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.algorithm)).collect();
        assert_eq!(ids, [("a", Algorithm::Rs256), ("b", Algorithm::Es256)]);
        assert_eq!(keys[0].jwk, r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#);
        for text in ["", "[]", "{}", r#"{"keys": {}}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn asks_once_a_minute_for_unknown_keys() {
        let mut known = KnownKeys::default();
        assert_eq!(known.find("a", Algorithm::Rs256, at(0)), Finding::Ask);
        known.learn(Ok(SET), at(0));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(0))));
        assert_eq!(known.find("z", Algorithm::Rs256, at(0)), Finding::Unknown);
        assert_eq!(known.find("z", Algorithm::Rs256, at(59)), Finding::Unknown);
        assert_eq!(known.find("z", Algorithm::Rs256, at(60)), Finding::Ask);
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(3599))));
        assert_eq!(known.find("a", Algorithm::Rs256, at(3600)), Finding::Ask);
    }

    #[test]
    fn a_key_is_for_one_algorithm() {
        let mut known = KnownKeys::default();
        known.learn(Ok(SET), at(0));
        assert_eq!(known.find("a", Algorithm::Es256, at(0)), Finding::Unknown);
        assert_eq!(known.find("b", Algorithm::Rs256, at(0)), Finding::Unknown);
        assert!(is_key(&known.find("b", Algorithm::Es256, at(0))));
    }

    #[test]
    fn lives_without_the_issuer_for_a_while() {
        let mut known = KnownKeys::default();
        let down = || Err("down".to_owned());
        known.learn(down(), at(0));
        assert_eq!(known.find("a", Algorithm::Rs256, at(4)), Finding::Unreachable("down".to_owned()));
        assert_eq!(known.find("a", Algorithm::Rs256, at(5)), Finding::Ask);
        known.learn(Ok(SET), at(5));
        known.learn(down(), at(3605));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(3605))));
        assert_eq!(known.find("z", Algorithm::Rs256, at(3605)), Finding::Unreachable("down".to_owned()));
        known.learn(down(), at(7205));
        assert_eq!(known.find("a", Algorithm::Rs256, at(7205)), Finding::Unreachable("down".to_owned()));
        known.learn(Ok("{}"), at(7300));
        assert!(matches!(known.find("a", Algorithm::Rs256, at(7300)), Finding::Unreachable(_)));
        known.learn(Ok(SET), at(7400));
        assert!(is_key(&known.find("a", Algorithm::Rs256, at(7400))));
    }
}
