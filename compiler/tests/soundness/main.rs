//! What `check` says is what the registry does: a policy that it accepts is applied without a refusal and leaves nothing
//! to change, and what it refuses for references or permissions the registry refuses too. `SOUNDNESS_CASES` asks for
//! more cases than CI runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod case;
mod judge;

use case::{Block, Case, cases};
use judge::{Tally, judge};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use std::cell::RefCell;

const CASES: u32 = 250;

#[test]
fn what_is_accepted_is_applied_and_what_is_refused_is_refused() {
    let more = std::env::var_os("SOUNDNESS_CASES").and_then(|text| text.to_str()?.parse().ok());
    // CI judges the same cases each time: what a longer run finds becomes a test with a name.
    let rng_seed = if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) };
    let asked = more.unwrap_or(CASES);
    let config =
        ProptestConfig { cases: asked, rng_seed, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tally = RefCell::new(Tally::default());
    let checked = TestRunner::new(config).run(&cases(), |case| {
        let told = runtime.block_on(judge(&case)).map_err(TestCaseError::fail)?;
        tally.borrow_mut().add(&told);
        Ok(())
    });
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n{}\n{case:#?}", case.policy()),
        Err(error) => panic!("{error}"),
    }
    let tally = tally.into_inner();
    assert!(tally.shows_something(asked as usize), "the cases show too little: {tally:?}");
}

fn block(renamed_from: Option<u8>) -> Block {
    Block { target: 0, queue: 0, callers: None, description: None, renamed_from }
}

/// An Endpoint that has its new name leaves no room where another has its old name.
#[test]
fn a_rename_that_was_done_before_makes_no_room() {
    let case = Case {
        namespaces: [0].into(),
        principals: Vec::new(),
        actor: 0,
        endpoints: [(0, block(None)), (1, block(None))].into(),
        room: (0, 1),
        declared: [(0, block(Some(1))), (2, block(None))].into(),
        grants: Vec::new(),
        described: [].into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = runtime.block_on(judge(&case)).unwrap();
    assert_eq!(told.refused, 1, "{told:?}");
}
