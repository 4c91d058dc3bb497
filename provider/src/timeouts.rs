//! The `timeouts` block: a timeout for each operation, in the notation of Go durations.

use std::time::Duration;

use tfplugin::schema::Block;
use tfplugin::{Attribute, Diagnostic, Diagnostics, NestedBlock, Path, Type, Value};

use crate::diagnostics::failure::capitalized;

/// An operation that has a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn default(self) -> (Duration, &'static str) {
        match self {
            Self::Read => (Duration::from_secs(60), "1m"),
            Self::Create | Self::Update | Self::Delete => (Duration::from_secs(300), "5m"),
        }
    }
}

/// The block for a resource's schema.
pub(crate) fn block() -> NestedBlock {
    let attribute = |operation: Operation| {
        let (name, default) = (operation.name(), operation.default().1);
        let article = if name == "update" { "an" } else { "a" };
        let description = format!(
            "Timeout of {article} {name}: numbers with units `h`, `m`, `s` or `ms`, such as `30s`, `5m` or `1h30m`. Default: \
             `{default}`."
        );
        Attribute::optional(name, Type::String, description)
    };
    let description = "Timeout of each operation. Requests that the registry throttles or cannot serve are retried until then. \
                       If a timeout expires, what the registry has accepted is kept in the state and continues there.";
    NestedBlock::single("timeouts", Block::new(description, Operation::ALL.map(attribute)))
}

/// The errors in the block of a configuration.
pub(crate) fn problems(config: &Value) -> Diagnostics {
    let block = config.get("timeouts");
    let problem = |operation: Operation| {
        let text = block.get(operation.name()).as_str()?;
        let reason = parse(text).err()?;
        let detail = format!(
            "{}. Use numbers with units `h`, `m`, `s` or `ms`, such as \"30s\", \"5m\" or \"1h30m\".",
            capitalized(&reason)
        );
        let path = Path::from("timeouts").attribute(operation.name());
        Some(Diagnostic::error(format!("`{text}` is not a valid timeout"), detail).at(path))
    };
    Operation::ALL.into_iter().filter_map(problem).collect()
}

/// The timeout of an operation in a configuration, plan or state, or its default.
pub(crate) fn of(value: &Value, operation: Operation) -> Duration {
    let given = value.get("timeouts").get(operation.name()).as_str().and_then(|text| parse(text).ok());
    given.unwrap_or(operation.default().0)
}

const UNITS: [(&str, f64); 7] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// A positive duration in Go's notation: `1h30m`, `1.5s`.
fn parse(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let (part, after) = term(rest)?;
        (rest, seconds) = (after, seconds + part);
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) => Err("it must be longer than zero".to_owned()),
        Ok(duration) if duration <= LONGEST => Ok(duration),
        _ => Err("it is longer than a year".to_owned()),
    }
}

/// Beyond this a deadline could not be represented everywhere.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// The seconds of one number with its unit, and the text after it.
fn term(text: &str) -> Result<(f64, &str), String> {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number);
    let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    let Ok(value) = number.parse::<f64>() else {
        return Err(format!("a number is missing before `{}`", unit.escape_debug()));
    };
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor);
    match factor {
        Some(factor) => Ok((value * factor, after)),
        None if unit.is_empty() => Err(format!("`{number}` has no unit")),
        None => Err(format!("`{}` is not a unit", unit.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_as_go_writes_them() {
        let milliseconds = |text| parse(text).map(|duration| duration.as_millis());
        for (text, expected) in [
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1500),
            ("250ms", 250),
            ("1m0s", 60_000),
            ("1m0.5s", 60_500),
            ("2000us", 2),
        ] {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in [
            "",
            "5",
            "m",
            "-5m",
            "5 m",
            "5x",
            "five minutes",
            "1h30",
            "0s",
            "1..5s",
            ".s",
            "1e9s",
            "99999999h",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_begins_a_sentence() {
        for (text, reason) in
            [("", "It is empty."), ("0s", "It must be longer than zero."), ("m", "A number is missing")]
        {
            let config = Value::object([("timeouts", Value::object([("create", text.into())]))]);
            let found: Vec<_> = problems(&config).into_iter().map(|problem| problem.detail).collect();
            assert!(found.first().is_some_and(|detail| detail.starts_with(reason)), "{found:?}");
        }
    }

    #[test]
    fn a_wrong_duration_is_reported_at_its_attribute() {
        let timeouts =
            Value::object([("create", "soon".into()), ("update", Value::Unknown), ("read", "9s".into())]);
        let config = Value::object([("timeouts", timeouts)]);
        let found: Vec<_> = problems(&config).into_iter().map(|p| (p.path, p.summary)).collect();
        let path = Path::from("timeouts").attribute("create");
        assert_eq!(found, [(Some(path), "`soon` is not a valid timeout".to_owned())]);
        assert_eq!(of(&config, Operation::Read), Duration::from_secs(9));
        assert_eq!(of(&config, Operation::Delete), Duration::from_secs(300));
    }
}
