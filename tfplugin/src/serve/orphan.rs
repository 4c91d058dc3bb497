//! Detects that Terraform was killed: otherwise the provider would keep running, with its credentials.

use std::time::Duration;

/// How often the parent process is checked.
const LOOK: Duration = Duration::from_secs(2);

/// Completes when the parent of the process has changed. `parent` returns its id.
pub(super) async fn adopted(parent: impl Fn() -> u32) {
    let first = parent();
    while parent() == first {
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_of_parent_is_noticed() {
        let parents = RefCell::new(vec![1, 7, 7, 7]);
        adopted(|| parents.borrow_mut().pop().unwrap()).await;
        assert!(parents.borrow().is_empty());
    }
}
