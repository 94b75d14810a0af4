//! What a format puts around the shares of a file, by the plan: the same for whoever reads the file
//! from its segments and for whoever joins it.

use pack::frame::{Frame, frame};
use proto::definition::Verbatim;
use proto::plan::{Plan, PlannedOutput};

/// The text around and between the shares of an output; empty where the output has no format.
pub fn around(plan: &Plan, planned: &PlannedOutput) -> Frame {
    let Some(output) = plan.definition.outputs.get(planned.index as usize) else {
        return Frame::EMPTY;
    };
    if let Some(form) = output.verbatim {
        return of_answers(form, planned);
    }
    let columns = planned.column_names(output).unwrap_or_default();
    output.format.map_or(Frame::EMPTY, |format| frame(format, &output.options, &columns))
}

/// The same of answers that are kept: rows have it around them, and a document, which has no columns, is whole.
fn of_answers(form: Verbatim, planned: &PlannedOutput) -> Frame {
    if planned.fields.is_none() {
        return Frame::EMPTY;
    }
    let [open, separator, close] = form.frame().map(|text| text.as_bytes().to_vec());
    Frame { open, separator, close }
}
