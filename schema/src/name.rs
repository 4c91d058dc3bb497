//! The names of Temporal Cloud, each a type whose constructor holds its rules. Sources: Temporal's documentation of
//! Namespaces and Nexus Endpoints, and the server's own limits where the Cloud publishes none. Copies share their text:
//! a graph names each object in many places.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// Longest Namespace name in the documentation. (One official client allows 64.)
pub const NAMESPACE_NAME_MAX: usize = 39;
/// Longest Namespace name on a server of one's own, in bytes: the server's limit for ids.
pub const SERVER_NAMESPACE_MAX: usize = 1000;
/// Longest Endpoint name, in characters: the server's limit; the Cloud publishes none.
pub const ENDPOINT_NAME_MAX: usize = 200;
/// Longest name of a user, a service account or a group, in bytes; the Cloud publishes none.
pub const PRINCIPAL_NAME_MAX: usize = 1000;
/// Longest task queue name, in bytes.
pub const TASK_QUEUE_MAX: usize = 1000;
/// Longest description of an Endpoint, in bytes: the server's limit; the Cloud publishes none.
pub const DESCRIPTION_MAX: usize = 20_000;

/// Longest URL of an external target, in bytes: the server's limit.
pub const URL_MAX: usize = 4096;

/// Why a text is not a name. The message fits after "`text` is not a valid …: ".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// Fewer characters than allowed.
    #[error("it has fewer than {least} characters")]
    TooShort {
        /// How many it has.
        length: usize,
        /// How many it needs.
        least: usize,
    },
    /// More characters than allowed.
    #[error("it has {length} {unit}, the maximum is {most}")]
    TooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
        /// What was counted: `characters` or `bytes`.
        unit: &'static str,
    },
    /// The first character is wrong.
    #[error("it must start with {0}")]
    Start(&'static str),
    /// The last character is wrong.
    #[error("it must end with {0}")]
    End(&'static str),
    /// A character in it is wrong.
    #[error("`{}` is not allowed, only {allowed} are", .found.escape_debug())]
    Character {
        /// The first character that is not allowed.
        found: char,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// A part of a Namespace id is wrong.
    #[error("{}", wrong_part(.part, .text, .reason))]
    Part {
        /// Which part, in words.
        part: &'static str,
        /// The part.
        text: String,
        /// Why it is none.
        reason: Box<NameError>,
    },
    /// A Namespace id without an account.
    #[error("a Namespace id is the name, a dot and the account id, such as `payments-prod.a2dd6`")]
    NoAccount,
    /// A prefix that Temporal keeps for itself.
    #[error("names that start with `{0}` are reserved for Temporal itself")]
    Reserved(&'static str),
    /// A principal without its kind.
    #[error(
        "a principal is written with its kind, such as `service_account.ci`, `user.ana@acme.example` or `group.admins`"
    )]
    NoKind,
}

fn wrong_part(part: &str, text: &str, reason: &NameError) -> String {
    match text {
        "" => format!("its {part} is empty"),
        _ => format!("its {part} `{}` is wrong: {reason}", text.escape_debug()),
    }
}

macro_rules! text_type {
    ($name:ident, $title:literal, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::check(text)?;
                Ok(Self(text.into()))
            }
        }

        /// A name that shares the text that it was read from.
        impl TryFrom<Arc<str>> for $name {
            type Error = NameError;

            fn try_from(text: Arc<str>) -> Result<Self, NameError> {
                Self::check(&text)?;
                Ok(Self(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{:?}", self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer, $title, str::parse)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_type!(
    AccountId,
    "account id",
    "The id of a Temporal Cloud account: at least five lowercase letters and digits."
);
text_type!(
    NamespaceName,
    "Namespace name",
    "A Namespace's name: 2 to 39 lowercase letters, digits and hyphens, a letter first, no hyphen last."
);
text_type!(
    EndpointName,
    "Endpoint name",
    "An Endpoint's name: letters, digits and hyphens, a letter first, no hyphen last, unique in the account."
);
text_type!(TaskQueue, "task queue", "The task queue of an Endpoint's target: 1 to 1000 bytes.");

impl AccountId {
    fn check(text: &str) -> Result<(), NameError> {
        only(text, "lowercase letters and digits", |c| c.is_ascii_lowercase() || c.is_ascii_digit())?;
        long_enough(text, 5)
    }
}

impl NamespaceName {
    /// A name on a server of one's own, which is freer than in Temporal Cloud: 1 to 1000 bytes.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn on_server(text: impl Into<Arc<str>>) -> Result<Self, NameError> {
        let text = text.into();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        short_enough(text.len(), SERVER_NAMESPACE_MAX, "bytes")?;
        Ok(Self(text))
    }

    fn check(text: &str) -> Result<(), NameError> {
        only(start(text, NAMESPACE_NAME_MAX), "lowercase letters, digits and hyphens", |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
        })?;
        long_enough(text, 2)?;
        short_enough(text.len(), NAMESPACE_NAME_MAX, "characters")?;
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(NameError::Start("a lowercase letter"));
        }
        if text.ends_with('-') {
            return Err(NameError::End("a letter or a digit"));
        }
        Ok(())
    }
}

impl EndpointName {
    fn check(text: &str) -> Result<(), NameError> {
        only(start(text, ENDPOINT_NAME_MAX), "letters, digits and hyphens", |c| {
            c.is_ascii_alphanumeric() || c == '-'
        })?;
        long_enough(text, 2)?;
        short_enough(text.len(), ENDPOINT_NAME_MAX, "characters")?;
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(NameError::Start("a letter"));
        }
        if text.ends_with('-') {
            return Err(NameError::End("a letter or a digit"));
        }
        Ok(())
    }
}

