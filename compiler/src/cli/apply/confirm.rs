//! The question before an apply.

use super::super::{Failure, World};
use crate::plan::Plan;
use std::io::{BufRead, BufReader, Read};

/// How much of an answer is read.
const LONGEST: u64 = 1 << 10;

/// Asks whether the changes are to be applied; without a terminal nobody can answer.
pub fn confirm(plan: &Plan, world: &mut World) -> Result<(), Failure> {
    if plan.is_empty() {
        return Ok(());
    }
    if !world.in_is_terminal {
        let message = "the changes need a confirmation, and standard input is not a terminal";
        return Err(Failure::refusal(message).help("pass `--auto-approve` to apply without being asked"));
    }
    world.eprint("\nApply these changes? Only `yes` is accepted: ");
    let answer = line(world).map_err(|error| Failure::new(format!("cannot read the answer: {error}")))?;
    if answer.trim() == "yes" {
        return Ok(());
    }
    Err(Failure::refusal("nothing was applied: the answer was not `yes`"))
}

fn line(world: &mut World) -> std::io::Result<String> {
    let mut line = Vec::new();
    BufReader::new(&mut *world.input).take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}
