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
pub struct RetryPolicy {
    /// For one request and its answer.
    pub request_timeout: Duration,
    /// How often one request is sent at most. Requests that are throttled do not count.
    pub max_attempts: u32,
    /// When a request is not sent again any more, counted from the first try, unless it is part of work that has a deadline.
    pub retry_timeout: Duration,
    /// The pause after the first failure; it doubles each time. Half of a pause is random.
    pub initial_backoff: Duration,
    /// The longest pause, unless the registry asks for a longer one.
    pub max_backoff: Duration,
    /// For all pages of one list.
    pub list_timeout: Duration,
    /// For the registry to carry a write out, where the caller has no limit of its own.
    pub operation_timeout: Duration,
    /// How long a guarded write waits for another write that the registry is still carrying out.
    pub contention_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(30),
            max_attempts: 6,
            retry_timeout: Duration::from_secs(60),
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            list_timeout: Duration::from_secs(300),
            operation_timeout: Duration::from_secs(600),
            contention_timeout: Duration::from_secs(300),
        }
    }
}

/// The tries of one call.
pub(crate) struct Tries<'a> {
    policy: &'a RetryPolicy,
    /// What this is part of has this much time from the first try on.
    work: Option<Duration>,
    started: Instant,
    failed: u32,
}

impl Tries<'_> {
    /// For the next request: what is left of the total, and a moment at least. Work with a deadline is ended from outside.
    pub(crate) fn limit(&self) -> Duration {
        if self.work.is_some() {
            return self.policy.request_timeout;
        }
        let left = self.policy.retry_timeout.saturating_sub(self.started.elapsed());
        self.policy.request_timeout.min(left.max(MOMENT))
    }

    /// Pauses before another try; `false` where there is none after this problem.
    pub(crate) async fn again(&mut self, problem: &Problem) -> bool {
        self.failed += 1;
        let pause = self.policy.pause(problem, self.failed, self.started.elapsed(), self.work);
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

impl RetryPolicy {
    /// The same where nothing takes longer than `limit`: no call with its repetitions, no list, no write, no wait for others.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self {
            request_timeout: self.request_timeout.min(limit),
            retry_timeout: self.retry_timeout.min(limit),
            list_timeout: self.list_timeout.min(limit),
            operation_timeout: self.operation_timeout.min(limit),
            contention_timeout: self.contention_timeout.min(limit),
            ..self
        }
    }

    /// The tries of a call that is sent now.
    pub(crate) fn tries(&self) -> Tries<'_> {
        let started = Instant::now();
        let work = WORK.try_with(|work| work.deadline.saturating_duration_since(started)).ok();
        Tries { policy: self, work, started, failed: 0 }
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
            Problem::Unreachable { .. } => self.max_attempts.min(CONNECT_TRIES),
            Problem::Throttled { .. } => u32::MAX,
            Problem::Unavailable(_) if work.is_some() => u32::MAX,
            _ if problem.is_transient() => self.max_attempts,
            _ => 1,
        };
        if tries >= most {
            return None;
        }
        let pause = self.jittered(tries).max(asked_for(problem));
        (elapsed.saturating_add(pause) <= work.unwrap_or(self.retry_timeout)).then_some(pause)
    }

    /// A pause for the `tries`-th failure in a row, counted from 1.
    pub(crate) fn jittered(&self, tries: u32) -> Duration {
        let doubled = self.initial_backoff.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        doubled.min(self.max_backoff).mul_f64(rand::rng().random_range(0.5..=1.0))
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
        let policy = RetryPolicy::default();
        for (tries, most) in [(1, 200), (2, 400), (3, 800), (40, 5000)] {
            let pause = policy.jittered(tries).as_millis();
            assert!(pause >= most / 2 && pause <= most, "{tries}: {pause}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again_and_not_for_ever() {
        let policy = RetryPolicy::default();
        assert!(policy.pause(&unavailable(), 5, Duration::ZERO, None).is_some());
        assert!(policy.pause(&unavailable(), 6, Duration::ZERO, None).is_none());
        assert!(policy.pause(&unavailable(), 1, Duration::from_secs(60), None).is_none());
        assert!(policy.pause(&Problem::NotFound(String::new()), 1, Duration::ZERO, None).is_none());
        let refused =
            Problem::Unreachable { address: String::new(), reason: String::new(), tls: Handshake::Refused };
        assert!(policy.pause(&refused, 2, Duration::ZERO, None).is_some());
        assert!(policy.pause(&refused, 3, Duration::ZERO, None).is_none());
    }

    #[test]
    fn throttled_calls_and_those_of_work_with_a_deadline_are_tried_until_the_time_is_up() {
        let policy = RetryPolicy::default();
        let throttled = Problem::Throttled { message: String::new(), retry_after: None };
        let (seconds, ten_minutes) = (Duration::from_secs, Some(Duration::from_secs(600)));
        assert!(policy.pause(&throttled, 1000, seconds(50), None).is_some());
        assert!(policy.pause(&throttled, 1000, seconds(61), None).is_none());
        for problem in [throttled, unavailable()] {
            assert!(policy.pause(&problem, 1000, seconds(590), ten_minutes).is_some());
            assert!(policy.pause(&problem, 1000, seconds(599), ten_minutes).is_none());
        }
        let interrupted = Problem::TimedOut(String::new());
        assert!(policy.pause(&interrupted, 6, seconds(90), ten_minutes).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_calls_of_work_know_its_deadline() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.tries().work, None);
        let deadline = Instant::now() + Duration::from_secs(600);
        with_deadline(deadline, &CancellationToken::new(), async {
            tokio::time::sleep(Duration::from_secs(590)).await;
            let tries = policy.tries();
            assert_eq!((tries.work, tries.limit()), (Some(Duration::from_secs(10)), policy.request_timeout));
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
        let policy = RetryPolicy::default().within(Duration::from_secs(2));
        let RetryPolicy {
            request_timeout: request,
            retry_timeout: total,
            list_timeout: list,
            operation_timeout: operation,
            contention_timeout: others,
            ..
        } = policy;
        assert!(
            [request, total, list, operation, others].iter().all(|limit| *limit <= Duration::from_secs(2))
        );
        let asked = |seconds| Problem::Throttled {
            message: String::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for seconds in [3, 3_600, u64::MAX] {
            assert_eq!(policy.pause(&asked(seconds), 1, Duration::ZERO, None), None);
        }
    }

    #[test]
    fn the_registry_may_ask_for_a_longer_pause() {
        let throttled = |seconds| Problem::Throttled {
            message: String::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(&throttled(20), 1, Duration::ZERO, None), Some(Duration::from_secs(20)));
        assert_eq!(policy.pause(&throttled(61), 1, Duration::ZERO, None), None);
    }
}
