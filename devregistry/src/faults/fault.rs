//! Faults on demand, and their syntax.

use crate::faults::duration::parse_duration;
use crate::server::route;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;

/// A fault to inject, written as `KIND[:DETAIL][,method=RPC][,times=N]`.
///
/// | Kind | Detail | What happens |
/// |---|---|---|
/// | `latency` | how long, `200ms` | the call waits before it runs |
/// | `unavailable` | | `Unavailable`, nothing is done |
/// | `resource-exhausted` | after how long to retry, `1s` unless given | `ResourceExhausted` with Retry-After, nothing is done |
/// | `drop-after-commit` | | a write is done and saved, then the connection ends without an answer |
/// | `operation-fails` | the reason | the operation of a write ends FAILED; a creation leaves something in ACTIVATION_FAILED, an update or deletion has no effect but that state |
/// | `operation-rejected` | the reason | the operation of a write ends REJECTED and has no effect |
/// | `permission-delay` | how long, `1m` unless given | Namespace permissions that a write grants to a user or service account count only later |
/// | `unknown-fields` | | every message of an answer has a field that today's API does not know |
/// | `unknown-enums` | | every enum value in an answer is one that today's API does not know |
/// | `rate-limits` | account, user and service account a second, `160/40/80` unless given | `ResourceExhausted` with Retry-After beyond that, and beyond 10 operations in progress for writes |
///
/// With `method` it affects only calls of that RPC, with `times` only so many calls. Reads do not count for a fault that
/// affects only writes, such as `drop-after-commit`. Of two faults of one kind the first is applied first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) method: Option<String>,
    pub(crate) times: Option<u64>,
    text: String,
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Latency(Duration),
    Unavailable,
    ResourceExhausted { retry_after: Duration },
    DropAfterCommit,
    OperationFails { reason: String },
    OperationRejected { reason: String },
    PermissionDelay(Duration),
    UnknownFields,
    UnknownEnums,
    RateLimits(Limits),
}

/// Calls a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) account: u32,
    pub(crate) user: u32,
    pub(crate) service_account: u32,
}

/// The limits of Temporal Cloud.
const LIMITS: Limits = Limits { account: 160, user: 40, service_account: 80 };

/// Why a text is not a valid fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct FaultError(String);

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (mut rest, mut method, mut times) = (text, None, None);
        while let Some((before, option)) = rest.rsplit_once(',') {
            match option.split_once('=') {
                Some(("method", name)) => method = Some(known_method(name)?),
                Some(("times", number)) => times = Some(count(number)?),
                _ => break,
            }
            rest = before;
        }
        let (kind, detail) = match rest.split_once(':') {
            Some((kind, detail)) => (kind, Some(detail)),
            None => (rest, None),
        };
        Ok(Self { kind: Kind::parse(kind, detail)?, method, times, text: text.to_owned() })
    }
}

impl Kind {
    fn parse(kind: &str, detail: Option<&str>) -> Result<Self, FaultError> {
        let plain = |fault: Self| match detail {
            None => Ok(fault),
            Some(detail) => Err(FaultError(format!("`{kind}` takes no detail, but `{detail}` is given"))),
        };
        let duration = |otherwise: Option<Duration>| match (detail, otherwise) {
            (Some(detail), _) => {
                parse_duration(detail).map_err(|problem| FaultError(format!("`{detail}`: {problem}")))
            }
            (None, Some(otherwise)) => Ok(otherwise),
            (None, None) => Err(FaultError(format!("`{kind}` requires a duration, such as `{kind}:200ms`"))),
        };
        let reason = || detail.unwrap_or("injected fault").to_owned();
        match kind {
            "latency" => duration(None).map(Self::Latency),
            "unavailable" => plain(Self::Unavailable),
            "resource-exhausted" => {
                let retry_after = duration(Some(Duration::from_secs(1)))?;
                Ok(Self::ResourceExhausted { retry_after })
            }
            "drop-after-commit" => plain(Self::DropAfterCommit),
            "operation-fails" => Ok(Self::OperationFails { reason: reason() }),
            "operation-rejected" => Ok(Self::OperationRejected { reason: reason() }),
            "permission-delay" => duration(Some(Duration::from_secs(60))).map(Self::PermissionDelay),
            "unknown-fields" => plain(Self::UnknownFields),
            "unknown-enums" => plain(Self::UnknownEnums),
            "rate-limits" => detail.map_or(Ok(LIMITS), limits).map(Self::RateLimits),
            other => {
                Err(FaultError(format!("unknown fault `{other}`: expected one of {}", NAMES.join(", "))))
            }
        }
    }
}

const NAMES: [&str; 10] = [
    "latency",
    "unavailable",
    "resource-exhausted",
    "drop-after-commit",
    "operation-fails",
    "operation-rejected",
    "permission-delay",
    "unknown-fields",
    "unknown-enums",
    "rate-limits",
];

fn known_method(name: &str) -> Result<String, FaultError> {
    if route::names_rpc(name) {
        return Ok(name.to_owned());
    }
    Err(FaultError(format!("unknown RPC `{name}`: the Cloud Ops API has no RPC of this name")))
}

fn count(text: &str) -> Result<u64, FaultError> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| FaultError(format!("`times={text}`: expected a positive number")))
}

fn limits(text: &str) -> Result<Limits, FaultError> {
    let numbers: Option<Vec<u32>> =
        text.split('/').map(|part| part.parse().ok().filter(|number| *number > 0)).collect();
    match numbers.as_deref() {
        Some(&[account, user, service_account]) => Ok(Limits { account, user, service_account }),
        _ => Err(FaultError(format!(
            "`{text}`: expected the calls a second of the account, a user and a service account, such as `160/40/80`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> (Kind, Option<String>, Option<u64>) {
        let fault: Fault = text.parse().unwrap();
        assert_eq!(fault.to_string(), text);
        (fault.kind, fault.method, fault.times)
    }

    #[test]
    fn reads_kind_detail_and_where_it_strikes() {
        let half = Duration::from_millis(500);
        assert_eq!(read("latency:500ms"), (Kind::Latency(half), None, None));
        let method = Some("GetUsers".to_owned());
        assert_eq!(read("unavailable,times=3,method=GetUsers"), (Kind::Unavailable, method, Some(3)));
        let reason = "no, not today: x=1".to_owned();
        assert_eq!(
            read("operation-fails:no, not today: x=1,times=1"),
            (Kind::OperationFails { reason }, None, Some(1))
        );
        assert_eq!(read("rate-limits").0, Kind::RateLimits(LIMITS));
        let few = Limits { account: 3, user: 2, service_account: 1 };
        assert_eq!(read("rate-limits:3/2/1").0, Kind::RateLimits(few));
    }

    #[test]
    fn says_what_is_wrong_with_a_fault() {
        let cases = [
            ("", "unknown fault ``"),
            ("lateness:1s", "expected one of latency, unavailable"),
            ("latency", "`latency` requires a duration"),
            ("latency:1h", "`1h`: the unit must be"),
            ("unavailable:now", "takes no detail"),
            ("unavailable,method=Get", "unknown RPC `Get`"),
            ("unavailable,times=0", "expected a positive number"),
            ("rate-limits:1/2", "160/40/80"),
        ];
        for (text, says) in cases {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn every_kind_is_listed() {
        for name in NAMES {
            assert!(name.parse::<Fault>().is_ok() || format!("{name}:1s").parse::<Fault>().is_ok(), "{name}");
            assert!(include_str!("fault.rs").contains(&format!("/// | `{name}` |")), "{name}");
        }
    }
}
