//! Request bodies: they must arrive in time, and take no more memory than what has arrived.

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

/// The largest request, in bytes.
pub(crate) const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// A larger body, in bytes, counts as large.
pub(crate) const LARGE_BODY: usize = 64 * 1024;
/// How many large bodies are read concurrently; others wait.
pub(crate) const MAX_CONCURRENT_LARGE_BODIES: usize = 16;
/// How long a response waits for the rest of a body that it does not depend on.
const DISCARD_TIMEOUT: Duration = Duration::from_millis(250);

/// The body did not arrive in time.
#[derive(Clone, Copy, Debug, ThisError)]
#[error("the body took too long")]
pub(crate) struct Timeout;

/// A body with a deadline.
#[derive(Debug)]
pub(crate) struct TimedBody {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl TimedBody {
    pub(crate) fn new(body: Incoming, client_timeout: Duration) -> Self {
        Self { body, deadline: Box::pin(tokio::time::sleep(client_timeout)) }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        self.deadline.as_mut().poll(context).map(|()| Some(Err(Timeout.into())))
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
pub(crate) enum BodyError {
    TooLarge,
    Timeout,
    /// Too many large bodies are being read.
    Busy,
    Broken,
}

/// Reads bodies, and only a few large ones concurrently, so that their memory is bounded.
#[derive(Debug)]
pub(crate) struct BodyReader {
    large: Semaphore,
    client_timeout: Duration,
}

impl BodyReader {
    pub(crate) fn new(client_timeout: Duration) -> Self {
        Self { large: Semaphore::new(MAX_CONCURRENT_LARGE_BODIES), client_timeout }
    }

    /// Reads a body of at most `most` bytes. Memory is allocated for bytes that have arrived, not for the announced length; a
    /// body that is announced as too large is not read. The bytes are copied, as many small frames would otherwise each
    /// keep a buffer.
    pub(crate) async fn read<B>(&self, body: B, most: usize) -> Result<Bytes, BodyError>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(BodyError::TooLarge);
        }
        let (mut body, mut whole, mut permit) = (pin!(body), BytesMut::new(), None);
        while let Some(frame) = body.frame().await {
            let Ok(mut data) = frame.map_err(unread)?.into_data() else { continue };
            let length = whole.len().saturating_add(data.remaining());
            if length > most {
                return Err(BodyError::TooLarge);
            }
            if length > LARGE_BODY && permit.is_none() {
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

    async fn permit(&self) -> Result<SemaphorePermit<'_>, BodyError> {
        timeout(self.client_timeout, self.large.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(BodyError::Busy)
    }
}

fn unread(error: impl Into<Box<dyn Error + Send + Sync>>) -> BodyError {
    if error.into().is::<Timeout>() { BodyError::Timeout } else { BodyError::Broken }
}

/// Discards the rest of a body, up to `most` bytes and for a short time: a client that is still sending when the response
/// arrives may treat its HTTP/2 stream as broken.
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
    let _ = timeout(DISCARD_TIMEOUT, rest).await;
}
