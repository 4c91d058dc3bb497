//! Headers that go with every call, as the `temporal` CLI takes them: from variables `TEMPORAL_GRPC_META_*` and the table
//! `grpc_meta` of a profile. They may hold anything, a token for a proxy for instance, so their values are never shown.

use super::settings::SettingsError;
use http::{HeaderMap, HeaderName, HeaderValue};
use schema::secret::Secret;
use std::collections::BTreeMap;

/// What the variables' names begin with. The rest is the header's name, with `_` for `-`.
const PREFIX: &str = "TEMPORAL_GRPC_META_";

/// Headers that the protocol itself sets.
const RESERVED: [&str; 4] = ["content-type", "te", "user-agent", "host"];

/// Headers by their names; without a value where one that is set elsewhere is not to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, Option<Secret>>);

impl Headers {
    /// Those that variables give. An empty one takes the header of a profile away.
    #[must_use]
    pub fn of_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let of = |(name, value): (&'a str, &'a str)| Some((name.strip_prefix(PREFIX)?, value));
        Self::of(variables.into_iter().filter_map(of))
    }

    /// Headers by names as they are written, in variables or in a profile.
    pub(crate) fn of<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let named = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let value = |value: &str| (!value.is_empty()).then(|| Secret::new(value));
        Self(headers.into_iter().map(|(name, text)| (named(name), value(text))).collect())
    }

    /// What is not named here is taken from `other`.
    pub(crate) fn or(mut self, other: Self) -> Self {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
        self
    }

    /// The headers to send.
    pub(crate) fn map(&self) -> Result<HeaderMap, SettingsError> {
        let sent = self.0.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        sent.map(|(name, value)| {
            let key = HeaderName::try_from(name).ok().filter(|_| !reserved(name));
            let value = HeaderValue::try_from(value.expose()).ok();
            let (key, mut value) = key.zip(value).ok_or_else(|| SettingsError::Header(name.clone()))?;
            value.set_sensitive(true);
            Ok((key, value))
        })
        .collect()
    }

    /// A text without the values.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        self.0.values().flatten().fold(text.to_owned(), |text, value| value.hidden_in(&text))
    }
}

fn reserved(name: &str) -> bool {
    name.starts_with("grpc-") || RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_go_before_a_profile_and_an_empty_one_takes_a_header_away() {
        let variables = [
            ("TEMPORAL_GRPC_META_X_TEAM", "pay"),
            ("TEMPORAL_GRPC_META_X_OLD", ""),
            ("TEMPORAL_ADDRESS", "a"),
        ];
        let profile = Headers::of([("x-team", "theirs"), ("X_Old", "o"), ("x-more", "m")]);
        let sent = Headers::of_variables(variables).or(profile).map().unwrap();
        let sent: Vec<_> =
            sent.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(sent.into_iter().collect::<BTreeMap<_, _>>(), [("x-more", "m"), ("x-team", "pay")].into());
    }

    #[test]
    fn what_cannot_be_sent_is_named_without_its_value() {
        for (name, value) in [("a b", "secret-value"), ("x", "secret\nvalue"), ("grpc_timeout", "secret-1")] {
            let refused = Headers::of([(name, value)]).map().unwrap_err().to_string();
            assert!(
                refused.contains("is not a header that can be sent") && !refused.contains("secret"),
                "{refused}"
            );
        }
        let headers = Headers::of([("x", "secret-value")]);
        assert!(!format!("{headers:?}").contains("secret-value"));
        assert_eq!(headers.hidden_in("denied: secret-value"), "denied: ***");
    }
}
