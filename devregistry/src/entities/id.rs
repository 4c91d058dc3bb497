//! Ids and versions: 32 hexadecimal digits, as in Temporal's published examples.

use sha2::{Digest, Sha256};

/// A random id.
pub(crate) fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// The id of an object of the seed, which is the same at every start, so that states of clients remain valid.
pub(crate) fn seeded(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
