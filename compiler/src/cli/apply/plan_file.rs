//! A saved plan: whether the file is as it was written, and whether it may be applied here, now, and with this API key.

use super::super::{Failure, file};
use crate::check::permission::{Identity, check};
use crate::diagnostic::{Findings, Severity};
use crate::facts::{Credential, Home, credential, home};
use crate::language::day;
use crate::plan::{Change, Plan, VERSION, faults};
use crate::policy::demand::{Demand, Subject};
use registry::{RegisteredEndpoint, RegisteredTarget, Registry};
use schema::backend::Backend;
use schema::name::NamespaceId;
use schema::permission::Call;
use serde_json::Value;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, OffsetDateTime};

/// What stands in a plan file until the plan is made.
pub const UNFINISHED: &str =
    "{\"version\": 0, \"unfinished\": \"`nexusc plan --out` has failed or has not ended\"}\n";

/// How far the clocks of two machines may differ.
const CLOCK_DIFFERENCE: Duration = Duration::minutes(5);

const AGAIN: &str = "create it again with `nexusc plan --out`";

/// A span of time such as `30m`, `12h` or `7d`.
pub fn parse_age(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number with a unit, such as `30m`, `12h` or `7d`".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: i64 = digits.parse::<u32>().map_err(|_| expected())?.into();
    match text.get(digits.len()..) {
        Some("s") => Ok(Duration::seconds(number)),
        Some("m") => Ok(Duration::minutes(number)),
        Some("h") => Ok(Duration::hours(number)),
        Some("d") => Ok(Duration::days(number)),
        _ => Err(expected()),
    }
}

/// Reads a plan file to apply. One that was damaged or edited, and one that was made on a snapshot, is refused.
pub fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let plan = read_any_plan(path)?;
    if let Some(snapshot) = &plan.snapshot {
        let shown = path.display();
        let message =
            format!("`{shown}` was planned on a snapshot of {}, which may be outdated", snapshot.as_of);
        return Err(Failure::refusal(message)
            .help("plan against the registry: `nexusc plan --out`, without `--account`"));
    }
    Ok(plan)
}

/// Reads a plan file. One that was damaged or edited is refused.
pub fn read_any_plan(path: &Path) -> Result<Plan, Failure> {
    let (shown, text) = (path.display(), file::read_written(path)?);
    let refuse = |why: String| {
        Failure::refusal(format!("`{shown}` is not a plan of this version of nexusc: {why}")).help(AGAIN)
    };
    let text = text.map_err(refuse)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    if let Some(why) = json.get("unfinished").and_then(Value::as_str) {
        return Err(Failure::refusal(format!("`{shown}` has no plan: {why}")).help(AGAIN));
    }
    if let Some(version) = json.get("version").filter(|version| **version != VERSION) {
        return Err(
            Failure::refusal(format!("`{shown}` has plan version {version}, expected {VERSION}")).help(AGAIN)
        );
    }
    let faults = faults(&json);
    if !faults.is_empty() {
        return Err(refuse(faults.join("; ")));
    }
    let plan: Plan = serde_json::from_value(json).map_err(|error| refuse(error.to_string()))?;
    if let Some(endpoint) = plan.changed_twice() {
        let message = format!("`{shown}` changes the Endpoint `{endpoint}` twice: the file was edited");
        return Err(Failure::refusal(message).help(AGAIN));
    }
    if let Some(namespace) = plan.foreign_namespace() {
        return Err(refuse(format!("`{namespace}` is not a valid Namespace id: it has no account")));
    }
    if !plan.is_intact() {
        let message = format!("`{shown}` was damaged or edited: its content does not have its `digest`");
        return Err(Failure::refusal(message).help(AGAIN));
    }
    Ok(plan)
}

