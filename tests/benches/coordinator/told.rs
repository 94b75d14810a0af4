//! What a process tells on `/metrics`.

use anyhow::Result;
use tests::Api;

/// All its numbers, as Prometheus would read them.
pub(crate) struct Told(String);

impl Told {
    /// Asks for them.
    pub(crate) async fn ask(numbers: &Api) -> Result<Self> {
        let answer = numbers.get("/metrics").await?;
        Ok(Self(answer.body.as_str().unwrap_or_default().to_owned()))
    }

    /// The sum of a metric over all series that have a label, `name="value"`, or over all where it is empty.
    pub(crate) fn sum(&self, metric: &str, label: &str) -> f64 {
        let series = self.0.lines().filter_map(|line| line.strip_prefix(metric));
        let series = series.filter(|rest| rest.starts_with(['{', ' ']) && rest.contains(label));
        series.filter_map(|rest| rest.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }
}