impl TaskQueue {
    fn check(text: &str) -> Result<(), NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        short_enough(text.len(), TASK_QUEUE_MAX, "bytes")?;
        if text.starts_with("/_sys/") {
            return Err(NameError::Reserved("/_sys/"));
        }
        Ok(())
    }
}

/// A Namespace's id: `<name>.<account>` in Temporal Cloud, the name alone on a server of one's own. Graphs name each
/// Namespace a thousand times: copies are one pointer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceId(Arc<NamespaceParts>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct NamespaceParts {
    name: NamespaceName,
    account: Option<AccountId>,
}

impl NamespaceId {
    /// The id of the Namespace `name` in `account`.
    #[must_use]
    pub fn new(name: NamespaceName, account: AccountId) -> Self {
        Self(Arc::new(NamespaceParts { name, account: Some(account) }))
    }

    /// The id of the Namespace `name` on a server of one's own.
    #[must_use]
    pub fn on_server(name: NamespaceName) -> Self {
        Self(Arc::new(NamespaceParts { name, account: None }))
    }

    /// The part before the dot.
    #[must_use]
    pub fn name(&self) -> &NamespaceName {
        &self.0.name
    }

    /// The part after the dot; `None` on a server of one's own.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.0.account.as_ref()
    }
}

impl FromStr for NamespaceId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (name, account) = text.split_once('.').ok_or(NameError::NoAccount)?;
        let wrong = |part, text: &str, reason| NameError::Part {
            part,
            text: text.to_owned(),
            reason: Box::new(reason),
        };
        let name = name.parse().map_err(|reason| wrong("name", name, reason))?;
        let account = account.parse().map_err(|reason| wrong("account id", account, reason))?;
        Ok(Self::new(name, account))
    }
}

impl fmt::Display for NamespaceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account() {
            Some(account) => write!(out, "{}.{account}", self.name()),
            None => write!(out, "{}", self.name()),
        }
    }
}

impl fmt::Debug for NamespaceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

impl Serialize for NamespaceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An id of Temporal Cloud, or else a name on a self-hosted server.
impl<'de> Deserialize<'de> for NamespaceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "Namespace id", |text| {
            text.parse().or_else(|_| NamespaceName::on_server(text).map(Self::on_server))
        })
    }
}

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &str,
    parse: impl FnOnce(&str) -> Result<T, NameError>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(|error| {
        D::Error::custom(format!("`{}` is not a valid {what}: {error}", text.escape_debug()))
    })
}

/// What kind of principal holds a key or is granted access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A group of users.
    Group,
    /// A service account.
    ServiceAccount,
    /// A person, by e-mail address.
    User,
}

impl PrincipalKind {
    /// The word in policies: `user`, `service_account` or `group`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::ServiceAccount => "service_account",
            Self::User => "user",
        }
    }
}