/// Locks a plan file until the value is dropped; another process that applies it is waited for, after `progress`. Where a file
/// cannot be locked, nothing is.
pub fn lock_plan(path: &Path, progress: impl FnOnce()) -> Result<File, Failure> {
    let failed = |error: io::Error| Failure::new(format!("cannot open `{}`: {error}", path.display()));
    let file = File::open(path).map_err(failed)?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        progress();
        let _ = file.lock();
    }
    Ok(file)
}

/// Refuses a plan that is too old, or was made as of another day and rests on a grant that has expired.
pub fn check_age(plan: &Plan, longest: Duration, now: OffsetDateTime) -> Result<(), Failure> {
    let invalid = |field: &str, text: &str| {
        Failure::refusal(format!("`{field}` of the plan, `{text}`, is not a time: the file was edited"))
            .help(AGAIN)
    };
    let made_at = OffsetDateTime::parse(&plan.made_at, &Rfc3339);
    let made_at = made_at.map_err(|_| invalid("made_at", &plan.made_at))?;
    let age = now - made_at;
    if age < -CLOCK_DIFFERENCE {
        let message = format!("the plan was made at {}, which is in the future", plan.made_at);
        return Err(Failure::refusal(message).help("check the clocks of both machines, or create it again"));
    }
    if age > longest {
        let (age, longest) = (shown(age), shown(longest));
        let message = format!("the plan is {age} old, more than the {longest} of `--max-age`");
        let help = format!("{AGAIN}, or pass a longer `--max-age`");
        return Err(Failure::refusal(message).help(help));
    }
    let today = now.date();
    let date = |field: &str, text: &str| day::parse(text).ok_or_else(|| invalid(field, text));
    let as_of: Date = date("as_of", &plan.as_of)?;
    if as_of > today {
        let message = format!("the plan is as of {as_of}, which is in the future");
        return Err(Failure::refusal(message).help("create it again, without `--as-of`"));
    }
    if let Some(text) = &plan.source.valid_until {
        let last = date("valid_until", text)?;
        if last < today {
            let message = format!("a grant that the plan makes has expired since: its last day was {last}");
            return Err(Failure::refusal(message).help(AGAIN));
        }
    }
    Ok(())
}

/// `45m`, `12h` or `3d`, rounded down.
fn shown(age: Duration) -> String {
    match (age.whole_days(), age.whole_hours(), age.whole_minutes()) {
        (days, hours, _) if days > 1 || hours == 24 => format!("{days}d"),
        (_, hours, _) if hours > 0 => format!("{hours}h"),
        (_, _, minutes) if minutes > 0 => format!("{minutes}m"),
        _ => format!("{}s", age.whole_seconds()),
    }
}

/// A plan is for one account at one registry, and for one principal, which is returned.
pub async fn check_place(plan: &Plan, registry: &Registry) -> Result<Option<Credential>, Failure> {
    let home = home(registry).await?;
    if home.id() != plan.account {
        return Err(other_home(plan, &home));
    }
    let address = registry.address().to_string();
    match &plan.source.registry {
        Some(planned) if *planned == address => {}
        Some(planned) => {
            let message = format!("the plan was made at the registry `{planned}`, this is `{address}`");
            let help = format!("pass `--registry {planned}`, or create the plan again");
            return Err(Failure::refusal(message).help(help));
        }
        None => return Err(Failure::refusal("the plan names no registry: the file was edited").help(AGAIN)),
    }
    let credential = credential(registry).await?;
    match (&plan.identity, &credential) {
        (Some(planned), Some(Credential { identity, .. })) if *planned == identity.id.to_string() => {}
        (Some(planned), Some(Credential { identity, .. })) => {
            let owner = &identity.id;
            let message = format!("the plan is for `{planned}`, the API key's owner is `{owner}`");
            let help = format!("use an API key of `{planned}`, or plan again with `--as {owner}`");
            return Err(Failure::refusal(message).help(help));
        }
        (None, None) => {}
        (None, Some(_)) | (Some(_), None) => {
            let message = match registry.backend() {
                Backend::Cloud => "the plan names no principal: the file was edited",
                Backend::SelfHosted => "the plan names a principal, which self-hosted Temporal does not have",
            };
            return Err(Failure::refusal(message).help(AGAIN));
        }
    }
    Ok(credential)
}

