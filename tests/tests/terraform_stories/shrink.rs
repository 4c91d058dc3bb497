//! Makes a story that fails smaller: fewer steps, fewer resources, plainer commands.

use crate::configuration::Instances;
use crate::story::{Command, Step, Story};

/// The smallest story that still fails, after at most so many tries.
pub fn shrink(story: &Story, mut tries: usize, fails: impl Fn(&Story) -> bool) -> Story {
    let mut smallest = story.clone();
    'smaller: loop {
        for candidate in candidates(&smallest) {
            if tries == 0 {
                return smallest;
            }
            tries -= 1;
            if fails(&candidate) {
                smallest = candidate;
                continue 'smaller;
            }
        }
        return smallest;
    }
}

/// Smaller stories, the smallest first.
fn candidates(story: &Story) -> Vec<Story> {
    let mut found = Vec::new();
    for number in (0..story.steps.len()).rev() {
        let mut smaller = story.clone();
        smaller.steps.remove(number);
        found.push(smaller);
    }
    for name in block_names(story) {
        found.push(edited(story, |step| step.configuration.blocks.retain(|block| block.name != name)));
    }
    for name in block_names(story) {
        for place in 0..4 {
            found.push(edited(story, |step| remove_instance(step, name, place)));
        }
    }
    found.push(Story { registry: Vec::new(), ..story.clone() });
    found.push(Story { before: Vec::new(), ..story.clone() });
    for number in 0..story.steps.len() {
        let plainer = |plain: &dyn Fn(&mut Step)| {
            let mut smaller = story.clone();
            smaller.steps.get_mut(number).into_iter().for_each(plain);
            smaller
        };
        found.push(plainer(&|step| step.outside.clear()));
        found.push(plainer(&|step| step.fault = None));
        found.push(plainer(&|step| step.command = Command::Apply));
        found.push(plainer(&|step| step.parallelism = 10));
        found.push(plainer(&|step| step.configuration.slow = false));
        found.push(plainer(&|step| step.configuration.rollout = 1));
    }
    for name in block_names(story) {
        found.push(edited(story, |step| plain_block(step, name)));
    }
    found.retain(|smaller| smaller != story && !smaller.steps.is_empty());
    found.retain(|smaller| smaller.steps.iter().all(|step| step.configuration.is_sound()));
    found
}

fn block_names(story: &Story) -> Vec<&'static str> {
    let mut names: Vec<_> = story
        .steps
        .iter()
        .flat_map(|step| step.configuration.blocks.iter().map(|block| block.name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn edited(story: &Story, edit: impl Fn(&mut Step)) -> Story {
    let mut smaller = story.clone();
    smaller.steps.iter_mut().for_each(&edit);
    smaller
}

fn remove_instance(step: &mut Step, name: &str, place: usize) {
    for block in step.configuration.blocks.iter_mut().filter(|block| block.name == name) {
        match &mut block.instances {
            Instances::Count(bodies) if bodies.len() > 1 && place < bodies.len() => {
                drop(bodies.remove(place))
            }
            Instances::ForEach(bodies) if bodies.len() > 1 && place < bodies.len() => {
                drop(bodies.remove(place))
            }
            _ => {}
        }
    }
}

fn plain_block(step: &mut Step, name: &str) {
    for block in step.configuration.blocks.iter_mut().filter(|block| block.name == name) {
        block.create_before_destroy = false;
        block.replaced_by_rollout = false;
        block.alias = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::draw;

    /// A story fails here where it keeps an Endpoint `pay` and others do something in a later step.
    #[test]
    fn finds_what_matters() {
        let fails = |story: &Story| {
            let keeps = |step: &Step| step.configuration.blocks.iter().any(|block| block.name == "one");
            let first = story.steps.iter().position(keeps);
            first.is_some_and(|first| story.steps.iter().skip(first + 1).any(|step| !step.outside.is_empty()))
        };
        let story = (0..).map(draw).find(|story| story.steps.len() > 3 && fails(story)).unwrap();
        let small = shrink(&story, 10_000, fails);
        assert_eq!(small.steps.len(), 2, "{small}");
        assert!(small.steps.iter().all(|step| step.configuration.blocks.len() <= 1), "{small}");
        assert!(fails(&small) && small.before.is_empty() && small.registry.is_empty());
    }
}
