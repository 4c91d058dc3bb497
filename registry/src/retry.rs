//! How long we wait and how often we try again.

use crate::error::Problem;
use rand::Rng;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// The work that a call is part of.
    static WORK: Work;
}

/// What ends some work.
#[derive(Clone)]
struct Work {
    deadline: Instant,
    stop: CancellationToken,
}

/// Does work that has until `deadline`, unless `stop` ends it before. As long as the registry throttles a call of it or is
/// unavailable, it is tried again until then, and what waits for its turn by then is not sent. What is on its way is not cut
/// off: that is for whoever waits for the work.
pub async fn with_deadline<T>(
    deadline: Instant,
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    WORK.scope(Work { deadline, stop: stop.clone() }, work).await
}

/// Waits for something, until the work that it is part of ends: then `None`.
pub(crate) async fn before_deadline<T>(wait: impl Future<Output = T>) -> Option<T> {
    let Ok(work) = WORK.try_with(Clone::clone) else { return Some(wait.await) };
    tokio::select! {
        biased;
        () = work.stop.cancelled() => None,
        () = tokio::time::sleep_until(work.deadline) => None,
        done = wait => Some(done),
    }
}

/// Tries of a request whose connection could not be made: a registry that is down should be reported soon. They include
/// failed TLS handshakes, since a load balancer that restarts looks the same as a server without TLS.
const CONNECT_TRIES: u32 = 3;

/// The least time for a request.
const MOMENT: Duration = Duration::from_millis(100);

/// How long we wait and how often we try again. Only what is safe is tried again: reads, and writes that carry an
/// operation id by which the registry recognises them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For one request and its answer.
    pub request: Duration,
    /// How often one request is sent at most. Requests that are throttled do not count.
    pub tries: u32,
    /// When a request is not sent again any more, counted from the first try, unless it is part of work that has a deadline.
    pub total: Duration,
    /// The pause after the first failure; it doubles each time. Half of a pause is random.
    pub first_pause: Duration,
    /// The longest pause, unless the registry asks for a longer one.
    pub longest_pause: Duration,
    /// For all pages of one list.
    pub list: Duration,
    /// For the registry to carry a write out, where the caller has no limit of its own.
    pub operation: Duration,
    /// How long a guarded write waits for another write that the registry is still carrying out.
    pub others: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(30),
            tries: 6,
            total: Duration::from_secs(60),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
            list: Duration::from_secs(300),
            operation: Duration::from_secs(600),
            others: Duration::from_secs(300),
        }
    }
}

/// The tries of one call.
pub(crate) struct Tries<'a> {
    patience: &'a Patience,
    /// What this is part of has this much time from the first try on.
    work: Option<Duration>,
    started: Instant,
    failed: u32,
}

impl Tries<'_> {
    /// For the next request: what is left of the total, and a moment at least. Work with a deadline is ended from outside.
    pub(crate) fn limit(&self) -> Duration {
        if self.work.is_some() {
            return self.patience.request;
        }
        let left = self.patience.total.saturating_sub(self.started.elapsed());
        self.patience.request.min(left.max(MOMENT))
    }

    /// Pauses before another try; `false` where there is none after this problem.
    pub(crate) async fn again(&mut self, problem: &Problem) -> bool {
        self.failed += 1;
        let pause = self.patience.pause(problem, self.failed, self.started.elapsed(), self.work);
        match pause {
            Some(pause) if problem.is_unsent() => before_deadline(tokio::time::sleep(pause)).await.is_some(),
            Some(pause) => {
                tokio::time::sleep(pause).await;
                true
            }
            None => false,
        }
    }
}

