//! Outputs of a catalogue: when they say that they were made, and what their folder is called, are
//! decided once, by the plan, so that all batches say the same.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::definition::Output;
use proto::fault::{Code, Fault};
use proto::run::Extent;
use proto::template::Template;

use crate::Coordinator;
use crate::plan::PlanError;

impl Coordinator {
    /// Writes into an output of a catalogue when its run began. What its folder is called; nothing of other
    /// outputs.
    pub(crate) async fn catalogue_folder(
        &self,
        index: usize,
        output: &mut Output,
        name: &str,
        begun: Timestamp,
        extent: Extent,
    ) -> Result<Option<String>, PlanError> {
        let Some(easydb) = &mut output.easydb else { return Ok(None) };
        let refused = |fault: Fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from")));
        let source = self.catalog.get(&output.from).map_err(refused)?;
        let catalogue = source.catalogue().ok_or_else(|| {
            let why = format!("the source {:?} has no linked objects", output.from);
            refused(Fault::new(Code::InvalidValue, why).hint("name a source of kind `easydb`"))
        })?;
        let failed = |source| PlanError::Source { output: index, source };
        let about = catalogue.about().await.map_err(failed)?;
        let at = *easydb.exported_at.get_or_insert(begun);
        let time = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H_%M").to_string();
        let extent = match extent {
            Extent::Changes => "INCREMENTAL",
            Extent::Everything => "FULL",
        };
        let Ok(template) = Template::parse(&output.to) else { return Ok(None) };
        Ok(Some(template.render(|field| match field {
            "_time" => &time,
            "_catalogue" => &about.name,
            "_extent" => extent,
            "_name" => name,
            _ => "",
        })))
    }
}
