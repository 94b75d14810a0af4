//! `bag-info.txt`: what people say about a bag, and what the bag turned out to hold.

use jiff::civil::Date;
use proto::bag::Label;

/// How much payload there is: what a reader can compare before it reads a single file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oxum {
    /// Length of all files.
    pub bytes: u64,
    /// How many there are.
    pub files: u64,
}

/// What whoever makes a bag finds out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// The day, where one is told.
    pub bagging_date: Option<Date>,
    /// The payload's extent.
    pub payload: Oxum,
}

/// In which order elements stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In their own, before the facts.
    Given,
    /// In that of their labels, facts and all; those of one label in their own.
    Sorted,
}

/// Appends the whole text: the elements and the facts.
///
/// A value of several lines is folded where they end, and there alone: a fold reads back as a line's
/// end, so that folding long lines, as the standard recommends to human readers, would change
/// identifiers and addresses. Empty lines and white space at the ends of lines get lost.
pub fn info<'a>(
    elements: impl IntoIterator<Item = (&'a Label, &'a str)>,
    facts: Facts,
    order: Order,
    out: &mut Vec<u8>,
) {
    let Oxum { bytes, files } = facts.payload;
    let date = facts.bagging_date.map(|date| date.to_string());
    let extent = format!("{bytes}.{files}");
    let mut lines: Vec<(&str, &str)> =
        elements.into_iter().map(|(label, value)| (label.as_str(), value)).collect();
    lines.extend(date.iter().map(|date| ("Bagging-Date", date.as_str())));
    lines.push(("Payload-Oxum", &extent));
    if order == Order::Sorted {
        lines.sort_by_key(|(label, _)| *label);
    }
    for (label, value) in lines {
        element(label, value, out);
    }
}

fn element(label: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(label.as_bytes());
    out.extend_from_slice(b": ");
    let lines = value.split(ends_line).map(str::trim).filter(|line| !line.is_empty());
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\n  ");
        }
        out.extend_from_slice(line.as_bytes());
    }
    out.push(b'\n');
}

/// What some reader takes for the end of a line, such as Python's `splitlines`.
fn ends_line(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let label = Label::parse("External-Description").unwrap();
        let mut out = Vec::new();
        let payload = Oxum { bytes: 279_164_409_832, files: 1198 };
        let facts = Facts { bagging_date: Some(jiff::civil::date(2026, 2, 3)), payload };
        info([(&label, value)], facts, Order::Given, &mut out);
        let expected = format!(
            "External-Description: {expected}\nBagging-Date: 2026-02-03\nPayload-Oxum: 279164409832.1198\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn values_are_folded_where_their_lines_end() {
        check("plain: ä €\ttab", "plain: ä €\ttab");
        check(" one\r\n two\n\n\nthree\u{2028}four \u{85}", "one\n  two\n  three\n  four");
        check("", "");
        let long = "word ".repeat(40);
        check(&long, long.trim_end());
    }

    fn check_order(order: Order, expected: &str) {
        let labels =
            ["Contact-Name", "A", "Contact-Name"].map(|label| Label::parse(label).unwrap());
        let bagging_date = Some(jiff::civil::date(2026, 2, 3));
        let mut out = Vec::new();
        let elements = labels.iter().zip(["2", "1", "1"]);
        info(elements, Facts { bagging_date, ..Facts::default() }, order, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn elements_stand_in_an_order_and_may_be_repeated() {
        let facts = "Bagging-Date: 2026-02-03\nPayload-Oxum: 0.0\n";
        check_order(Order::Given, &format!("Contact-Name: 2\nA: 1\nContact-Name: 1\n{facts}"));
        check_order(
            Order::Sorted,
            "A: 1\nBagging-Date: 2026-02-03\nContact-Name: 2\nContact-Name: 1\nPayload-Oxum: 0.0\n",
        );
    }
}
