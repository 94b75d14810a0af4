//! What a format puts around the shares of a file, by the plan: the same for whoever reads the file
//! from its segments and for whoever joins it.

use pack::frame::{Frame, frame};
use proto::plan::{Plan, PlannedOutput};

/// The text around and between the shares of an output; empty where the output has no format.
pub fn around(plan: &Plan, planned: &PlannedOutput) -> Frame {
    let output = plan.definition.outputs.get(planned.index as usize);
    let text = output.and_then(|output| {
        let columns = planned.column_names(output).unwrap_or_default();
        Some(frame(output.format?, &output.options, &columns))
    });
    text.unwrap_or(Frame::EMPTY)
}
