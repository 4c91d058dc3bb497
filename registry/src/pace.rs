//! How many calls a second a client makes. Temporal Cloud counts them by identity and by account, and refuses what is
//! above its limits; whoever is refused waits longer than whoever comes a little later.

mod places;
mod shared;

use places::Places;
use schema::name::PrincipalKind;
use shared::Numbers;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

pub use places::Place;
pub(crate) use shared::folder;
pub use shared::private_folder;

/// The calls a second that Temporal Cloud allows to a user (source: its documentation of the Cloud Ops API).
const OF_A_USER: f64 = 40.0;
/// And to a service account.
const OF_A_SERVICE_ACCOUNT: f64 = 80.0;
/// The part of that which one client takes. The rest is for whatever else the identity does meanwhile.
const PART: f64 = 0.75;
/// The calls a second that are left however often the registry refuses.
const LEAST: f64 = 1.0;
/// What a refusal leaves of the pace.
const AFTER_REFUSAL: f64 = 0.6;
/// Refusals that come together count once.
const TOGETHER: f64 = 0.5;
/// How many seconds after a refusal the pace is what it was at first.
const RECOVERY: f64 = 30.0;
/// When there was no refusal, or no call that counts, in seconds.
const LONG_AGO: f64 = 3600.0;

/// A debt of calls that would take longer than this was not made by a process that still waits for them.
const LONGEST_QUEUE: f64 = 60.0;

/// The pace of one client, which all its clones share, and where they can, all processes of this user with its key.
///
/// Writes, and looks at operations, wait for their turn: they are many where much is applied at once. What is read for
/// a plan does not wait, but counts. What was refused waits, whatever it is.
pub(crate) struct Pace {
    state: Mutex<Kept>,
    started: Instant,
    pub(crate) places: Places,
}

/// Where the state is kept: here, or in a file.
enum Kept {
    Here(State),
    Shared(Numbers<5>, State),
}

/// Times are seconds, here since the client was made, in a file since 1970.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Calls a second while nothing is refused.
    most: f64,
    /// Calls a second now.
    rate: f64,
    /// Calls that may be made at once, at most those of one second. Below zero, so many wait already.
    free: f64,
    counted: f64,
    /// Long ago, where nothing was refused.
    refused: f64,
}

impl Default for Pace {
    /// The pace of a user, which is the lower one.
    fn default() -> Self {
        Self {
            state: Mutex::new(Kept::Here(State::new(0.0))),
            started: Instant::now(),
            places: Places::default(),
        }
    }
}

impl Pace {
    /// Shares the pace and the places with all processes that know a client by the same name, through files in this folder.
    pub(crate) fn share(&self, folder: &Path, name: &str) {
        self.places.share(folder.join(format!("operation-{name}")));
        match Numbers::open(&folder.join(format!("pace-{name}"))) {
            Ok(numbers) => *self.kept() = Kept::Shared(numbers, State::new(0.0)),
            Err(error) => tracing::debug!(%error, "the pace is not shared with other processes"),
        }
    }

    /// Sets the pace of this kind of identity.
    pub(crate) fn is_of(&self, kind: PrincipalKind) {
        let allowed = match kind {
            PrincipalKind::ServiceAccount => OF_A_SERVICE_ACCOUNT,
            PrincipalKind::User | PrincipalKind::Group => OF_A_USER,
        };
        self.change(|state, now| state.set(allowed * PART, now));
    }

