//! `operator`: a fleet's role in a Kubernetes cluster.

use anyhow::Context;

use crate::config::{Config, in_file};
use crate::exit::Exit;
use crate::telemetry::Telemetry;

/// Makes exports of resources, until told to stop.
pub(crate) async fn operator(config: Config) -> anyhow::Result<Exit> {
    let telemetry = Telemetry::start(&config.telemetry, "operator").await?;
    let settings = config.operator.settings();
    anyhow::ensure!(
        in_file(&settings.token_file),
        "[operator] token_file: the operator asks the API with a token, as any client does"
    );
    let stop = super::stop_on_signal()?;
    let result = ::operator::run(settings, stop).await.context("[operator]");
    telemetry.flush().await;
    result.map(|()| Exit::Done)
}
