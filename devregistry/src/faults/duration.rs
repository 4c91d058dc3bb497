//! Durations on the command line and in faults.

use std::time::Duration;

/// Reads a duration such as `200ms`, `5s` or `1m`.
///
/// # Errors
/// What is expected instead.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 =
        digits.parse().map_err(|_| "expected a number with a unit, such as `200ms` or `5s`".to_owned())?;
    match text.get(digits.len()..) {
        Some("ms") => Ok(Duration::from_millis(number)),
        Some("s") => Ok(Duration::from_secs(number)),
        Some("m") => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err("the unit must be `ms`, `s` or `m`".to_owned()),
    }
}
