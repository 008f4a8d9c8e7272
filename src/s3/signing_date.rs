//! The date of a signature.

use std::fmt;
use std::time::SystemTime;

use time::{Date, Month, OffsetDateTime};

/// A valid date of Signature Version 4: `20130524T000000Z`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SigningDate(OffsetDateTime);

/// The months as HTTP writes them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl SigningDate {
    /// Returns the day as a credential scope has it: `20130524`.
    pub fn scope_day(self) -> String {
        let mut text = self.to_string();
        text.truncate("20130524".len());
        text
    }

    /// Returns the day in UTC. A signing key is valid for one day.
    pub(super) fn day(self) -> Date {
        self.0.date()
    }

    pub fn time(self) -> SystemTime {
        self.0.into()
    }

    /// Parses `20130524T000000Z`.
    pub fn parse_basic(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        if date.len() != 8 || time.len() != 6 {
            return None;
        }
        let date = [date.get(..4)?, date.get(4..6)?, date.get(6..)?];
        Self::new(date, [time.get(..2)?, time.get(2..4)?, time.get(4..)?])
    }

    /// Parses `Fri, 24 May 2013 00:00:00 GMT`, the only form of [RFC 9110,
    /// 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7) that senders may use.
    pub fn parse_http(text: &str) -> Option<Self> {
        let mut words = text.split_once(", ")?.1.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (day, month, year, time, zone) = (next(), next(), next(), next(), next());
        let month = MONTHS.iter().position(|known| *known == month)? + 1;
        let time = <[&str; 3]>::try_from(time.split(':').collect::<Vec<_>>()).ok()?;
        if zone != "GMT" || words.next().is_some() {
            return None;
        }
        Self::new([year, &month.to_string(), day], time)
    }

    fn new(date: [&str; 3], time: [&str; 3]) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then_some(());
        let number = |text: &str| digits(text).and_then(|()| text.parse::<u8>().ok());
        let [year, month, day] = date;
        digits(year)?;
        // `SystemTime` panics on wasm for a time before 1970.
        let year = year.parse().ok().filter(|year| (1970..=9999).contains(year))?;
        let month = Month::try_from(number(month)?).ok()?;
        let date = Date::from_calendar_date(year, month, number(day)?).ok()?;
        let [hour, minute, second] = time.map(number);
        Some(Self(date.with_hms(hour?, minute?, second?).ok()?.assume_utc()))
    }
}

impl From<SystemTime> for SigningDate {
    fn from(time: SystemTime) -> Self {
        Self(time.into())
    }
}

impl fmt::Display for SigningDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year().unsigned_abs(), u8::from(self.0.month()), self.0.day());
        let (hour, minute, second) = self.0.to_hms();
        // Two numbers instead of six, because `write!` takes more time for each number than the computation here.
        let together = |[first, second, third]: [u32; 3]| (first * 100 + second) * 100 + third;
        let date = together([year, month.into(), day.into()]);
        let time = together([hour, minute, second].map(u32::from));
        write!(f, "{date:08}T{time:06}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_basic_dates_and_http_dates() {
        for (text, expected) in [
            ("20130524T000000Z", Some("20130524T000000Z")),
            ("20240229T235959Z", Some("20240229T235959Z")),
            ("Fri, 24 May 2013 00:00:00 GMT", Some("20130524T000000Z")),
            ("Thu, 09 Apr 2026 12:34:56 GMT", Some("20260409T123456Z")),
            ("19691231T235959Z", None),
            ("Wed, 31 Dec 1969 23:59:59 GMT", None),
            ("Wed, 31 Dec 10000 23:59:59 GMT", None),
            ("20230229T000000Z", None),
            ("20130524T240000Z", None),
            ("20130524T000000", None),
            ("2013-05-24T00:00:00Z", None),
            ("+0130524T000000Z", None),
            ("2013052éT00000Z", None),
            ("20130524T0000é0Z", None),
            ("Fri, 24 May 2013 00:00:00 +0000", None),
            ("Fri, 24 May 2013 00:00 GMT", None),
            ("Fri, 24 Mai 2013 00:00:00 GMT", None),
            ("Fri, 24 May 2013 00:00:00 GMT GMT", None),
            ("Friday", None),
            ("", None),
        ] {
            let found = SigningDate::parse_basic(text).or_else(|| SigningDate::parse_http(text));
            assert_eq!(found.map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }
}
