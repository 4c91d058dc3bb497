//! A request's body that has to arrive in time, so that half of one does not wait for its other half for ever.

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use thiserror::Error as ThisError;
use tokio::time::Sleep;

/// The rest of a body did not come.
#[derive(Clone, Copy, Debug, ThisError)]
#[error("the body took too long")]
pub(crate) struct TooSlow;

/// A body with a deadline.
#[derive(Debug)]
pub(crate) struct Timely {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl Timely {
    pub(crate) fn new(body: Incoming, patience: Duration) -> Self {
        Self { body, deadline: Box::pin(tokio::time::sleep(patience)) }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        self.deadline.as_mut().poll(context).map(|()| Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
