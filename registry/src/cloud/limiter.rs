//! Rate limiting on the client's side. Temporal Cloud limits requests a second by identity and by account, and a request that it
//! refuses takes longer than one that is delayed here. The rate is that of a token bucket, lowered after refusals.

mod shared;
mod slots;

use schema::name::PrincipalKind;
use shared::SharedNumbers;
use slots::Slots;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

pub(crate) use shared::folder;
pub(crate) use slots::Slot;

/// Requests a second of a user (source: Temporal Cloud's documentation of the Cloud Ops API).
const USER_LIMIT: f64 = 40.0;
/// Requests a second of a service account.
const SERVICE_ACCOUNT_LIMIT: f64 = 80.0;
/// The part of the limit that is used. The rest is for other clients of the identity.
const UTILIZATION: f64 = 0.75;
/// The lowest rate, however often the registry refuses.
const MIN_RATE: f64 = 1.0;
/// The factor by which a refusal lowers the rate.
const REFUSAL_FACTOR: f64 = 0.6;
/// Refusals within so many seconds count once.
const REFUSAL_WINDOW: f64 = 0.5;
/// How many seconds after a refusal the rate has recovered.
const RECOVERY: f64 = 30.0;
/// The age of a refusal or request that no longer matters, in seconds.
const LONG_AGO: f64 = 3600.0;
/// The longest queue of waiting requests, in seconds: a longer one was left by processes that have ended.
const MAX_QUEUE: f64 = 60.0;

/// The rate limit and the operation slots of a client, shared by its clones and, through files, by other processes.
pub(crate) struct RateLimiter {
    storage: Mutex<Storage>,
    started: Instant,
    pub(crate) slots: Slots,
}

/// Where the state is kept: in memory or in a file, with a state in memory for when the file cannot be used.
enum Storage {
    Memory(State),
    File(SharedNumbers<5>, State),
}

/// The state of the token bucket. Times are in seconds, in memory since the client was created, in a file since 1970.
#[derive(Clone, Copy, Debug)]
struct State {
    /// The rate without refusals, in requests a second.
    max_rate: f64,
    /// The current rate.
    rate: f64,
    /// Requests that may be sent at once, at most those of one second; negative when requests are waiting.
    tokens: f64,
    /// When `tokens` was last updated.
    updated: f64,
    last_refusal: f64,
}

impl Default for RateLimiter {
    /// Starts with the limit of a user, which is the lower one.
    fn default() -> Self {
        Self {
            storage: Mutex::new(Storage::Memory(State::new(0.0))),
            started: Instant::now(),
            slots: Slots::default(),
        }
    }
}

impl RateLimiter {
    /// Shares the rate and the slots with all processes whose client has the same name, through files in this folder.
    pub(crate) fn share(&self, folder: &Path, name: &str) {
        self.slots.share(folder.join(format!("operation-{name}")));
        match SharedNumbers::open(&folder.join(format!("rate-{name}"))) {
            Ok(numbers) => *self.storage() = Storage::File(numbers, State::new(0.0)),
            Err(error) => tracing::debug!(%error, "cannot share the rate limit with other processes"),
        }
    }

    /// Sets the limit for the kind of identity.
    pub(crate) fn set_identity_kind(&self, kind: PrincipalKind) {
        let limit = match kind {
            PrincipalKind::ServiceAccount => SERVICE_ACCOUNT_LIMIT,
            PrincipalKind::User | PrincipalKind::Group => USER_LIMIT,
        };
        self.change(|state, now| state.set_max_rate(limit * UTILIZATION, now));
    }

    /// Counts a request, and waits until it may be sent.
    pub(crate) async fn acquire(&self) {
        let pause = self.change(State::acquire);
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Counts a request that does not wait.
    pub(crate) fn count(&self) {
        self.change(State::count);
    }

    /// Lowers the rate after a refusal.
    pub(crate) fn slow_down(&self) {
        self.change(State::slow_down);
    }

    fn change<T>(&self, change: impl Fn(&mut State, f64) -> T) -> T {
        let elapsed = self.started.elapsed().as_secs_f64();
        match &mut *self.storage() {
            Storage::Memory(state) => change(state, elapsed),
            Storage::File(numbers, own) => {
                let shared = numbers.change(|found| {
                    let now = seconds_since_1970();
                    let mut state =
                        found.and_then(|found| State::read(found, now)).unwrap_or(State::new(now));
                    let result = change(&mut state, now);
                    (state.numbers(), result)
                });
                shared.unwrap_or_else(|_| change(own, elapsed))
            }
        }
    }

    fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "processes share no other clock")]
fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

impl State {
    fn new(now: f64) -> Self {
        let max_rate = USER_LIMIT * UTILIZATION;
        Self { max_rate, rate: max_rate, tokens: max_rate, updated: now, last_refusal: now - LONG_AGO }
    }

    /// The state in a file, unless its values are impossible. Times in the future, after the clock was set back, become now.
    fn read([max_rate, rate, tokens, updated, last_refusal]: [f64; 5], now: f64) -> Option<Self> {
        let is_valid = (MIN_RATE..=SERVICE_ACCOUNT_LIMIT).contains(&max_rate)
            && (MIN_RATE..=max_rate).contains(&rate)
            && (-MAX_QUEUE * max_rate..=max_rate).contains(&tokens)
            && updated >= now - LONG_AGO;
        is_valid.then_some(Self {
            max_rate,
            rate,
            tokens,
            updated: updated.min(now),
            last_refusal: last_refusal.min(now),
        })
    }