impl Patience {
    /// The same where nothing takes longer than `limit`: no call with its repetitions, no list, no write, no wait for others.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self {
            request: self.request.min(limit),
            total: self.total.min(limit),
            list: self.list.min(limit),
            operation: self.operation.min(limit),
            others: self.others.min(limit),
            ..self
        }
    }

    /// The tries of a call that is sent now.
    pub(crate) fn tries(&self) -> Tries<'_> {
        let started = Instant::now();
        let work = WORK.try_with(|work| work.deadline.saturating_duration_since(started)).ok();
        Tries { patience: self, work, started, failed: 0 }
    }

    /// The pause before the next try, after `tries` that took `elapsed`; `None` when there is none. The `work` that it is
    /// part of has that much time in all.
    fn pause(
        &self,
        problem: &Problem,
        tries: u32,
        elapsed: Duration,
        work: Option<Duration>,
    ) -> Option<Duration> {
        let most = match problem {
            Problem::Unreachable { .. } => self.tries.min(CONNECT_TRIES),
            Problem::Throttled { .. } => u32::MAX,
            Problem::Unavailable(_) if work.is_some() => u32::MAX,
            _ if problem.is_transient() => self.tries,
            _ => 1,
        };
        if tries >= most {
            return None;
        }
        let pause = self.jittered(tries).max(asked_for(problem));
        (elapsed.saturating_add(pause) <= work.unwrap_or(self.total)).then_some(pause)
    }

    /// A pause for the `tries`-th failure in a row, counted from 1.
    pub(crate) fn jittered(&self, tries: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        doubled.min(self.longest_pause).mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

fn asked_for(problem: &Problem) -> Duration {
    match problem {
        Problem::Throttled { retry_after: Some(wait), .. } => *wait,
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Handshake;

    fn unavailable() -> Problem {
        Problem::Unavailable(String::new())
    }

    #[test]
    fn pauses_double_and_vary_up_to_a_limit() {
        let patience = Patience::default();
        for (tries, most) in [(1, 200), (2, 400), (3, 800), (40, 5000)] {
            let pause = patience.jittered(tries).as_millis();
            assert!(pause >= most / 2 && pause <= most, "{tries}: {pause}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again_and_not_for_ever() {
        let patience = Patience::default();
        assert!(patience.pause(&unavailable(), 5, Duration::ZERO, None).is_some());
        assert!(patience.pause(&unavailable(), 6, Duration::ZERO, None).is_none());
        assert!(patience.pause(&unavailable(), 1, Duration::from_secs(60), None).is_none());
        assert!(patience.pause(&Problem::NotFound(String::new()), 1, Duration::ZERO, None).is_none());
        let refused =
            Problem::Unreachable { address: String::new(), reason: String::new(), tls: Handshake::Refused };
        assert!(patience.pause(&refused, 2, Duration::ZERO, None).is_some());
        assert!(patience.pause(&refused, 3, Duration::ZERO, None).is_none());
    }

    #[test]
    fn throttled_calls_and_those_of_work_with_a_deadline_are_tried_until_the_time_is_up() {
        let patience = Patience::default();
        let throttled = Problem::Throttled { message: String::new(), retry_after: None };
        let (seconds, ten_minutes) = (Duration::from_secs, Some(Duration::from_secs(600)));
        assert!(patience.pause(&throttled, 1000, seconds(50), None).is_some());
        assert!(patience.pause(&throttled, 1000, seconds(61), None).is_none());
        for problem in [throttled, unavailable()] {
            assert!(patience.pause(&problem, 1000, seconds(590), ten_minutes).is_some());
            assert!(patience.pause(&problem, 1000, seconds(599), ten_minutes).is_none());
        }
        let interrupted = Problem::TimedOut(String::new());
        assert!(patience.pause(&interrupted, 6, seconds(90), ten_minutes).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_calls_of_work_know_its_deadline() {
        let patience = Patience::default();
        assert_eq!(patience.tries().work, None);
        let deadline = Instant::now() + Duration::from_secs(600);
        with_deadline(deadline, &CancellationToken::new(), async {
            tokio::time::sleep(Duration::from_secs(590)).await;
            let tries = patience.tries();
            assert_eq!((tries.work, tries.limit()), (Some(Duration::from_secs(10)), patience.request));
            assert_eq!(before_deadline(std::future::ready(1)).await, Some(1));
            assert_eq!(before_deadline(std::future::pending::<()>()).await, None);
            assert_eq!(before_deadline(std::future::ready(1)).await, None);
        })
        .await;
        let stop = CancellationToken::new();
        stop.cancel();
        let later = Instant::now() + Duration::from_secs(600);
        assert_eq!(with_deadline(later, &stop, before_deadline(std::future::ready(1))).await, None);
    }

    /// Whatever a registry asks for, it is no longer than the time for a call.
    #[test]
    fn a_limit_bounds_everything() {
        let patience = Patience::default().within(Duration::from_secs(2));
        let Patience { request, total, list, operation, others, .. } = patience;
        assert!(
            [request, total, list, operation, others].iter().all(|limit| *limit <= Duration::from_secs(2))
        );
        let asked = |seconds| Problem::Throttled {
            message: String::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for seconds in [3, 3_600, u64::MAX] {
            assert_eq!(patience.pause(&asked(seconds), 1, Duration::ZERO, None), None);
        }
    }

    #[test]
    fn the_registry_may_ask_for_a_longer_pause() {
        let throttled = |seconds| Problem::Throttled {
            message: String::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let patience = Patience::default();
        assert_eq!(patience.pause(&throttled(20), 1, Duration::ZERO, None), Some(Duration::from_secs(20)));
        assert_eq!(patience.pause(&throttled(61), 1, Duration::ZERO, None), None);
    }
}
