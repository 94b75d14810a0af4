//! Logs, traces and metrics of the process.

mod metric;

use std::io::IsTerminal;
use std::net::SocketAddr;

use anyhow::Context as _;
use fabric::trace::Carrier;
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, TelemetryConfig};

/// Flushes what is recorded when the process ends.
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logging, and tracing and metrics where they are configured. `role` names the process.
    pub(crate) async fn start(
        config: &TelemetryConfig,
        role: &'static str,
    ) -> anyhow::Result<Self> {
        // lapin calls every broken connection an error and prints returned messages; the queue says
        // itself what is lost and what is made anew. A filter that names lapin wins.
        let filter =
            EnvFilter::try_new(format!("lapin=off,{}", config.log)).context("[telemetry] log")?;
        // suppaftp repeats the passwords that it sends: no filter makes it speak.
        let discreet = filter_fn(|said| !said.target().starts_with("suppaftp"));
        let logs = match config.log_format {
            LogFormat::Json => {
                tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).boxed()
            }
            LogFormat::Text => tracing_subscriber::fmt::layer()
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr)
                .boxed(),
        };
        let traces = traces(config, role)?;
        let spans = traces.as_ref().map(|traces| {
            fabric::trace::install(Box::new(W3c(TraceContextPropagator::new())));
            tracing_opentelemetry::layer().with_tracer(traces.tracer("longshore"))
        });
        tracing_subscriber::registry().with(discreet).with(filter).with(logs).with(spans).init();
        if !config.metrics_listen.is_empty() {
            serve_metrics(&config.metrics_listen, role).await?;
        }
        Ok(Self { traces })
    }

    /// Sends what is not sent yet.
    pub(crate) async fn flush(self) {
        if let Some(traces) = self.traces {
            // The exporter blocks; it must not do so on the runtime that it needs.
            let flushed = tokio::task::spawn_blocking(move || traces.shutdown()).await;
            if !matches!(flushed, Ok(Ok(()))) {
                crate::exit::say("the last traces were not sent");
            }
        }
    }
}

fn traces(
    config: &TelemetryConfig,
    role: &'static str,
) -> anyhow::Result<Option<SdkTracerProvider>> {
    if config.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let endpoint = format!("{}/v1/traces", config.otlp_endpoint.trim_end_matches('/'));
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        .build()
        .context("[telemetry] otlp_endpoint")?;
    let resource = Resource::builder().with_service_name(format!("longshore-{role}")).build();
    Ok(Some(
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build(),
    ))
}

/// Serves `/metrics` in the form of Prometheus.
async fn serve_metrics(listen: &str, role: &'static str) -> anyhow::Result<()> {
    let address: SocketAddr = listen.parse().context("[telemetry] metrics_listen")?;
    let handle = PrometheusBuilder::new()
        .add_global_label("role", role)
        .install_recorder()
        .context("metrics cannot be recorded")?;
    metric::describe();
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("[telemetry] metrics_listen {address}"))?;
    let router = axum::Router::new().route(
        "/metrics",
        axum::routing::get(move || {
            let text = handle.render();
            async move { text }
        }),
    );
    // It serves until the process ends, and nothing waits for it.
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(error = &error as &dyn std::error::Error, "metrics not served");
        }
    });
    Ok(())
}

/// Carries trace contexts as W3C `traceparent` headers.
struct W3c(TraceContextPropagator);

impl W3c {
    fn context(&self, traceparent: &str) -> Context {
        self.0.extract(&Header(Some(traceparent.to_owned())))
    }
}

impl Carrier for W3c {
    fn inject(&self, span: &Span) -> Option<String> {
        let mut header = Header(None);
        self.0.inject_context(&span.context(), &mut header);
        header.0
    }

    fn extract(&self, span: &Span, traceparent: &str) {
        // A span that is not recorded has no parent either.
        drop(span.set_parent(self.context(traceparent)));
    }

    fn link(&self, span: &Span, traceparent: &str) {
        // One that cannot be read is linked to nothing.
        span.add_link(self.context(traceparent).span().span_context().clone());
    }

    fn describe(&self, span: &Span, what: &'static str, value: &str) {
        span.set_attribute(what, value.to_owned());
    }
}

/// The one header that travels.
struct Header(Option<String>);

impl Injector for Header {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Header {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0.as_deref()).flatten()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
