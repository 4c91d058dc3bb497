//! Ids and versions: 32 hexadecimal digits, as in Temporal's published examples.

use sha2::{Digest, Sha256};

/// A fresh one that nobody can guess.
pub(crate) fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// The id of something in the seed: the same at every start, so that what clients remember outlives a restart.
pub(crate) fn seeded(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