/// Whether the principal may still carry the plan out.
pub fn check_permissions(
    plan: &Plan,
    credential: Option<Credential>,
    endpoints: &[RegisteredEndpoint],
) -> Result<(), Failure> {
    let Some(Credential { identity, rights }) = credential else { return Ok(()) };
    let targets: Vec<_> = plan
        .changes
        .iter()
        .filter_map(|change| {
            let (from, to) = targets_of(change, endpoints)?;
            Some((change.endpoint(), from, to))
        })
        .collect();
    let demands = targets.iter().map(|(endpoint, from, to)| Demand {
        call: from
            .as_ref()
            .map_or(Call::CreateEndpoint { target: to }, |from| Call::UpdateEndpoint { from, to }),
        subject: Subject::Endpoint(endpoint),
        span: None,
        instance: None,
    });
    let demand =
        |call| Demand { call, subject: Subject::Privatelink("of the plan"), span: None, instance: None };
    let rules = plan.connectivity.create.len() + plan.connectivity.delete.len();
    let rules = (0..rules).map(|_| demand(Call::ManageConnectivityRules));
    let attached =
        plan.connectivity.attachments.iter().map(|it| demand(Call::ManageNamespace(&it.namespace)));
    let demands = demands.chain(rules).chain(attached);
    let mut findings = Findings::new();
    check(&Identity { id: identity.id, rights, named: None, declared: None }, demands, &mut findings);
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(()),
        Some(finding) => {
            Err(Failure::refusal(&finding.message).help(finding.help.clone().unwrap_or_default()))
        }
    }
}

fn other_home(plan: &Plan, home: &Home) -> Failure {
    match home {
        Home::Account(account) => {
            let message =
                format!("the plan is for the account `{}`, the API key is for `{account}`", plan.account);
            Failure::refusal(message).help("use an API key of the plan's account")
        }
        Home::Cluster(cluster) => {
            let message = format!("the plan is for `{}`, the server's cluster is `{cluster}`", plan.account);
            Failure::refusal(message).help("pass the server of the plan with `--registry`")
        }
    }
}

/// The targets before and after a change; `None` where they cannot be determined.
fn targets_of(
    change: &Change,
    endpoints: &[RegisteredEndpoint],
) -> Option<(Option<NamespaceId>, NamespaceId)> {
    match change {
        Change::Create { target, .. } => target.namespace().map(|to| (None, to.clone())),
        Change::Update { id, attributes, .. } => {
            let held = endpoints.iter().find(|held| held.id() == id)?;
            let RegisteredTarget::Worker { namespace, .. } = held.target() else { return None };
            let from = namespace.parse::<NamespaceId>().ok()?;
            let to = attributes.target.as_ref().and_then(|target| target.to.namespace().cloned());
            Some((Some(from.clone()), to.unwrap_or(from)))
        }
        Change::Delete { id, .. } => {
            let held = endpoints.iter().find(|held| held.id() == id)?;
            let RegisteredTarget::Worker { namespace, .. } = held.target() else { return None };
            let target = namespace.parse::<NamespaceId>().ok()?;
            Some((Some(target.clone()), target))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_a_unit() {
        assert_eq!(parse_age("30m"), Ok(Duration::minutes(30)));
        assert_eq!(parse_age("12h"), Ok(Duration::hours(12)));
        assert_eq!(parse_age("7d"), Ok(Duration::days(7)));
        for text in ["", "7", "d", "-1d", "1w", "1.5h"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ages_are_shown_as_they_are_given() {
        let all = [Duration::seconds(59), Duration::minutes(90), Duration::hours(24), Duration::hours(30)];
        assert_eq!(all.map(shown), ["59s", "1h", "1d", "30h"]);
    }
}
