//! What a configuration allows: closing a Namespace to the internet, or opening it.

use tfplugin::{Attribute, Type, Value};

pub(crate) const KEEP_PUBLIC: &str = "keep_public";
pub(crate) const ALLOW_LOCKOUT: &str = "allow_public_lockout";
pub(crate) const ALLOW_REOPEN: &str = "allow_public_reopen";

/// What a configuration allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consent {
    /// The account's public rule is attached as well.
    pub(crate) keep_public: bool,
    /// A Namespace that is open to the internet may be closed.
    pub(crate) lockout: bool,
    /// A closed Namespace may be opened.
    pub(crate) reopen: bool,
}

impl Consent {
    /// The consent in a configuration, plan or state. An unknown value counts as given and is checked again at apply.
    pub(crate) fn of(value: &Value) -> Self {
        let given = |name| matches!(value.get(name), Value::Bool(true) | Value::Unknown);
        Self { keep_public: given(KEEP_PUBLIC), lockout: given(ALLOW_LOCKOUT), reopen: given(ALLOW_REOPEN) }
    }
}

/// The value of `keep_public` after a read: `false` if a Namespace has no public rule any more.
pub(crate) fn read_keep_public(known: &Value, all_have_a_public_rule: bool) -> Value {
    match known.get(KEEP_PUBLIC) {
        Value::Bool(true) => all_have_a_public_rule.into(),
        other => other.clone(),
    }
}

/// The attributes.
pub(crate) fn attributes() -> [Attribute; 3] {
    [
        Attribute::optional(
            KEEP_PUBLIC,
            Type::Bool,
            "Keep the Namespaces reachable from the internet: the account's public connectivity rule is attached in the same \
             request, and created if the account has none. It is detached when the last private rule of the Namespace is \
             detached. Setting this back to `false` does not detach the public rule.",
        )
        .imports(),
        Attribute::optional(
            ALLOW_LOCKOUT,
            Type::Bool,
            "Allow closing a Namespace to the internet. Without this and without `keep_public`, attaching the first rule to a \
             Namespace that is open to the internet is rejected.",
        ),
        Attribute::optional(
            ALLOW_REOPEN,
            Type::Bool,
            "Allow opening a Namespace to the internet, which happens when its last rule is detached. A destroy uses the value \
             in the state, so apply a change of this attribute before you destroy.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_by_default() {
        assert_eq!(Consent::of(&Value::Null), Consent::default());
        let no = Value::object([(KEEP_PUBLIC, false.into()), (ALLOW_LOCKOUT, Value::Null)]);
        assert_eq!(Consent::of(&no), Consent::default());
    }

    #[test]
    fn unknown_values_count_as_given() {
        let later = Value::object([(ALLOW_LOCKOUT, Value::Unknown), (ALLOW_REOPEN, true.into())]);
        assert_eq!(Consent::of(&later), Consent { keep_public: false, lockout: true, reopen: true });
    }
}
