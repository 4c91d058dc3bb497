//! How many calls a second a client makes. Temporal Cloud counts them by identity and by account, and refuses what is above
//! its limits: a refused call waits longer than a delayed one.

mod shared;
mod slots;

use schema::name::PrincipalKind;
use shared::Numbers;
use slots::Slots;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

pub(crate) use shared::folder;
pub(crate) use slots::Slot;

/// The calls a second that Temporal Cloud allows to a user (source: its documentation of the Cloud Ops API).
const USER_LIMIT: f64 = 40.0;
/// And to a service account.
const SERVICE_ACCOUNT_LIMIT: f64 = 80.0;
/// The part of the limit that is used. The rest is for whatever else the identity does meanwhile.
const USED: f64 = 0.75;
/// The calls a second that are left however often the registry refuses.
const MIN_RATE: f64 = 1.0;
/// What a refusal leaves of the rate.
const AFTER_REFUSAL: f64 = 0.6;
/// Refusals within so many seconds count once.
const COALESCED: f64 = 0.5;
/// How many seconds after a refusal the rate is what it was at first.
const RECOVERY: f64 = 30.0;
/// When there was no refusal, or no call that counts, in seconds.
const LONG_AGO: f64 = 3600.0;
/// A queue that would take more seconds than this is of processes that are gone.
const LONGEST_QUEUE: f64 = 60.0;

/// The rate of one client, which all its clones share, and where they can, all processes of this user with its key.
pub(crate) struct RateLimiter {
    storage: Mutex<Storage>,
    started: Instant,
    pub(crate) slots: Slots,
}

/// Where the state is kept. The state beside a file is for when the file cannot be used.
enum Storage {
    Memory(State),
    File(Numbers<5>, State),
}

/// Times are seconds, in memory since the client was made, in a file since 1970.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Calls a second while nothing is refused.
    most: f64,
    /// Calls a second now.
    rate: f64,
    /// Calls that may be made at once, at most those of one second. Below zero, so many wait already.
    free: f64,
    counted: f64,
    refused: f64,
}

impl Default for RateLimiter {
    /// At the limit of a user, which is the lower one.
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
        match Numbers::open(&folder.join(format!("rate-{name}"))) {
            Ok(numbers) => *self.storage() = Storage::File(numbers, State::new(0.0)),
            Err(error) => tracing::debug!(%error, "the rate is not shared with other processes"),
        }
    }

    /// Sets the limit by the kind of identity.
    pub(crate) fn set_identity_kind(&self, kind: PrincipalKind) {
        let limit = match kind {
            PrincipalKind::ServiceAccount => SERVICE_ACCOUNT_LIMIT,
            PrincipalKind::User | PrincipalKind::Group => USER_LIMIT,
        };
        self.change(|state, now| state.set_most(limit * USED, now));
    }

    /// Waits until a call may be made, and counts it.
    pub(crate) async fn acquire(&self) {
        let pause = self.change(State::acquire);
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Counts a call that does not wait.
    pub(crate) fn count(&self) {
        self.change(State::count);
    }

    /// Lowers the rate, as a call was refused.
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

#[expect(clippy::disallowed_methods, reason = "processes have no other clock in common")]
fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

impl State {
    fn new(now: f64) -> Self {
        let most = USER_LIMIT * USED;
        Self { most, rate: most, free: most, counted: now, refused: now - LONG_AGO }
    }

    /// What is in a file, unless no process can have left it. A clock that was set back makes times now.
    fn read([most, rate, free, counted, refused]: [f64; 5], now: f64) -> Option<Self> {
        let is_valid = (MIN_RATE..=SERVICE_ACCOUNT_LIMIT).contains(&most)
            && (MIN_RATE..=most).contains(&rate)
            && (-LONGEST_QUEUE * most..=most).contains(&free)
            && counted >= now - LONG_AGO;
        is_valid.then_some(Self { most, rate, free, counted: counted.min(now), refused: refused.min(now) })
    }

    fn numbers(self) -> [f64; 5] {
        [self.most, self.rate, self.free, self.counted, self.refused]
    }

    fn set_most(&mut self, most: f64, now: f64) {
        self.refill(now);
        if now - self.refused >= RECOVERY {
            self.rate = most;
        }
        self.free += (most - self.most).max(0.0);
        self.most = most;
    }

    /// Counts a call; gives how long it has to wait.
    fn acquire(&mut self, now: f64) -> Duration {
        self.refill(now);
        self.free = (self.free - 1.0).max(-LONGEST_QUEUE * self.rate);
        Duration::from_secs_f64((-self.free).max(0.0) / self.rate)
    }

    /// Counts a call that does not wait. However many there are, what does wait waits a second for them at most.
    fn count(&mut self, now: f64) {
        self.refill(now);
        if self.free > -self.rate {
            self.free -= 1.0;
        }
    }

    /// Adds the calls that may be made since the last one, and recovers some of the rate.
    fn refill(&mut self, now: f64) {
        let since = (now - self.counted).max(0.0);
        self.counted = now;
        self.rate = (self.rate + self.most * since / RECOVERY).min(self.most);
        self.free = (self.free + since * self.rate).min(self.rate);
    }

    fn slow_down(&mut self, now: f64) {
        self.refill(now);
        if now - self.refused >= COALESCED {
            self.refused = now;
            self.rate = (self.rate * AFTER_REFUSAL).max(MIN_RATE);
            self.free = self.free.min(0.0);
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
            sleep(Duration::from_secs_f64(COALESCED)).await;
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
        assert!(set_back.counted <= now - 60.0 && set_back.refused <= now - 60.0);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rate-a"), f64::NAN.to_le_bytes().repeat(5)).unwrap();
        let limiter = RateLimiter::default();
        limiter.share(folder.path(), "a");
        assert_eq!(limiter.change(State::acquire), Duration::ZERO);
    }
}
