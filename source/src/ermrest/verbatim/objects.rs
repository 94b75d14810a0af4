//! Rows as objects, each as the catalogue writes it: in a list, or on lines of their own.

use proto::definition::Verbatim;
use proto::plan::PageRange;

use super::Sending;
use crate::SourceError;
use crate::ermrest::pages::{Asked, Pages};
use crate::ermrest::query::{Order, Query};
use crate::ermrest::rows::{has_columns, in_pages};
use crate::feed::Receiver;
use crate::http::{Answer, refused};

/// Sends the rows of a range, each of which has these columns.
pub(super) fn send(
    pages: &Pages<'_>,
    query: &Query,
    (range, names): (&PageRange, &[String]),
    form: Verbatim,
    sending: &Sending,
) -> Result<(), SourceError> {
    let order = query.order().filter(|_| *range != PageRange::default());
    let hidden = order.as_ref().and_then(Order::hidden);
    let mut objects = Objects { names, hidden, form, is_begun: false, sending };
    match &order {
        Some(order) => {
            let asked = Asked::Rows(query, order);
            in_pages(pages, asked, range, |answer, records| objects.page(answer, records))?;
        }
        None => {
            let answer = pages.all(query)?;
            objects.page(&answer, &answer.records("")?)?;
        }
    }
    Ok(())
}

/// Rows on their way out.
struct Objects<'o> {
    names: &'o [String],
    /// The key that is read besides, and that nobody asked for.
    hidden: Option<&'o str>,
    form: Verbatim,
    is_begun: bool,
    sending: &'o Sending,
}

impl Objects<'_> {
    fn page(&mut self, answer: &Answer, records: &[&str]) -> Result<Receiver, SourceError> {
        if let Some(first) = records.first() {
            has_columns(self.names, first)?;
        }
        let [_, between, _] = self.form.frame();
        let mut text = String::with_capacity(answer.body().len());
        for record in records {
            if std::mem::replace(&mut self.is_begun, true) {
                text.push_str(between);
            }
            match self.hidden {
                None => text.push_str(record),
                Some(hidden) => {
                    let kept = without_last(record, hidden).ok_or_else(|| {
                        refused(format!(
                            "{} gives rows that do not end with their key",
                            answer.told()
                        ))
                    })?;
                    text.push_str(kept);
                    text.push('}');
                }
            }
            if self.form == Verbatim::JsonStream {
                text.push('\n');
            }
        }
        Ok(self.sending.text(text, records.len() as u64))
    }
}

/// An object without its last value, which is a text, and without the brace at its end.
fn without_last<'r>(row: &'r str, name: &str) -> Option<&'r str> {
    // No text that is a value has a quote without a backslash, so that this begins a name.
    let begin = format!(",\"{name}\":");
    let at = row.rfind(&begin)?;
    let value = row[at + begin.len()..].strip_suffix('}')?;
    serde_json::from_str::<String>(value).ok()?;
    Some(&row[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, expected: Option<&str>) {
        assert_eq!(without_last(row, "key"), expected, "{row}");
    }

    #[test]
    fn the_key_is_taken_away_where_it_is_the_last_value_and_nothing_else() {
        check(r#"{"a":1.50,"key":"20A"}"#, Some(r#"{"a":1.50"#));
        check(
            r#"{"a":{"x":1,"key":"y"},"b":",\"key\":","key":"20A"}"#,
            Some(r#"{"a":{"x":1,"key":"y"},"b":",\"key\":""#),
        );
        check(r#"{"key":"20A","a":{"x":1,"key":"y"}}"#, None);
        check(r#"{"a":1,"key":"20A","b":2}"#, None);
        check(r#"{"a":1}"#, None);
    }
}
