//! A provider whose Terraform was killed: nobody is left to ask it to go, and it holds credentials.

use std::time::Duration;

/// Between looks: the system tells nobody that a parent is gone.
const LOOK: Duration = Duration::from_secs(2);

/// Completes once the process has another parent than at first. `parent` gives its id.
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