    /// Counts a call, and where it waits, waits until it may be made.
    pub(crate) async fn turn(&self, waits: bool) {
        let pause = self.change(|state, now| state.take(now, waits));
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Slows down, as a call was refused.
    pub(crate) fn slow_down(&self) {
        self.change(State::slow_down);
    }

    fn change<T>(&self, change: impl Fn(&mut State, f64) -> T) -> T {
        let here = self.started.elapsed().as_secs_f64();
        match &mut *self.kept() {
            Kept::Here(state) => change(state, here),
            Kept::Shared(numbers, own) => {
                let now = seconds_since_1970();
                let shared = numbers.change(|found| {
                    let mut state =
                        found.and_then(|found| State::read(found, now)).unwrap_or(State::new(now));
                    let result = change(&mut state, now);
                    (state.numbers(), result)
                });
                shared.unwrap_or_else(|_| change(own, here))
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "processes have no other clock in common")]
fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

impl State {
    fn new(now: f64) -> Self {
        let most = OF_A_USER * PART;
        Self { most, rate: most, free: most, counted: now, refused: now - LONG_AGO }
    }

    /// What another process left. What no process would leave is not believed.
    fn read([most, rate, free, counted, refused]: [f64; 5], now: f64) -> Option<Self> {
        let is_sound = (LEAST..=OF_A_SERVICE_ACCOUNT).contains(&most)
            && (LEAST..=most).contains(&rate)
            && (-LONGEST_QUEUE * most..=most).contains(&free)
            && refused <= now
            && (now - LONG_AGO..=now).contains(&counted);
        is_sound.then_some(Self { most, rate, free, counted, refused })
    }

    fn numbers(self) -> [f64; 5] {
        [self.most, self.rate, self.free, self.counted, self.refused]
    }

    fn set(&mut self, most: f64, now: f64) {
        self.count(now);
        if now - self.refused >= RECOVERY {
            self.rate = most;
        }
        self.free += (most - self.most).max(0.0);
        self.most = most;
    }

    /// Takes a call; gives how long it has to wait for it.
    fn take(&mut self, now: f64, waits: bool) -> Duration {
        self.count(now);
        // However many calls there were that did not wait, a call that does waits for them no longer than a second.
        if waits || self.free > -self.rate {
            self.free = (self.free - 1.0).max(-LONGEST_QUEUE * self.rate);
        }
        let ahead = if waits { (-self.free).max(0.0) } else { 0.0 };
        Duration::from_secs_f64(ahead / self.rate)
    }

    /// Adds what may be made since it was counted, and regains some of the pace.
    fn count(&mut self, now: f64) {
        let since = (now - self.counted).max(0.0);
        self.counted = now;
        self.rate = (self.rate + self.most * since / RECOVERY).min(self.most);
        self.free = (self.free + since * self.rate).min(self.rate);
    }

    fn slow_down(&mut self, now: f64) {
        self.count(now);
        if now - self.refused >= TOGETHER {
            self.refused = now;
            self.rate = (self.rate * AFTER_REFUSAL).max(LEAST);
            self.free = self.free.min(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds so many calls take, one after another.
    async fn seconds(pace: &Pace, calls: u32, waits: bool) -> f64 {
        let started = Instant::now();
        for _ in 0..calls {
            pace.turn(waits).await;
        }
        started.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_stays_below_the_limit_of_its_identity() {
        let pace = Pace::default();
        assert!(
            (3.9..=4.1).contains(&seconds(&pace, 150, true).await),
            "thirty at once, then thirty a second"
        );
        let pace = Pace::default();
        pace.is_of(PrincipalKind::ServiceAccount);
        assert!((1.4..=1.6).contains(&seconds(&pace, 150, true).await), "sixty at once, then sixty a second");
    }

    #[tokio::test(start_paused = true)]
    async fn all_wait_for_the_same_turns() {
        let pace = Pace::default();
        let started = Instant::now();
        futures_util::future::join_all((0..150).map(|_| pace.turn(true))).await;
        assert!((3.9..=4.1).contains(&started.elapsed().as_secs_f64()));
    }

    #[tokio::test(start_paused = true)]
    async fn reads_do_not_wait_and_delay_others_by_a_second_at_most() {
        let pace = Pace::default();
        assert!(seconds(&pace, 10_000, false).await < 0.1);
        assert!((0.9..=1.1).contains(&seconds(&pace, 1, true).await));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_slows_down_for_a_while() {
        let pace = Pace::default();
        // Ten that were sent together are refused together.
        (0..10).for_each(|_| pace.slow_down());
        let slow = seconds(&pace, 40, true).await;
        assert!((1.8..=2.3).contains(&slow), "eighteen a second and a little more: {slow}");
        sleep(Duration::from_secs_f64(RECOVERY)).await;
        let again = seconds(&pace, 150, true).await;
        assert!((3.9..=4.1).contains(&again), "{again}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_registry_that_refuses_everything_is_asked_seldom() {
        let pace = Pace::default();
        for _ in 0..100 {
            pace.turn(true).await;
            sleep(Duration::from_secs_f64(TOGETHER)).await;
            pace.slow_down();
        }
        let slow = seconds(&pace, 10, true).await;
        assert!(slow > 3.0, "{slow}");
    }

    #[tokio::test]
    async fn processes_with_one_key_share_their_pace() {
        let folder = tempfile::tempdir().unwrap();
        let [one, another, of_others] = [(), (), ()].map(|()| Pace::default());
        one.share(folder.path(), "a");
        another.share(folder.path(), "a");
        of_others.share(folder.path(), "b");
        let calls = 30;
        assert!(seconds(&one, calls, true).await < 0.3, "those of the first second");
        let shared = seconds(&another, calls, true).await;
        assert!((0.5..3.0).contains(&shared), "{shared}");
        assert!(seconds(&of_others, calls, true).await < 0.3);
    }

    #[test]
    fn what_no_process_would_leave_is_not_believed() {
        let now = 1e9;
        let sound = State::new(now).numbers();
        assert!(State::read(sound, now).is_some());
        for (at, number) in [
            (0, 0.0),
            (0, 1e6),
            (1, 0.0),
            (1, 1e6),
            (2, -1e9),
            (2, 1e9),
            (3, now + 9.0),
            (3, 0.0),
            (4, now + 9.0),
        ] {
            let mut numbers = sound;
            numbers[at] = number;
            assert!(State::read(numbers, now).is_none(), "{numbers:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pace-a"), f64::NAN.to_le_bytes().repeat(5)).unwrap();
        let pace = Pace::default();
        pace.share(folder.path(), "a");
        assert_eq!(pace.change(|state, now| state.take(now, true)), Duration::ZERO);
    }
}
