//! When to read an operation: after as much time as the latest operations of its type took.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many durations of a type are kept.
const REMEMBERED: usize = 15;
/// For how many types. The API has fewer.
const KINDS: usize = 200;
/// When to read an operation of a type without durations; later it is read each full second.
const FIRST: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(500)];
const SECOND: Duration = Duration::from_secs(1);
/// The shortest pause; for long operations it grows to a tenth of the elapsed time, at most a second.
const MIN_PAUSE: Duration = Duration::from_millis(50);
/// After twenty seconds the pauses grow: to this part of the elapsed time.
const PART: u32 = 20;
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that earlier durations justify.
const MAX_EXPECTED_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that an operation may recommend.
const MAX_RECOMMENDED_PAUSE: Duration = Duration::from_secs(10);

/// How long the latest operations of a registry took, by type.
#[derive(Default)]
pub(crate) struct Durations(Mutex<BTreeMap<String, VecDeque<Duration>>>);

impl Durations {
    /// Records the duration of an operation of this type.
    pub(crate) fn record(&self, kind: &str, took: Duration) {
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

    /// The pause before the next read of an operation that was accepted `elapsed` ago. `recommended` counts only for a type
    /// without durations.
    pub(crate) fn pause(&self, kind: &str, elapsed: Duration, recommended: Option<Duration>) -> Duration {
        let soonest = elapsed + (elapsed / 10).clamp(MIN_PAUSE, SECOND);
        let first = FIRST.into_iter().find(|time| *time >= soonest);
        let otherwise = first.unwrap_or_else(|| next_second(elapsed, soonest));
        match self.quantiles(kind) {
            None => (otherwise - elapsed).max(recommended.unwrap_or_default().min(MAX_RECOMMENDED_PAUSE)),
            Some([shortest, ..]) if shortest >= soonest => {
                shortest.min(elapsed + MAX_EXPECTED_PAUSE) - elapsed
            }
            Some(quantiles) => {
                let next = quantiles.into_iter().filter(|duration| *duration >= soonest).min();
                next.map_or(otherwise, |next| next.min(otherwise)) - elapsed
            }
        }
    }

    /// The shortest, median and longest duration of operations of this type.
    fn quantiles(&self, kind: &str) -> Option<[Duration; 3]> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<_> = kinds.get(kind)?.iter().copied().collect();
        sorted.sort_unstable();
        Some([*sorted.first()?, *sorted.get(sorted.len() / 2)?, *sorted.last()?])
    }
}

fn next_second(elapsed: Duration, soonest: Duration) -> Duration {
    let next = Duration::from_secs(elapsed.as_secs()) + SECOND;
    let next = if next < soonest { next + SECOND } else { next };
    next.max(elapsed + (elapsed / PART).min(MAX_PAUSE))
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
            durations.record("Create", Duration::from_millis(took));
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
        durations.record("Create", Duration::from_millis(200));
        assert_eq!(looks(&durations, None, 200), [200]);
        (0..REMEMBERED).for_each(|_| durations.record("Create", Duration::from_secs(9)));
        assert_eq!(looks(&durations, None, 9000), [9000]);
    }
}
