use super::*;
use crate::error::Handshake;
use crate::operation::{OperationState, new_operation_id};
use serde_json::json;
use std::future::{pending, ready};
use std::sync::Mutex;

fn operation(state: &str, check: &str) -> Operation {
    let response = json!({ "asyncOperation": {
        "id": "o1", "state": state, "checkDuration": check, "failureReason": "no such queue",
    } });
    Operation::read(&response, "create endpoint `pay`").unwrap()
}

/// Finishes an operation that is seen in these states one after another, and tells the seconds that it took.
async fn finish_seeing(
    first: Operation,
    limit: u64,
    seen: Vec<Result<Operation, RegistryError>>,
) -> (Result<(), OperationError>, f64) {
    let started = Instant::now();
    let seen = Mutex::new(seen.into_iter());
    let look = |_| ready(seen.lock().unwrap().next().unwrap_or_else(|| panic!("looked once too often")));
    let outcome = await_end(first, Duration::from_secs(limit), pending(), &Durations::default(), look).await;
    assert_eq!(seen.into_inner().unwrap().len(), 0, "stopped looking too early");
    (outcome, started.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn one_that_is_done_costs_no_look_and_no_wait() {
    let (outcome, seconds) = finish_seeing(operation("STATE_FULFILLED", "5s"), 60, vec![]).await;
    assert_eq!((outcome, seconds), (Ok(()), 0.0));
    for state in ["STATE_FAILED", "STATE_CANCELLED", "STATE_REJECTED"] {
        let (outcome, seconds) = finish_seeing(operation(state, "5s"), 60, vec![]).await;
        assert!(matches!(outcome, Err(OperationError::Failed { .. })), "{state}");
        assert_eq!(seconds, 0.0);
    }
}

#[tokio::test(start_paused = true)]
async fn looks_as_often_as_the_operation_recommends() {
    let seen = vec![
        Ok(operation("STATE_IN_PROGRESS", "1.25s")),
        Ok(operation("STATE_DREAMING", "3s")),
        Ok(operation("STATE_FULFILLED", "")),
    ];
    let (outcome, seconds) = finish_seeing(operation("STATE_PENDING", "2s"), 60, seen).await;
    assert_eq!(outcome, Ok(()));
    assert!((6.25..6.3).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn waits_as_long_as_the_ones_before_took_by_the_registrys_clock() {
    let ended = |started: &str, finished: &str| {
        let response = json!({ "asyncOperation": {
            "id": "o1", "state": "STATE_FULFILLED", "operationType": "CreateNexusEndpoint", "startedTime": started,
            "finishedTime": finished,
        } });
        Operation::read(&response, "create endpoint `pay`").unwrap()
    };
    let took = ended("2026-01-31T23:59:58.5Z", "2026-02-01T00:00:02Z");
    assert_eq!(took.took, Some(Duration::from_millis(3500)));
    for (started, finished) in
        [("", "2026-02-01T00:00:02Z"), ("2026-02-01T00:00:03Z", "2026-02-01T00:00:02Z")]
    {
        assert_eq!(ended(started, finished).took, None, "{started} {finished}");
    }
    let durations = Durations::default();
    let again = Operation { state: OperationState::Pending, took: None, ..took.clone() };
    for expected in [4.0, 3.5] {
        let (started, took) = (Instant::now(), took.clone());
        let look = |_| {
            let is_over = started.elapsed() >= Duration::from_millis(3500);
            ready(Ok(if is_over { took.clone() } else { again.clone() }))
        };
        let finished = await_end(again.clone(), Duration::from_secs(60), pending(), &durations, look).await;
        assert_eq!(finished, Ok(()));
        let seconds = started.elapsed().as_secs_f64();
        assert!((expected..expected + 0.1).contains(&seconds), "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_for_a_registry_that_asks_for_patience_as_long_as_there_is_time() {
    let look = |_| {
        let problem = Problem::Unavailable("later".to_owned());
        ready(Err(RegistryError::new("read operation `o1`", problem)))
    };
    let (started, limit) = (Instant::now(), Duration::from_secs(600));
    let outcome =
        await_end(operation("STATE_PENDING", "1s"), limit, pending(), &Durations::default(), look).await;
    assert!(matches!(outcome, Err(OperationError::TimedOut { .. })), "{outcome:?}");
    assert_eq!(started.elapsed().as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_what_and_why() {
    let seen = vec![Ok(operation("STATE_REJECTED", ""))];
    let (outcome, _) = finish_seeing(operation("STATE_PENDING", "1s"), 60, seen).await;
    let expected = "create endpoint `pay`: operation `o1` rejected: no such queue";
    assert_eq!(outcome.unwrap_err().to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn takes_a_last_look_when_the_time_is_up() {
    let seen = vec![Ok(operation("STATE_FULFILLED", ""))];
    let (outcome, seconds) = finish_seeing(operation("STATE_PENDING", "3600s"), 10, seen).await;
    assert_eq!(outcome, Ok(()));
    assert!((10.0..10.1).contains(&seconds), "{seconds}");
    let seen = vec![Ok(operation("STATE_IN_PROGRESS", ""))];
    let (outcome, _) = finish_seeing(operation("STATE_PENDING", "3600s"), 10, seen).await;
    let expected = "create endpoint `pay`: operation `o1` is still in progress after 10s";
    assert_eq!(outcome.unwrap_err().to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_does_not_keep_us() {
    let limit = Duration::from_secs(10);
    let waited =
        await_end(operation("STATE_PENDING", "1s"), limit, pending(), &Durations::default(), |_| pending())
            .await;
    assert!(matches!(waited, Err(OperationError::TimedOut { .. })));
}

#[tokio::test(start_paused = true)]
async fn stops_when_told_to() {
    let cancel = tokio::time::sleep(Duration::from_secs(3));
    let started = Instant::now();
    let waited =
        await_end(operation("STATE_PENDING", "60s"), Duration::MAX, cancel, &Durations::default(), |_| {
            pending()
        })
        .await;
    assert!(matches!(waited, Err(OperationError::Cancelled { operation, .. }) if operation == "o1"));
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn looks_again_after_what_may_pass_and_gives_up_after_what_does_not() {
    let error = |problem| Err(RegistryError::new("read operation `o1`", problem));
    let seen =
        vec![error(Problem::Unavailable("later".to_owned())), error(Problem::NotFound("what?".to_owned()))];
    let (outcome, _) = finish_seeing(operation("STATE_PENDING", "1s"), 60, seen).await;
    let expected = "create endpoint `pay`: accepted, but the outcome is unknown: \
                    read operation `o1`: not found: what?";
    assert_eq!(outcome.unwrap_err().to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn gives_up_on_a_registry_that_stays_out_of_reach() {
    let look = |_| {
        let problem = Problem::Unreachable {
            address: "a".to_owned(),
            reason: "refused".to_owned(),
            tls: Handshake::NotReached,
        };
        ready(Err(RegistryError::new("read operation `o1`", problem)))
    };
    let started = Instant::now();
    let outcome =
        await_end(operation("STATE_PENDING", "1s"), MAX_TIMEOUT, pending(), &Durations::default(), look)
            .await;
    assert!(matches!(outcome, Err(OperationError::OutcomeUnknown { .. })), "{outcome:?}");
    assert!((60..63).contains(&started.elapsed().as_secs()));
}

#[test]
fn ids_are_random_and_of_one_form() {
    let (one, other) = (new_operation_id(), new_operation_id());
    assert_ne!(one, other);
    assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
}
