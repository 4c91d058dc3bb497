//! When to look at an operation: as long after it was accepted as the latest ones of its kind took.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many operations of a kind are remembered.
const REMEMBERED: usize = 15;
/// Of how many kinds. The API has fewer.
const KINDS: usize = 200;
/// When to look at an operation of which nothing is known, and then at each full second.
const FIRST: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(500)];
const SECOND: Duration = Duration::from_secs(1);
/// No two looks are closer than this, or a tenth of what the operation takes already, up to a second.
const LEAST: Duration = Duration::from_millis(50);
/// What takes longer than twenty seconds is looked at less often: each time after another twentieth of that.
const PART: u32 = 20;
const LONGEST: Duration = Duration::from_secs(5);
/// The longest that an operation is not looked at because the others took as long.
const LONGEST_UNSEEN: Duration = Duration::from_secs(30);
/// The longest pause that an operation may recommend.
const LONGEST_RECOMMENDED: Duration = Duration::from_secs(10);

/// How long the latest operations of a registry took, by their kinds.
#[derive(Default)]
pub(crate) struct Durations(Mutex<BTreeMap<String, VecDeque<Duration>>>);

impl Durations {
    /// Remembers that an operation of this kind took so long.
    pub(crate) fn note(&self, kind: &str, took: Duration) {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= KINDS && !kinds.contains_key(kind) {
            return;
        }
        let latest = kinds.entry(kind.to_owned()).or_default();
        latest.push_back(took);
        if latest.len() > REMEMBERED {
            latest.pop_front();
        }
    }

    /// The pause before the next look at an operation that was accepted so long ago. What the operation recommends counts
    /// as long as nothing is known of its kind.
    pub(crate) fn pause(&self, kind: &str, elapsed: Duration, recommended: Option<Duration>) -> Duration {
        let soonest = elapsed + (elapsed / 10).clamp(LEAST, SECOND);
        let first = FIRST.into_iter().find(|look| *look >= soonest);
        let otherwise = first.unwrap_or_else(|| next_second(elapsed, soonest));
        match self.likely(kind) {
            None => (otherwise - elapsed).max(recommended.unwrap_or_default().min(LONGEST_RECOMMENDED)),
            Some([least, ..]) if least >= soonest => least.min(elapsed + LONGEST_UNSEEN) - elapsed,
            Some(likely) => {
                let next = likely.into_iter().filter(|likely| *likely >= soonest).min();
                next.map_or(otherwise, |next| next.min(otherwise)) - elapsed
            }
        }
    }

    /// The least, the median and the most of what operations of this kind took.
    fn likely(&self, kind: &str) -> Option<[Duration; 3]> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<_> = kinds.get(kind)?.iter().copied().collect();
        sorted.sort_unstable();
        Some([*sorted.first()?, *sorted.get(sorted.len() / 2)?, *sorted.last()?])
    }
}

fn next_second(elapsed: Duration, soonest: Duration) -> Duration {
    let next = Duration::from_secs(elapsed.as_secs()) + SECOND;
    let next = if next < soonest { next + SECOND } else { next };
    next.max(elapsed + (elapsed / PART).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When an operation is looked at until it has taken so many milliseconds.
    fn looks(durations: &Durations, recommended: Option<Duration>, took: u64) -> Vec<u64> {
        let (mut elapsed, took) = (Duration::ZERO, Duration::from_millis(took));
        let mut looks = Vec::new();
        while elapsed < took {
            elapsed += durations.pause("Create", elapsed, recommended);
            looks.push(u64::try_from(elapsed.as_millis()).unwrap());
        }
        looks
    }

    fn known(milliseconds: impl IntoIterator<Item = u64>) -> Durations {
        let durations = Durations::default();
        for took in milliseconds {
            durations.note("Create", Duration::from_millis(took));
        }
        durations
    }

    #[test]
    fn an_unknown_one_is_looked_at_each_second_and_sooner_at_first() {
        let unknown = Durations::default();
        assert_eq!(looks(&unknown, None, 3000), [200, 500, 1000, 2000, 3000]);
        let late = looks(&unknown, None, 60_000);
        assert_eq!(late.iter().filter(|at| **at <= 20_000).count(), 22);
        assert_eq!(late.iter().filter(|at| **at > 20_000).count(), 22);
    }

    #[test]
    fn what_it_recommends_makes_the_pauses_of_an_unknown_one_longer() {
        let unknown = Durations::default();
        assert_eq!(looks(&unknown, Some(Duration::from_millis(2500)), 5000), [2500, 5000]);
        assert_eq!(looks(&unknown, Some(Duration::from_secs(3600)), 5000), [10_000]);
        assert_eq!(looks(&unknown, Some(Duration::from_millis(1)), 1000), [200, 500, 1000]);
        assert_eq!(looks(&known([3000]), Some(Duration::from_secs(8)), 3000), [3000]);
    }

    #[test]
    fn a_known_one_is_looked_at_when_the_others_had_ended() {
        assert_eq!(looks(&known([200; 20]), None, 200), [200]);
        assert_eq!(looks(&known([3000, 3100, 4500]), None, 4500), [3000, 4000, 4500]);
        assert_eq!(looks(&known([3000]), None, 3500), [3000, 4000]);
        assert_eq!(looks(&known([200]), None, 900), [200, 500, 1000]);
    }

    #[test]
    fn what_takes_less_time_than_before_is_noticed_soon() {
        let durations = known([3000; REMEMBERED]);
        assert_eq!(looks(&durations, None, 200), [3000]);
        durations.note("Create", Duration::from_millis(200));
        assert_eq!(looks(&durations, None, 200), [200]);
        (0..REMEMBERED).for_each(|_| durations.note("Create", Duration::from_secs(9)));
        assert_eq!(looks(&durations, None, 9000), [9000]);
    }
}
