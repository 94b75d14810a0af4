//! Outputs of a catalogue: when they say that they were made, and what their folder is called, are
//! decided once, by the plan, so that all batches say the same.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};
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
        let zone = easydb.zone().map_err(|fault| {
            PlanError::Refused(fault.at(format!("/outputs/{index}/easydb/time_zone")))
        })?;
        let time = time(at, &zone);
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

/// A time as the clocks of a zone show it. One that they have shown before, for they were put back, has its distance
/// from UTC behind it, so that no two folders are called the same.
fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let time = local.strftime("%Y-%m-%d %H_%M").to_string();
    match zone.to_ambiguous_timestamp(local.datetime()).offset() {
        AmbiguousOffset::Fold { after, .. } if after == local.offset() => {
            format!("{time}{}", local.strftime("%z"))
        }
        AmbiguousOffset::Fold { .. }
        | AmbiguousOffset::Gap { .. }
        | AmbiguousOffset::Unambiguous { .. } => time,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn folders_are_called_by_local_time_and_none_as_another_where_clocks_are_changed() {
        for (zone, at, expected) in [
            ("Europe/Berlin", "2026-03-05T09:07:00Z", "2026-03-05 10_07"),
            ("Europe/Berlin", "2026-07-05T22:07:00Z", "2026-07-06 00_07"),
            ("Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29 01_59"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29 03_00"),
            ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25 02_30"),
            ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25 02_30+0100"),
            ("Europe/Berlin", "2026-10-25T02:00:00Z", "2026-10-25 03_00"),
            ("UTC", "2026-10-25T01:30:00Z", "2026-10-25 01_30"),
        ] {
            let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
            assert_eq!(time(at.parse().unwrap(), &zone), expected, "{at}");
        }
    }
}
