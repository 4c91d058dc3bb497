//! Parsing of dates.

use time::Date;
use time::macros::format_description;

/// Parses `YYYY-MM-DD`, without a sign before the year.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    let starts_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    day.filter(|_| starts_with_digit)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_day_is_four_digits_and_twice_two() {
        assert_eq!(parse("2026-06-15").map(|day| day.to_string()).as_deref(), Some("2026-06-15"));
        for other in
            ["+2026-06-15", "-2026-06-15", "2026-6-15", "2026-02-30", "12026-06-15", "2026-06-15x", ""]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
