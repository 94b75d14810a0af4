//! What happened to a transport, in the words of the dialect.

use proto::delivery::{Delivery, Step};

/// A line for each step.
pub(crate) fn course(delivery: &Delivery) -> Vec<String> {
    let line = |step: &Step| match step {
        Step::Assembling => "packing".to_owned(),
        Step::Assembled => "packed".to_owned(),
        Step::Delivering => "handing over".to_owned(),
        Step::Retrying { fault } => format!("trying again: {fault}"),
        Step::Delivered => "handed over".to_owned(),
        Step::Failed { fault } => format!("failed: {fault}"),
        Step::Resumed => "taken up again".to_owned(),
    };
    delivery.log.iter().map(|entry| format!("{} {}", entry.at, line(&entry.step))).collect()
}
