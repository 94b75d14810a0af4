//! By a field that rises: what is greater than last time, up to the greatest value there is now.
//!
//! The source tells it where it can; else every value of the field is read, and nothing else. Both
//! bounds become conditions of the output, so that a record that is written while the run reads
//! is left to the next one, and none is given twice. The first run of a catalogue's output alone has no upper
//! bound: what is younger than the lag then comes twice.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proto::definition::{By, Incremental, Output};
use proto::fault::{Code, Fault};
use proto::filter::{Comparison, Condition, Operand};
use source::page::{Cell, Kind};
use source::{Sought, Wanted};

use crate::Coordinator;
use crate::look::{Arriving, Look};
use crate::plan::PlanError;

/// The greatest value that was seen.
struct Greatest<'f> {
    by: &'f By,
    /// Later times are left to the next run.
    until: Option<Timestamp>,
    value: Option<Operand>,
}

impl Coordinator {
    /// Gives an output its conditions, and tells the value that it reaches by them.
    pub(super) async fn risen(
        &self,
        (index, view): (usize, Option<String>),
        output: &mut Output,
        incremental: &Incremental,
        before: Option<Operand>,
    ) -> Result<Option<Operand>, PlanError> {
        let field = incremental.by.field().unwrap_or_default();
        let until = incremental.lag.and_then(|lag| {
            self.ambient.now().checked_sub(SignedDuration::try_from(lag).ok()?).ok()
        });
        let mut greatest = Greatest { by: &incremental.by, until, value: None };
        self.see_all((index, view), output, &mut greatest).await?;
        let now = match (&before, greatest.value) {
            (Some(before), Some(now)) => {
                let order = order(before, &now).ok_or_else(|| {
                    refused(
                        index,
                        format!(
                            "the values of {field:?} are of another kind than those of the last run"
                        ),
                    )
                })?;
                // What was the greatest may have been deleted.
                Some(if order.is_lt() { now } else { before.clone() })
            }
            (before, now) => now.or_else(|| before.clone()),
        };
        // A catalogue's first export has everything, as its dialect says: what is younger than the lag
        // comes once more with the next.
        if before.is_none() && output.easydb.is_some() {
            return Ok(now);
        }
        let condition = match &now {
            // Nothing is old enough.
            None => Condition::In(Vec::new()),
            Some(now) => Condition::Compare(Comparison {
                gt: before,
                le: Some(now.clone()),
                ..Comparison::default()
            }),
        };
        output.select.filter.insert(field.to_owned(), condition);
        Ok(now)
    }

    /// Shows the greatest value of the field, or every one.
    async fn see_all(
        &self,
        (index, view): (usize, Option<String>),
        output: &Output,
        greatest: &mut Greatest<'_>,
    ) -> Result<(), PlanError> {
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))?;
        let failed = |source| PlanError::Source { output: index, source };
        let sought = Sought {
            field: greatest.field().to_owned(),
            filter: output.select.filter.clone(),
            search: output.search(),
            until: greatest.until,
        };
        let told = match source.greatest(&sought).await.map_err(failed)? {
            Some(source::Greatest::Nothing) => return Ok(()),
            Some(source::Greatest::Null) => Some((Kind::Null, String::new())),
            Some(source::Greatest::Value { kind, text }) => Some((kind, text)),
            None => None,
        };
        if let Some((kind, text)) = told {
            let seen = greatest.see(Cell { kind, text: &text });
            return seen.map_err(|why| refused(index, why));
        }
        let fields = vec![greatest.field().to_owned()];
        let wanted = Wanted {
            fields: Some(fields.clone()),
            besides: Vec::new(),
            filter: output.select.filter.clone(),
            batch_size: None,
            target_bytes: self.settings.batch_bytes,
            needs_columns: false,
            search: output.search(),
            query: output.query.clone(),
            view,
        };
        let survey = source.survey(&wanted).await.map_err(failed)?;
        let (fields, slices) = (Some(fields), &survey.slices);
        let look = Look { index, output, fields, slices, view: survey.view.as_ref() };
        look.at(&*source, |pages| see(index, pages, greatest)).await
    }
}

/// Shows the values of all pages, until one is refused.
async fn see(
    index: usize,
    mut pages: Arriving,
    greatest: &mut Greatest<'_>,
) -> Result<(), PlanError> {
    while let Some(page) = pages.next().await {
        for row in page.rows() {
            greatest.see(row.cell(0)).map_err(|why| refused(index, why))?;
        }
    }
    Ok(())
}

