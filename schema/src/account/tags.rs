//! The tags of a Namespace.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Tags by key, in order. They are few, and the same for many Namespaces: copies share their texts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tags(Box<[(Arc<str>, Arc<str>)]>);

impl Tags {
    /// The tag of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<str>> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        self.0.get(at).map(|(_, tag)| tag)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each key with its tag, in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Arc<str>)> {
        self.0.iter().map(|(key, tag)| (key, tag))
    }

    /// The tags as registries and files hold them.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.iter().map(|(key, tag)| (key.to_string(), tag.to_string())).collect()
    }
}

impl<K: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(K, V)> for Tags {
    /// Of two tags with the same key the last.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(tags: I) -> Self {
        let mut tags: Vec<(Arc<str>, Arc<str>)> =
            tags.into_iter().map(|(key, tag)| (key.into(), tag.into())).collect();
        tags.sort_by(|(left, _), (right, _)| left.cmp(right));
        tags.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                std::mem::swap(next, kept);
            }
            same
        });
        Self(tags.into())
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_last_tag() {
        let tags: Tags = [("team", "orders"), ("env", "prod"), ("team", "refunds")].into_iter().collect();
        assert_eq!(format!("{tags:?}"), r#"{"env": "prod", "team": "refunds"}"#);
        assert_eq!((tags.get("env").map(|tag| &**tag), tags.get("cost")), (Some("prod"), None));
    }
}
