//! Retries, timeouts and deadlines.

use crate::error::Problem;
use rand::RngExt;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// The limits of the task that a call is part of.
    static TASK: TaskLimits;
}

/// What ends a task.
#[derive(Clone)]
struct TaskLimits {
    deadline: Instant,
    stop: CancellationToken,
}

/// Runs `work` with a deadline for its calls; `stop` ends it earlier. A call that the registry throttles or cannot serve
/// is retried until then, and a request that is still waiting to be sent is dropped. A request in flight is not aborted:
/// that is up to the caller.
pub async fn with_deadline<T>(
    deadline: Instant,
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    TASK.scope(TaskLimits { deadline, stop: stop.clone() }, work).await
}

/// Waits for `wait`; `None` when the task ends first.
pub(crate) async fn before_deadline<T>(wait: impl Future<Output = T>) -> Option<T> {
    let Ok(task) = TASK.try_with(Clone::clone) else { return Some(wait.await) };
    tokio::select! {
        biased;
        () = task.stop.cancelled() => None,
        () = tokio::time::sleep_until(task.deadline) => None,
        done = wait => Some(done),
    }
}

/// Attempts of a request whose connection could not be made: a registry that is down should be reported soon. They include
/// failed TLS handshakes, since a load balancer that restarts looks the same as a server without TLS.
const MAX_CONNECT_ATTEMPTS: u32 = 3;

/// The shortest timeout of a request.
const MIN_REQUEST_TIMEOUT: Duration = Duration::from_millis(100);

/// Timeouts and retries. Only what is safe is retried: reads, and writes that carry an operation id by which the registry
/// recognises them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For one request and its response.
    pub request_timeout: Duration,
    /// How often one request is sent at most. Throttled requests do not count.
    pub max_attempts: u32,
    /// No retry starts later than this after the first attempt, unless the call is part of a task with a deadline.
    pub retry_timeout: Duration,
    /// The pause after the first failure; it doubles with each further one. Half of a pause is random.
    pub initial_backoff: Duration,
    /// The longest pause, unless the registry asks for a longer one.
    pub max_backoff: Duration,
    /// For all pages of one list.
    pub list_timeout: Duration,
    /// For an operation, where the caller has no limit of its own.
    pub operation_timeout: Duration,
    /// How long a guarded write waits for other writers' operations on the same object.
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

/// The attempts of one call.
pub(crate) struct Attempts<'a> {
    policy: &'a RetryPolicy,
    /// How much time the task had left at the first attempt.
    task_time: Option<Duration>,
    started: Instant,
    failed: u32,
}

impl Attempts<'_> {
    /// The timeout of the next request: what is left of the retry timeout. A task with a deadline is ended from outside.
    pub(crate) fn request_timeout(&self) -> Duration {
        if self.task_time.is_some() {
            return self.policy.request_timeout;
        }
        let left = self.policy.retry_timeout.saturating_sub(self.started.elapsed());
        self.policy.request_timeout.min(left.max(MIN_REQUEST_TIMEOUT))
    }

    /// Waits before the next attempt; `false` when there is none after this problem.
    pub(crate) async fn wait_before_retry(&mut self, problem: &Problem) -> bool {
        self.failed += 1;
        let pause = self.policy.pause(problem, self.failed, self.started.elapsed(), self.task_time);
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
    /// This policy with every timeout capped at `limit`.
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

    /// The attempts of a call that starts now.
    pub(crate) fn attempts(&self) -> Attempts<'_> {
        let started = Instant::now();
        let task_time = TASK.try_with(|task| task.deadline.saturating_duration_since(started)).ok();
        Attempts { policy: self, task_time, started, failed: 0 }
    }

    /// The pause before the next attempt, after `failed` attempts that took `elapsed`; `None` when there is none.
    /// `task_time` is how much time the task had at the first attempt.
    fn pause(
        &self,
        problem: &Problem,
        failed: u32,
        elapsed: Duration,
        task_time: Option<Duration>,
    ) -> Option<Duration> {
        let max_attempts = match problem {
            Problem::Unreachable { .. } => self.max_attempts.min(MAX_CONNECT_ATTEMPTS),
            Problem::Throttled { .. } => u32::MAX,
            Problem::Unavailable(_) if task_time.is_some() => u32::MAX,
            _ if problem.is_transient() => self.max_attempts,
            _ => 1,
        };
        if failed >= max_attempts {
            return None;
        }
        let pause = self.backoff(failed).max(requested_wait(problem));
        (elapsed.saturating_add(pause) <= task_time.unwrap_or(self.retry_timeout)).then_some(pause)
    }

    /// The pause after the `failed`-th failure in a row, counted from 1.
    pub(crate) fn backoff(&self, failed: u32) -> Duration {
        let doubled = self.initial_backoff.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)));
        doubled.min(self.max_backoff).mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

fn requested_wait(problem: &Problem) -> Duration {
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
        for (failed, most) in [(1, 200), (2, 400), (3, 800), (40, 5000)] {
            let pause = policy.backoff(failed).as_millis();
            assert!(pause >= most / 2 && pause <= most, "{failed}: {pause}");
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
        assert_eq!(policy.attempts().task_time, None);
        let deadline = Instant::now() + Duration::from_secs(600);
        with_deadline(deadline, &CancellationToken::new(), async {
            tokio::time::sleep(Duration::from_secs(590)).await;
            let attempts = policy.attempts();
            assert_eq!(
                (attempts.task_time, attempts.request_timeout()),
                (Some(Duration::from_secs(10)), policy.request_timeout)
            );
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
            request_timeout,
            retry_timeout,
            list_timeout,
            operation_timeout,
            contention_timeout,
            ..
        } = policy;
        let all = [request_timeout, retry_timeout, list_timeout, operation_timeout, contention_timeout];
        assert!(all.iter().all(|timeout| *timeout <= Duration::from_secs(2)));
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
