//! The answer's way back: every frame is forwarded as it arrives, and metered in passing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::{Body as HttpBody, Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::Failure;
use super::call::Call;
use super::meter::{SseMeter, Used};
use crate::http::{Body, BoxError, Refusal};

/// A whole answer larger than this is passed on and charged at its worst case.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;

/// Wraps the body of a successful answer so that `call` is settled when it ends or is dropped.
pub(super) fn metered(response: Response<Incoming>, call: Call) -> Result<Body, Failure> {
    let headers = response.headers();
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        call.settle_worst_case();
        let message = "the model's answer is compressed and cannot be metered";
        return Err((
            berth_domain::ports::gateway::CallErrorKind::Upstream,
            Refusal::bad_gateway(message),
        ));
    }
    let streams = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let meter = if streams {
        Meter::Events(SseMeter::default())
    } else {
        Meter::Message(BytesMut::new())
    };
    let cut = Box::pin(call.granted().run.cancel.clone().cancelled_owned());
    Ok(Metered {
        inner: response.into_body(),
        meter,
        call: Some(call),
        cut,
    }
    .boxed_unsync())
}

enum Meter {
    Events(SseMeter),
    /// Not streamed: read whole, because the usage may stand anywhere in it.
    Message(BytesMut),
}

struct Metered {
    inner: Incoming,
    meter: Meter,
    call: Option<Call>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Metered {
    fn feed(&mut self, data: &Bytes) {
        match &mut self.meter {
            Meter::Events(meter) => meter.feed(data),
            Meter::Message(body) if body.len() + data.len() <= MAX_MESSAGE => {
                body.extend_from_slice(data);
            }
            Meter::Message(_) => {}
        }
    }

    /// Charges what the answer told, once.
    fn settle(&mut self) {
        let Some(call) = self.call.take() else { return };
        match &self.meter {
            Meter::Events(meter) => {
                if meter.failed() {
                    call.fail("the model's answer broke off with an error");
                }
                let used = meter.used(call.prompt_tokens, call.unseen_output());
                call.settle(used);
            }
            Meter::Message(body) => match Used::of_message(body) {
                Some(used) => call.settle(used),
                None => call.settle_worst_case(),
            },
        }
    }
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.cut.as_mut().poll(cx).is_ready() {
            this.settle();
            return Poll::Ready(Some(Err("the run has ended".into())));
        }
        match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.feed(data);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                if let Some(call) = &this.call {
                    call.fail("the model's answer broke off");
                }
                this.settle();
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                this.settle();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // Never early: the end must be polled, or the call would be settled as if the caller had left.
        false
    }
}

impl Drop for Metered {
    /// The caller left: what was seen is charged. Upstream is dropped with this body, which stops the model.
    fn drop(&mut self) {
        self.settle();
    }
}
