//! `nexusc fmt`: as Terraform lays out HCL, without changing what a policy means or what its comments say.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod command;
mod draft;
mod properties;
mod terraform;

use std::ops::Range;

/// The seeds of drafts: so many, or new ones with `FMT_CASES`.
fn cases(usual: u64) -> Range<u64> {
    let Some(cases) = std::env::var_os("FMT_CASES").and_then(|text| text.to_str()?.parse::<u64>().ok())
    else {
        return 1..usual + 1;
    };
    let start = u64::from(std::process::id()) << 24;
    start..start + cases
}
