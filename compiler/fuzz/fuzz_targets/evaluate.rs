//! A whole check of a policy in either format. What begins with a brace is JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let path = if text.starts_with('{') { "a.nexus.json" } else { "a.nexus.hcl" };
    compiler_fuzz::checks(path, text);
});
