//! Stories: configurations drawn by chance live through Terraform's life on an embedded registry, and an oracle that knows
//! nothing of the provider judges what became of the account.
//!
//! `STORIES=500 cargo test -p tests --test terraform_stories random -- --nocapture` is the long run; `SEED=17` runs one
//! story, `SHRINK=60` makes what fails smaller in so many tries. A story that fails is printed with its seed and its steps in
//! HCL. Kinds of failure that are known stand in `kinds.rs`; `KIND=caller-by-two` runs the story of one row.
//!
//! `keys_change -- --ignored` lets keys change fifty times, which takes a minute on each Terraform.
//!
//! On two busy cores ten stories of 61 applies take two minutes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "long runs print their figures")]

mod chance;
mod change;
mod command;
mod configuration;
mod draw;
mod features;
mod hcl;
mod kinds;
mod legal;
mod life;
mod oracle;
mod ownership;
mod random;
mod sampler;
mod shrink;
mod story;
mod text;
mod world;
mod written;

use crate::kinds::{ROWS, is_known};
use crate::legal::LEGAL;
use crate::life::live;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use tests::terraform::Terraform;

/// A variable of the environment.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|text| text.into_string().unwrap())
}

/// Lives so many stories, several at the same time: Terraform mostly waits.
fn at_once<T: Send>(count: usize, live: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let result = live(number);
            results.lock().unwrap().push((number, result));
        }
    };
    thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(work))));
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What runs on which Terraform: each on one of them, in turn; on every one in a long run.
fn on_terraforms<T: Copy>(all: impl IntoIterator<Item = T>) -> Vec<(T, &'static Terraform)> {
    let (terraforms, is_long) = (Terraform::all(), variable("STORIES").is_some());
    let all = all.into_iter().enumerate().flat_map(|(place, it)| {
        let usual = place % terraforms.len();
        let on = terraforms.iter().enumerate().filter(move |(number, _)| is_long || *number == usual);
        on.map(move |(_, terraform)| (it, terraform))
    });
    all.collect()
}

#[test]
fn kinds_that_are_known_fail_and_others_pass() {
    let only = variable("KIND");
    let rows = on_terraforms(ROWS.iter().filter(|row| only.as_ref().is_none_or(|only| row.name == *only)));
    let wrong = at_once(rows.len(), |number| {
        let ((row, terraform), began) = (rows[number], Instant::now());
        let told = live(&(row.story)(), terraform);
        println!(
            "{:?} {} on {} ({:.1?}): {}",
            row.kind,
            row.name,
            terraform.version,
            began.elapsed(),
            match &told {
                Ok(applies) => format!("passes with {applies} applies"),
                Err(failure) => failure.to_string(),
            }
        );
        match (told, is_known(row.kind)) {
            (Ok(_), true) if row.always => {
                Some(format!("{} passes: remove its kind from KNOWN_FAILING", row.name))
            }
            (Err(failure), false) => Some(format!("{} on {}: {failure}", row.name, terraform.version)),
            _ => None,
        }
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "takes minutes"]
fn keys_change_fifty_times() {
    for terraform in Terraform::all() {
        let applies =
            live(&written::keys_change(50), terraform).unwrap_or_else(|failure| panic!("{failure}"));
        println!("{}: {applies} applies", terraform.version);
    }
}

#[test]
fn what_is_promised_holds() {
    let runs = on_terraforms(LEGAL);
    let wrong = at_once(runs.len(), |number| {
        let ((name, story), terraform) = runs[number];
        live(&story(), terraform).err().map(|failure| format!("{name} on {}: {failure}", terraform.name()))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
