//! A request's body: it has to arrive in time, so that half of one does not wait for its other half for ever, and takes
//! no more memory than what has arrived of it.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::error::Error;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use thiserror::Error as ThisError;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Sleep, timeout};

/// Requests larger than this many bytes are refused.
pub(crate) const REQUEST_MOST: usize = 4 * 1024 * 1024;

/// A body of more bytes than this is long.
const LONG: usize = 64 * 1024;
/// How many long bodies are read at the same time; others wait.
const LONG_AT_ONCE: usize = 16;
/// How long an answer waits for the rest of a body that it does not depend on.
const LINGER: Duration = Duration::from_millis(250);

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

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    /// Too many long bodies were being read.
    Busy,
    Broken,
}

/// Reads bodies, only a few long ones at a time: however many requests a client has open, what has arrived of them is
/// bounded.
#[derive(Debug)]
pub(crate) struct BodyReader {
    long: Semaphore,
    patience: Duration,
}

impl BodyReader {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { long: Semaphore::new(LONG_AT_ONCE), patience }
    }

    /// Reads a whole body of at most `most` bytes. Its length counts as it arrives, whatever was announced, except that
    /// one that is announced as too large is not read. The bytes are copied: a body in many small frames would
    /// otherwise keep the buffer of each.
    pub(crate) async fn read<B>(&self, body: B, most: usize) -> Result<Bytes, Unread>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(Unread::TooLarge);
        }
        let (mut body, mut whole, mut permit) = (pin!(body), BytesMut::new(), None);
        while let Some(frame) = body.frame().await {
            let Ok(mut data) = frame.map_err(unread)?.into_data() else { continue };
            let length = whole.len().saturating_add(data.remaining());
            if length > most {
                return Err(Unread::TooLarge);
            }
            if length > LONG && permit.is_none() {
                permit = Some(self.permit().await?);
            }
            while data.has_remaining() {
                let chunk = data.chunk();
                whole.extend_from_slice(chunk);
                let length = chunk.len();
                data.advance(length);
            }
        }
        Ok(whole.freeze())
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, Unread> {
        timeout(self.patience, self.long.acquire()).await.ok().and_then(Result::ok).ok_or(Unread::Busy)
    }
}

fn unread(error: impl Into<Box<dyn Error + Send + Sync>>) -> Unread {
    if error.into().is::<TooSlow>() { Unread::TooSlow } else { Unread::Broken }
}

/// Reads what is left of a body that the answer does not depend on, up to `most` bytes and not for long, and keeps
/// nothing: a client that is still sending when the answer comes may take its HTTP/2 stream for broken.
pub(crate) async fn discard<B: Body>(mut body: Pin<&mut B>, most: usize) {
    let rest = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Buf::remaining);
            if read > most {
                return;
            }
        }
    };
    let _ = timeout(LINGER, rest).await;
}
