//! The difference between S3's clock and the clock of the runtime.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE};
use http::{HeaderMap, HeaderName};

use crate::gateway::limits::CLOCK_TOLERANCE;

/// The difference between S3's clock and the clock of the runtime, in seconds. It is zero until S3 refuses a signature because of
/// its time. Requests are signed with S3's time.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Clock(Cell<i64>);

impl Clock {
    /// Returns the time on S3's clock.
    pub(in crate::gateway) fn corrected(&self, now: SystemTime) -> SystemTime {
        let offset = self.0.get();
        let distance = Duration::from_secs(offset.unsigned_abs());
        let corrected = if offset < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        corrected.unwrap_or(now)
    }

    /// Corrects the clock by `Date` of a response with which S3 refuses a signature. Returns the new difference, or `None` if the
    /// clock was right, or if a cache sent the response.
    pub(in crate::gateway) fn learn(&self, headers: &HeaderMap, now: SystemTime) -> Option<i64> {
        let theirs = date(headers, &DATE).filter(|_| !headers.contains_key(AGE))?;
        let error = seconds_between(self.corrected(now), theirs)?;
        let offset =
            seconds_between(now, theirs).filter(|_| error.unsigned_abs() > CLOCK_TOLERANCE.as_secs())?;
        self.0.set(offset);
        Some(offset)
    }
}

/// Returns the date in a header, or `None` if the header is missing or is not a date.
pub(in crate::gateway) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

/// Returns the seconds from `start` to `end`, which are negative if `end` is earlier.
fn seconds_between(start: SystemTime, end: SystemTime) -> Option<i64> {
    match end.duration_since(start) {
        Ok(later) => i64::try_from(later.as_secs()).ok(),
        Err(earlier) => i64::try_from(earlier.duration().as_secs()).ok().map(|seconds| -seconds),
    }
}
