//! Dates of signatures and of HTTP, as seconds since 1970. The code is independent of the gateway.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns the length of each month of a year.
fn month_lengths(year: i64) -> [i64; 12] {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// Returns the seconds from 1970 to a date, or `None` if the date is not valid or is before 1970.
fn seconds([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let lengths = month_lengths(year);
    let before = usize::try_from(month - 1).ok().filter(|month| *month < 12)?;
    let is_valid = (1970..=9999).contains(&year)
        && (1..=lengths[before]).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let days_of_years: i64 = (1970..year).map(|year| month_lengths(year).iter().sum::<i64>()).sum();
    let days = days_of_years + lengths[..before].iter().sum::<i64>() + day - 1;
    is_valid.then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Returns a number of digits only.
fn digits(text: Option<&str>) -> Option<i64> {
    text.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// Parses `20130524T000000Z`. Returns the seconds since 1970.
pub fn seconds_of_basic(text: &str) -> Option<i64> {
    let is_basic = text.len() == 16 && text.get(8..9) == Some("T") && text.ends_with('Z');
    let part = |range| digits(text.get(range)).filter(|_| is_basic);
    seconds([part(0..4)?, part(4..6)?, part(6..8)?, part(9..11)?, part(11..13)?, part(13..15)?])
}

/// Parses `Fri, 24 May 2013 00:00:00 GMT`. The day of the week is ignored. Returns the seconds since 1970.
pub fn seconds_of_http(text: &str) -> Option<i64> {
    let words: Vec<_> = text.split_once(", ")?.1.split(' ').collect();
    let [day, month, year, time, "GMT"] = *words.as_slice() else { return None };
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let time: Vec<_> = time.split(':').collect();
    let [hour, minute, second] = *time.as_slice() else { return None };
    let number = |text| digits(Some(text));
    let month = i64::try_from(month).ok()?;
    seconds([number(year)?, month, number(day)?, number(hour)?, number(minute)?, number(second)?])
}

/// Returns the year, the month, the day, the hour, the minute and the second.
fn date_of(seconds_since_1970: i64) -> [i64; 6] {
    let (mut days, second) = (seconds_since_1970 / 86_400, seconds_since_1970 % 86_400);
    let (mut year, mut month) = (1970, 0);
    loop {
        let length = month_lengths(year)[month];
        if days < length {
            break;
        }
        days -= length;
        month += 1;
        if month == 12 {
            (year, month) = (year + 1, 0);
        }
    }
    let month = i64::try_from(month).unwrap_or_default() + 1;
    [year, month, days + 1, second / 3600, second / 60 % 60, second % 60]
}

/// Returns a date in the form `20130524T000000Z`.
pub fn basic_date(seconds_since_1970: i64) -> String {
    let [year, month, day, hour, minute, second] = date_of(seconds_since_1970);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Returns a date in the form of HTTP. The day of the week is always Thursday, because readers ignore it.
pub fn http_date(seconds_since_1970: i64) -> String {
    let [year, month, day, hour, minute, second] = date_of(seconds_since_1970);
    let month = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
    format!("Thu, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}
