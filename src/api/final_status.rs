//! Final statuses of HTTP.

use http::StatusCode;

/// Returns the status, or `None` if it is not from 200 to 599. A status from 100 to 199 is not final: another response
/// follows (RFC 9110 section 15).
pub fn final_status(status: u16) -> Option<StatusCode> {
    if (200..600).contains(&status) { StatusCode::from_u16(status).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::final_status;

    #[test]
    fn statuses_from_200_to_599_are_final() {
        assert_eq!([100, 148, 199, 600, 999, 70].map(|status| final_status(status).is_some()), [false; 6]);
        assert_eq!([200, 304, 418, 599].map(|status| final_status(status).is_some()), [true; 4]);
    }
}