    fn numbers(self) -> [f64; 5] {
        [self.max_rate, self.rate, self.tokens, self.updated, self.last_refusal]
    }

    fn set_max_rate(&mut self, max_rate: f64, now: f64) {
        self.refill(now);
        if now - self.last_refusal >= RECOVERY {
            self.rate = max_rate;
        }
        self.tokens += (max_rate - self.max_rate).max(0.0);
        self.max_rate = max_rate;
    }

    /// Counts a request, and returns how long it must wait.
    fn acquire(&mut self, now: f64) -> Duration {
        self.refill(now);
        self.tokens = (self.tokens - 1.0).max(-MAX_QUEUE * self.rate);
        Duration::from_secs_f64((-self.tokens).max(0.0) / self.rate)
    }

    /// Counts a request that does not wait. However many there are, they delay others by at most a second.
    fn count(&mut self, now: f64) {
        self.refill(now);
        if self.tokens > -self.rate {
            self.tokens -= 1.0;
        }
    }

    /// Adds the tokens since the last update, and recovers some of the rate.
    fn refill(&mut self, now: f64) {
        let since = (now - self.updated).max(0.0);
        self.updated = now;
        self.rate = (self.rate + self.max_rate * since / RECOVERY).min(self.max_rate);
        self.tokens = (self.tokens + since * self.rate).min(self.rate);
    }

    fn slow_down(&mut self, now: f64) {
        self.refill(now);
        if now - self.last_refusal >= REFUSAL_WINDOW {
            self.last_refusal = now;
            self.rate = (self.rate * REFUSAL_FACTOR).max(MIN_RATE);
            self.tokens = self.tokens.min(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds so many calls take, one after another.
    async fn seconds(limiter: &RateLimiter, calls: u32) -> f64 {
        let started = Instant::now();
        for _ in 0..calls {
            limiter.acquire().await;
        }
        started.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_stays_below_the_limit_of_its_identity() {
        let limiter = RateLimiter::default();
        assert!((3.9..=4.1).contains(&seconds(&limiter, 150).await), "thirty at once, then thirty a second");
        let limiter = RateLimiter::default();
        limiter.set_identity_kind(PrincipalKind::ServiceAccount);
        assert!((1.4..=1.6).contains(&seconds(&limiter, 150).await), "sixty at once, then sixty a second");
    }

    #[tokio::test(start_paused = true)]
    async fn all_wait_for_the_same_turns() {
        let limiter = RateLimiter::default();
        let started = Instant::now();
        futures_util::future::join_all((0..150).map(|_| limiter.acquire())).await;
        assert!((3.9..=4.1).contains(&started.elapsed().as_secs_f64()));
    }

    #[tokio::test(start_paused = true)]
    async fn reads_do_not_wait_and_delay_others_by_a_second_at_most() {
        let limiter = RateLimiter::default();
        (0..10_000).for_each(|_| limiter.count());
        assert!((0.9..=1.1).contains(&seconds(&limiter, 1).await));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_down_for_a_while() {
        let limiter = RateLimiter::default();
        // Ten that were sent together are refused together.
        (0..10).for_each(|_| limiter.slow_down());
        let slow = seconds(&limiter, 40).await;
        assert!((1.8..=2.3).contains(&slow), "eighteen a second and a little more: {slow}");
        sleep(Duration::from_secs_f64(RECOVERY)).await;
        let again = seconds(&limiter, 150).await;
        assert!((3.9..=4.1).contains(&again), "{again}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_registry_that_refuses_everything_is_asked_seldom() {
        let limiter = RateLimiter::default();
        for _ in 0..100 {
            limiter.acquire().await;
            sleep(Duration::from_secs_f64(REFUSAL_WINDOW)).await;
            limiter.slow_down();
        }
        let slow = seconds(&limiter, 10).await;
        assert!(slow > 3.0, "{slow}");
    }

    #[tokio::test]
    async fn processes_with_one_key_share_their_pace() {
        let folder = tempfile::tempdir().unwrap();
        let [one, another, of_others] = [(), (), ()].map(|()| RateLimiter::default());
        one.share(folder.path(), "a");
        another.share(folder.path(), "a");
        of_others.share(folder.path(), "b");
        let calls = 30;
        assert!(seconds(&one, calls).await < 0.3, "those of the first second");
        let shared = seconds(&another, calls).await;
        assert!((0.5..3.0).contains(&shared), "{shared}");
        assert!(seconds(&of_others, calls).await < 0.3);
    }

    #[test]
    fn what_no_process_would_leave_is_not_believed() {
        let now = 1e9;
        let sound = State::new(now).numbers();
        assert!(State::read(sound, now).is_some());
        for (at, number) in [(0, 0.0), (0, 1e6), (1, 0.0), (1, 1e6), (2, -1e9), (2, 1e9), (3, 0.0)] {
            let mut numbers = sound;
            numbers[at] = number;
            assert!(State::read(numbers, now).is_none(), "{numbers:?}");
        }
        let set_back = State::read(sound, now - 60.0).unwrap();
        assert!(set_back.updated <= now - 60.0 && set_back.last_refusal <= now - 60.0);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rate-a"), f64::NAN.to_le_bytes().repeat(5)).unwrap();
        let limiter = RateLimiter::default();
        limiter.share(folder.path(), "a");
        assert_eq!(limiter.change(State::acquire), Duration::ZERO);
    }
}