impl Greatest<'_> {
    fn field(&self) -> &str {
        self.by.field().unwrap_or_default()
    }

    fn see(&mut self, cell: Cell<'_>) -> Result<(), String> {
        let value = self.operand(cell)?;
        if let Some(until) = self.until
            && time(cell.text).ok_or_else(|| {
                format!("{:?} of {:?} is no time, and `lag` needs times", cell.text, self.field())
            })? > until
        {
            return Ok(());
        }
        let is_greater = match &self.value {
            None => true,
            Some(greatest) => order(greatest, &value)
                .ok_or_else(|| format!("{:?} holds both numbers and texts", self.field()))?
                .is_lt(),
        };
        if is_greater {
            self.value = Some(value);
        }
        Ok(())
    }

    fn operand(&self, cell: Cell<'_>) -> Result<Operand, String> {
        let field = self.field();
        match cell.kind {
            Kind::Null => Err(format!(
                "a record has no {field:?}, so that nobody can tell whether it changed"
            )),
            Kind::Bool | Kind::Json => Err(format!("{field:?} holds no numbers or texts")),
            Kind::Number | Kind::Text if matches!(self.by, By::Sequence(_)) => {
                match cell.text.trim().parse::<i64>() {
                    Ok(number) => Ok(Operand::Number(number.into())),
                    Err(_) => Err(format!("{:?} of {field:?} is no whole number", cell.text)),
                }
            }
            Kind::Number => serde_json::from_str(cell.text)
                .map(Operand::Number)
                .map_err(|_| format!("{:?} of {field:?} is no number", cell.text)),
            Kind::Text => Ok(Operand::Text(cell.text.to_owned())),
        }
    }
}

/// Whether the value of a record had been reached already.
pub(super) fn is_reached(by: &By, cell: Cell<'_>, reached: &Operand) -> bool {
    let value = Greatest { by, until: None, value: None }.operand(cell).ok();
    value.and_then(|value| order(&value, reached)).is_some_and(Ordering::is_le)
}

/// How two values stand to each other, as conditions compare them.
fn order(one: &Operand, other: &Operand) -> Option<Ordering> {
    match (one, other) {
        (Operand::Text(one), Operand::Text(other)) => Some(one.cmp(other)),
        (Operand::Number(one), Operand::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Operand::Null | Operand::Bool(_) | Operand::Number(_) | Operand::Text(_), _) => None,
    }
}

/// The moment that a text means; one without an offset is in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })
}

fn refused(index: usize, why: String) -> PlanError {
    PlanError::Refused(
        Fault::new(Code::SourceRefused, why)
            .at(format!("/outputs/{index}/incremental"))
            .hint("name a field that every record has, or go by `digest`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(
        by: &By,
        until: Option<&str>,
        cells: &[(Kind, &str)],
    ) -> Result<Option<Operand>, String> {
        let until = until.map(|until| until.parse().unwrap());
        let mut greatest = Greatest { by, until, value: None };
        for (kind, text) in cells {
            greatest.see(Cell { kind: *kind, text })?;
        }
        Ok(greatest.value)
    }

    fn field() -> By {
        By::Field("f".to_owned())
    }

    #[test]
    fn numbers_rise_as_numbers_and_texts_as_texts() {
        let number = |text: &str| Some(Operand::Number(serde_json::from_str(text).unwrap()));
        let numbers = [(Kind::Number, "9"), (Kind::Number, "10"), (Kind::Number, "2.5")];
        assert_eq!(seen(&field(), None, &numbers).unwrap(), number("10"));
        let texts = [(Kind::Text, "9"), (Kind::Text, "10")];
        assert_eq!(seen(&field(), None, &texts).unwrap(), Some(Operand::Text("9".to_owned())));
        assert_eq!(seen(&By::Sequence("f".to_owned()), None, &texts).unwrap(), number("10"));
    }

    #[test]
    fn what_cannot_tell_changes_is_refused() {
        assert!(seen(&field(), None, &[(Kind::Null, "")]).is_err());
        assert!(seen(&field(), None, &[(Kind::Text, "a"), (Kind::Number, "1")]).is_err());
        assert!(seen(&By::Sequence("f".to_owned()), None, &[(Kind::Text, "a")]).is_err());
        assert!(seen(&field(), Some("2026-01-01T00:00:00Z"), &[(Kind::Text, "a")]).is_err());
    }

    #[test]
    fn what_is_younger_than_the_lag_waits() {
        let cells = [
            (Kind::Text, "2026-01-01 10:00:00.5+00"),
            (Kind::Text, "2026-01-01 10:00:00+00"),
            (Kind::Text, "2026-01-01 10:00:01+00"),
        ];
        let until = Some("2026-01-01T10:00:00.9Z");
        assert_eq!(
            seen(&field(), until, &cells).unwrap(),
            Some(Operand::Text(cells[0].1.to_owned()))
        );
        assert_eq!(time("2026-01-01"), Some("2026-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(seen(&field(), until, &cells[2..]).unwrap(), None);
    }
}
