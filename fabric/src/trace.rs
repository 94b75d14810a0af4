//! The trace context, as it travels with messages: a W3C `traceparent`.
//!
//! Which system records spans is decided in the binary; here is only the place where it plugs in, so
//! that no stage depends on it.

use std::sync::OnceLock;

use tracing::Span;

/// Reads and sets the trace context of spans.
pub trait Carrier: Send + Sync {
    /// The context of a span, as a `traceparent`; nothing where it is not recorded.
    fn inject(&self, span: &Span) -> Option<String>;

    /// Makes a span the child of a context.
    fn extract(&self, span: &Span, traceparent: &str);

    /// Says that a span has to do with a context, and is no part of it.
    fn link(&self, span: &Span, traceparent: &str);

    /// Says something of a span that traces tell and logs do not.
    fn describe(&self, span: &Span, what: &'static str, value: &str);
}

static CARRIER: OnceLock<Box<dyn Carrier>> = OnceLock::new();

/// Sets the carrier for the whole process; the first one counts.
pub fn install(carrier: Box<dyn Carrier>) {
    // A second one would tear traces apart that the first began.
    drop(CARRIER.set(carrier));
}

/// The context of the current span, to be sent along.
pub fn current() -> Option<String> {
    CARRIER.get()?.inject(&Span::current())
}

/// The context of a span, to be sent along with what happens in it.
pub fn of(span: &Span) -> Option<String> {
    CARRIER.get()?.inject(span)
}

/// Makes a span continue the trace that came with a message.
pub fn continue_from(span: &Span, traceparent: Option<&str>) {
    if let (Some(carrier), Some(traceparent)) = (CARRIER.get(), traceparent) {
        carrier.extract(span, traceparent);
    }
}

/// Links a span, which begins a trace of its own, to the context that it has to do with.
pub fn link(span: &Span, traceparent: Option<&str>) {
    if let (Some(carrier), Some(traceparent)) = (CARRIER.get(), traceparent) {
        carrier.link(span, traceparent);
    }
}

/// Says something of a span that traces tell and logs do not, by the name that OpenTelemetry has for it:
/// <https://opentelemetry.io/docs/specs/semconv/>
pub fn describe(span: &Span, what: &'static str, value: &str) {
    if let Some(carrier) = CARRIER.get() {
        carrier.describe(span, what, value);
    }
}

/// Says in a span that has the field `trace_id` to which trace it belongs, so that logs are found by it.
/// Its parent is settled by that.
pub fn tell(span: &Span) {
    if let Some(traceparent) = of(span)
        && let Some(trace_id) = traceparent.split('-').nth(1)
    {
        span.record("trace_id", trace_id);
    }
}
