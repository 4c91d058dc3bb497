//! How a Namespace's payloads are encrypted, and whether two Namespaces can read each other's. The sender encrypts: the
//! caller what it asks, the target what it answers. Source: Temporal's documentation of Nexus payload encryption.

use std::collections::BTreeSet;

/// How the Data Converter of a Namespace's Workers encrypts payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// With one key that all sides hold.
    SharedKey {
        /// Its name.
        key: String,
    },
    /// With a key of a key management service, whose id goes with each payload.
    Kms {
        /// The key that this side encrypts with.
        key: String,
        /// The keys of others that this side may decrypt with.
        decrypts: BTreeSet<String>,
    },
    /// With wrapper types and a key of its own for each Endpoint.
    Wrapper,
}

/// Why two sides cannot read each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch<'a> {
    /// They encrypt in different ways.
    Modes,
    /// Each holds another shared key.
    Keys,
    /// The caller cannot decrypt with this key of the target's.
    CallerLacks(&'a str),
    /// The target cannot decrypt with this key of the caller's.
    TargetLacks(&'a str),
}

impl Codec {
    /// The word in policies.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SharedKey { .. } => "shared_key",
            Self::Kms { .. } => "kms",
            Self::Wrapper => "wrapper",
        }
    }

    /// Why a caller with this codec and a target with the other cannot read each other. Whoever encrypts with a key can
    /// decrypt with it too.
    #[must_use]
    pub fn mismatch<'a>(&'a self, target: &'a Self) -> Option<Mismatch<'a>> {
        match (self, target) {
            (Self::None, Self::None) | (Self::Wrapper, Self::Wrapper) => None,
            (Self::SharedKey { key }, Self::SharedKey { key: other }) => {
                (key != other).then_some(Mismatch::Keys)
            }
            (
                Self::Kms { key: asked, decrypts: by_caller },
                Self::Kms { key: answered, decrypts: by_target },
            ) => {
                let lacks =
                    |decrypts: &BTreeSet<String>, key: &String| asked != answered && !decrypts.contains(key);
                if lacks(by_caller, answered) {
                    return Some(Mismatch::CallerLacks(answered));
                }
                lacks(by_target, asked).then_some(Mismatch::TargetLacks(asked))
            }
            _ => Some(Mismatch::Modes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kms(key: &str, decrypts: &[&str]) -> Codec {
        let decrypts = decrypts.iter().map(|key| (*key).to_owned()).collect();
        Codec::Kms { key: key.to_owned(), decrypts }
    }

    #[test]
    fn different_modes_do_not_go_together() {
        let shared = Codec::SharedKey { key: "k".to_owned() };
        for (one, other) in
            [(&Codec::None, &shared), (&shared, &Codec::Wrapper), (&Codec::None, &Codec::Wrapper)]
        {
            assert_eq!(one.mismatch(other), Some(Mismatch::Modes));
            assert_eq!(other.mismatch(one), Some(Mismatch::Modes));
        }
        assert_eq!(shared.mismatch(&shared), None);
        assert_eq!(shared.mismatch(&Codec::SharedKey { key: "j".to_owned() }), Some(Mismatch::Keys));
    }

    #[test]
    fn each_side_decrypts_the_others_key() {
        assert_eq!(kms("a", &["b"]).mismatch(&kms("b", &["a"])), None);
        assert_eq!(kms("a", &[]).mismatch(&kms("b", &["a"])), Some(Mismatch::CallerLacks("b")));
        assert_eq!(kms("a", &["b"]).mismatch(&kms("b", &["c"])), Some(Mismatch::TargetLacks("a")));
        assert_eq!(kms("a", &[]).mismatch(&kms("a", &[])), None);
    }
}
