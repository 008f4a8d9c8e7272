//! Sessions of the roles that this isolate has taken on.
//!
//! Inside: asking STS, and keeping its answers as values until they are to be renewed. Not inside: which role it is
//! and for how long a session is good (`gateway::role`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::SystemTime;

use super::bridge;
use super::task::apart;
use crate::gateway::role::{Role, STS_LIMIT, STS_TIMEOUT, Session};
use crate::gateway::{MethodRequest, Rejection};
use crate::s3::Signer;

thread_local! {
    static SESSIONS: RefCell<BTreeMap<String, Session>> = const { RefCell::new(BTreeMap::new()) };
}

/// Who signs this request, if it is not the deployment itself.
pub(super) async fn signer(
    method_request: &MethodRequest<'_>,
    now: SystemTime,
) -> Result<Option<Signer>, Rejection> {
    let Some(role) = method_request.role() else { return Ok(None) };
    let known = SESSIONS.with_borrow(|sessions| sessions.get(role.arn()).cloned());
    if let Some(session) = known.as_ref().filter(|session| session.is_fresh(now)) {
        return Ok(Some(role.signer(session)));
    }
    let session = match (apart(renew(role, now)).await, known) {
        (Ok(session), _) => session,
        (Err(_), Some(session)) if session.is_usable(now) => return Ok(Some(role.signer(&session))),
        (Err(rejection), _) => return Err(rejection),
    };
    SESSIONS.with_borrow_mut(|sessions| sessions.insert(role.arn().to_owned(), session.clone()));
    Ok(Some(role.signer(&session)))
}

async fn renew(role: &Role, now: SystemTime) -> Result<Session, Rejection> {
    let question = role.question(now)?;
    let answer = bridge::ask(&question, STS_TIMEOUT, STS_LIMIT).await;
    let (status, text) = answer.map_err(|failure| role.failed(failure))?;
    role.answered(status, text.as_bytes(), now)
}
