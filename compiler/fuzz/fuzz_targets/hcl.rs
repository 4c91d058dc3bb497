//! The HCL front end: whatever a file holds, it parses, and every place lies in the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| compiler_fuzz::parses("a.nexus.hcl", text));
