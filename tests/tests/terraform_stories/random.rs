//! Random stories: a few of fixed seeds, or as many as `STORIES` says.

use crate::draw::draw;
use crate::life::live;
use crate::oracle::{Failure, Judgement};
use crate::shrink::shrink;
use crate::story::Story;
use crate::{at_once, variable};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tests::terraform::Terraform;

/// How many stories run each time.
const USUAL: usize = 8;

fn number(name: &str) -> Option<u64> {
    variable(name).map(|text| text.parse().expect("a number"))
}

/// The seeds: one, or so many from the first.
fn seeds() -> Vec<u64> {
    if let Some(seed) = number("SEED") {
        return vec![seed];
    }
    let count = number("STORIES").unwrap_or(USUAL as u64);
    let first = number("FIRST").unwrap_or(1);
    (first..first + count).collect()
}

#[test]
fn random_stories_hold() {
    let (seeds, began, applies) = (seeds(), Instant::now(), AtomicUsize::new(0));
    let terraforms = Terraform::all();
    let failures = at_once(seeds.len(), |place| {
        let seed = seeds[place];
        let story = draw(seed);
        let terraform = &terraforms[usize::try_from(seed).unwrap() % terraforms.len()];
        match live(&story, terraform) {
            Ok(ran) => {
                applies.fetch_add(ran, Ordering::Relaxed);
                None
            }
            Err(failure) => {
                println!("seed {seed} on {}: {failure}\n{story}", terraform.name());
                Some((seed, smaller(&story, &failure, terraform), failure))
            }
        }
    });
    let failures: Vec<_> = failures.into_iter().flatten().collect();
    let mut counts: BTreeMap<Judgement, usize> = BTreeMap::new();
    failures.iter().for_each(|(_, _, failure)| *counts.entry(failure.judgement).or_default() += 1);
    let (count, applies) = (seeds.len(), applies.into_inner());
    println!("{count} stories, {applies} applies, failures {counts:?}, {:.1?}", began.elapsed());
    let told: Vec<_> =
        failures.iter().map(|(seed, small, failure)| format!("seed {seed}: {failure}\n{small}")).collect();
    assert!(told.is_empty(), "{} of {count} stories failed\n{}", told.len(), told.join("\n"));
}

/// The smallest story that breaks the same promise, where `SHRINK` asks for it.
fn smaller(story: &Story, failure: &Failure, terraform: &Terraform) -> Story {
    let Some(tries) = number("SHRINK") else { return story.clone() };
    // What fails by chance gets a second chance.
    let fails = |story: &Story| {
        (0..2).any(|_| live(story, terraform).is_err_and(|other| other.judgement == failure.judgement))
    };
    shrink(story, usize::try_from(tries).unwrap_or(usize::MAX), fails)
}
