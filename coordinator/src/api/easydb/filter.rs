//! The filters of lists: `type:download+status:failed,type:export_incremental`.
//!
//! A comma parts filters of which one must fit, a plus sign conditions of which all must, and a bar values
//! of which one does. In a query the plus sign is `%2B`; one that came as a space is taken for it.

use proto::easydb::Kind;

use super::trouble::Trouble;

/// Which exports are wanted; without filters, all.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Vec<Condition>>);

#[derive(Debug)]
enum Condition {
    Kind(Vec<String>),
    State(Vec<String>),
}

impl Filter {
    pub(super) fn parse(text: &str) -> Result<Self, Trouble> {
        let filters = text.split(',').filter(|filter| !filter.trim().is_empty());
        let filters = filters.map(|filter| {
            let conditions = filter.split(['+', ' ']).filter(|part| !part.is_empty());
            conditions.map(Condition::parse).collect()
        });
        Ok(Self(filters.collect::<Result<_, Trouble>>()?))
    }

    /// Whether everything fits.
    pub(super) fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn fits(&self, kind: Kind, state: &str) -> bool {
        self.is_everything()
            || self.0.iter().any(|conditions| {
                conditions.iter().all(|condition| match condition {
                    Condition::Kind(kinds) => kinds.iter().any(|wanted| wanted == kind.as_str()),
                    Condition::State(states) => states.iter().any(|wanted| wanted == state),
                })
            })
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, Trouble> {
        let (name, values) = text.split_once(':').ok_or_else(|| Trouble::Parameter {
            name: "filter",
            why: format!("{text:?} has no value"),
        })?;
        let values = values.split('|').map(str::to_owned).collect();
        match name {
            "type" => Ok(Self::Kind(values)),
            "status" | "state" => Ok(Self::State(values)),
            other => Err(Trouble::UnknownColumn(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_filters_fits_with_all_its_conditions() {
        let check = |text: &str, kind: Kind, state: &str, expected: bool| {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(filter.fits(kind, state), expected, "{text} {kind:?} {state}");
        };
        let example = "type:download+status:failed,type:export_incremental";
        check(example, Kind::Download, "failed", true);
        check(example, Kind::Download, "done", false);
        check(example, Kind::Incremental, "done", true);
        check(example, Kind::Export, "failed", false);
        check("status:done|failed", Kind::Export, "failed", true);
        check("type:download status:failed", Kind::Download, "done", false);
        check("", Kind::Export, "new", true);
        assert!(
            matches!(Filter::parse("name:x"), Err(Trouble::UnknownColumn(name)) if name == "name")
        );
        assert!(matches!(Filter::parse("type"), Err(Trouble::Parameter { .. })));
    }
}