/// A principal by kind and name, written `service_account.ci`. Users' addresses are compared in lowercase.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalId {
    /// Its kind.
    pub kind: PrincipalKind,
    name: Arc<str>,
}

impl PrincipalId {
    /// A principal; a user's address is put into lowercase, as the registry does.
    ///
    /// # Errors
    /// [`NameError::Empty`] for an empty name.
    pub fn new(kind: PrincipalKind, name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        let name = if kind == PrincipalKind::User { name.to_lowercase().into() } else { name.into() };
        Ok(Self { kind, name })
    }

    /// The name without the kind.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for PrincipalId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (kind, name) = text.split_once('.').ok_or(NameError::NoKind)?;
        let kind = match kind {
            "user" => PrincipalKind::User,
            "service_account" => PrincipalKind::ServiceAccount,
            "group" => PrincipalKind::Group,
            _ => return Err(NameError::NoKind),
        };
        Self::new(kind, name)
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.kind.name(), self.name)
    }
}

impl fmt::Debug for PrincipalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

/// Whether all characters fit, which are ASCII: then bytes are characters.
/// The start of a text that is too long for a name, which is refused without reading all of it: a document may use it
/// thousands of times.
fn start(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most + 1).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn only(text: &str, allowed: &'static str, fits: impl Fn(char) -> bool) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.bytes().all(|byte| byte.is_ascii() && fits(char::from(byte))) {
        return Ok(());
    }
    match text.chars().find(|c| !fits(*c)) {
        Some(found) => Err(NameError::Character { found, allowed }),
        None => Ok(()),
    }
}

fn long_enough(text: &str, least: usize) -> Result<(), NameError> {
    let length = text.len();
    if length < least { Err(NameError::TooShort { length, least }) } else { Ok(()) }
}

fn short_enough(length: usize, most: usize, unit: &'static str) -> Result<(), NameError> {
    if length > most { Err(NameError::TooLong { length, most, unit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_names_follow_the_documented_rules() {
        for good in ["ab", "payments-prod", "a1", &"a".repeat(39)] {
            assert!(good.parse::<NamespaceName>().is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "a-", "-a", "A1", "a_b", "ä1", "a.b", &"a".repeat(40)] {
            assert!(bad.parse::<NamespaceName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn endpoint_names_follow_the_documented_rules() {
        for good in ["ab", "Payments-2", "a--b", &"a".repeat(200)] {
            assert!(good.parse::<EndpointName>().is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "a-", "a_b", "a b", "é1", &"a".repeat(201)] {
            assert!(bad.parse::<EndpointName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn namespace_ids_name_their_account() {
        let id: Result<NamespaceId, _> = "payments-prod.a2dd6".parse();
        assert_eq!(id.map(|id| id.to_string()), Ok("payments-prod.a2dd6".to_owned()));
        for bad in ["payments-prod", "payments-prod.", ".a2dd6", "payments-prod.a2", "a1.b.c"] {
            assert!(bad.parse::<NamespaceId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_on_a_server_are_freer_and_have_no_account() {
        let id = NamespaceId::on_server(NamespaceName::on_server("Payments_Prod.v2").unwrap());
        assert_eq!((id.to_string().as_str(), id.account()), ("Payments_Prod.v2", None));
        assert!(NamespaceName::on_server("").is_err() && NamespaceName::on_server("a".repeat(1001)).is_err());
    }

    #[test]
    fn task_queues_count_bytes_and_leave_the_system_prefix_alone() {
        assert!("ü".repeat(500).parse::<TaskQueue>().is_ok());
        assert!("ü".repeat(501).parse::<TaskQueue>().is_err());
        assert!("/_sys/x".parse::<TaskQueue>().is_err());
        assert!("".parse::<TaskQueue>().is_err());
    }

    #[test]
    fn user_addresses_are_lowercase() {
        let id: Result<PrincipalId, _> = "user.Ana@Acme.Example".parse();
        assert_eq!(id.map(|id| id.to_string()), Ok("user.ana@acme.example".to_owned()));
        assert!("robot.x".parse::<PrincipalId>().is_err());
        assert!("user.".parse::<PrincipalId>().is_err());
    }
}
