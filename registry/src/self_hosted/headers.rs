//! Headers that every call carries, configured as for the `temporal` CLI: by variables `TEMPORAL_GRPC_META_*` and the table
//! `grpc_meta` of a profile. They may contain secrets, such as a token for a proxy, so their values are never shown.

use super::settings_error::SettingsError;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use schema::secret::Secret;

/// The prefix of the variables. The rest is the header's name, with `_` for `-`.
const PREFIX: &str = "TEMPORAL_GRPC_META_";

/// Headers that the protocol itself sets.
const RESERVED: [&str; 4] = ["content-type", "te", "user-agent", "host"];

/// Headers by name. An empty one is not sent, and overrides one of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(HeaderMap);

impl Headers {
    /// The headers from variables.
    ///
    /// # Errors
    /// When one cannot be sent.
    pub fn of_variables<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SettingsError> {
        let of = |(name, value): (&'a str, &'a str)| Some((name.strip_prefix(PREFIX)?, value));
        Self::of(variables.into_iter().filter_map(of))
    }

    /// Headers from names and values, as they are written in variables or in a profile.
    pub(crate) fn of<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SettingsError> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let (name, value) = header(name, value)?;
            all.insert(name, value);
        }
        Ok(Self(all))
    }

    /// Adds the headers of `other` that are not set here.
    pub(crate) fn or(mut self, other: Self) -> Self {
        for (name, value) in &other.0 {
            self.0.entry(name).or_insert_with(|| value.clone());
        }
        self
    }

    /// The headers to send.
    pub(crate) fn map(&self) -> HeaderMap {
        let sent = self.0.iter().filter(|(_, value)| !value.is_empty());
        sent.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether they include `authorization`.
    pub(crate) fn has_authorization(&self) -> bool {
        self.0.get(AUTHORIZATION).is_some_and(|value| !value.is_empty())
    }

    /// The value of `authorization`, with and without its scheme.
    pub(crate) fn credentials(&self) -> Vec<Secret> {
        let value = self.0.get(AUTHORIZATION).cloned();
        Self(value.map(|value| (AUTHORIZATION, value)).into_iter().collect()).secrets()
    }

    /// The secrets in the headers: the values, and what follows a scheme such as `Bearer`.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let texts =
            self.map().into_iter().map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let with_token = |text: String| {
            let token = text.split_once(' ').map(|(_, token)| Secret::new(token.trim()));
            std::iter::once(Secret::new(text)).chain(token)
        };
        texts.flat_map(with_token).collect()
    }
}

/// A header from its name and value as they are written.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), SettingsError> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let key = HeaderName::try_from(&name).ok().filter(|_| value.is_empty() || !reserved(&name));
    let value = HeaderValue::try_from(value).ok();
    let (key, mut value) = key.zip(value).ok_or(SettingsError::Header(name))?;
    value.set_sensitive(true);
    Ok((key, value))
}

fn reserved(name: &str) -> bool {
    name.starts_with("grpc-") || RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::redaction::Redaction;
    use std::collections::BTreeMap;

    #[test]
    fn variables_go_before_a_profile_and_an_empty_one_takes_a_header_away() {
        let variables = [
            ("TEMPORAL_GRPC_META_X_TEAM", "pay"),
            ("TEMPORAL_GRPC_META_X_OLD", ""),
            ("TEMPORAL_ADDRESS", "a"),
        ];
        let profile = Headers::of([("x-team", "theirs"), ("X_Old", "o"), ("x-more", "m")]).unwrap();
        let sent = Headers::of_variables(variables).unwrap().or(profile).map();
        let sent: Vec<_> =
            sent.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(sent.into_iter().collect::<BTreeMap<_, _>>(), [("x-more", "m"), ("x-team", "pay")].into());
    }

    #[test]
    fn what_cannot_be_sent_is_named_without_its_value() {
        for (name, value) in [("a b", "secret-value"), ("x", "secret\nvalue"), ("grpc_timeout", "secret-1")] {
            let refused = Headers::of([(name, value)]).unwrap_err().to_string();
            assert!(refused.contains("invalid header") && !refused.contains("secret"), "{refused}");
        }
        let headers = Headers::of([("x", "secret-value")]).unwrap();
        assert!(!format!("{headers:?}").contains("secret-value"));
    }

    #[test]
    fn messages_show_neither_a_value_nor_the_token_in_it() {
        let headers = Headers::of([("x", "secret-value"), ("authorization", "Bearer secret-token")]).unwrap();
        for (text, shown) in [
            ("denied: secret-value", "denied: ***"),
            ("denied: Bearer secret-token", "denied: ***"),
            ("token secret-token is not valid", "token *** is not valid"),
            ("no Bearer", "no Bearer"),
        ] {
            assert_eq!(Redaction::new(headers.secrets()).hide(text), shown);
        }
    }
}
