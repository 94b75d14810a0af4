//! Which of the rows are on a page, and in which order.

use std::cmp::Ordering;

use super::found::{Found, Line};
use super::output::{Output, Pick};
use super::path::Place;
use super::query::{Border, Query};
use super::refusal::Refusal;
use super::value::Value;

/// The columns that are sorted by, each with whether it goes down.
type Order = Vec<(usize, bool)>;

/// Sorts what is found, unless it is in the order of an identifier that it is to be sorted by, and leaves the page that is
/// asked for.
pub(super) fn page(
    found: &mut Found,
    query: &Query,
    limit: Option<usize>,
    identifier: Option<Place>,
) -> Result<(), Refusal> {
    let order = order(&found.outputs, query)?;
    let (outputs, lines) = (&found.outputs, &mut found.lines);
    let is_identifier = |(column, is_descending): &(usize, bool)| match outputs[*column].pick {
        Pick::Cell(place) => !is_descending && Some(place) == identifier,
        Pick::Column(..) | Pick::Rows(..) => false,
    };
    // Rows that are made are not sorted: there are many of them, and they are in their order.
    if !order.first().is_some_and(is_identifier) {
        sort(outputs, lines, &order);
    }
    if let Some(border) = &query.after {
        let border = values(outputs, &order, border)?;
        let is_before = |line: &Line| compared(outputs, line, &order, &border).is_le();
        let begin = lines.partition_point(is_before);
        lines.drain(..begin);
    }
    if let Some(border) = &query.before {
        let Some(limit) = limit else {
            let told = "Page @before(...) modifier not allowed without limit parameter.";
            return Err(Refusal::malformed(told));
        };
        let border = values(outputs, &order, border)?;
        let is_before = |line: &Line| compared(outputs, line, &order, &border).is_lt();
        let end = lines.partition_point(is_before);
        lines.truncate(end);
        if query.after.is_none() {
            // The page ends at its border.
            let begin = lines.len().saturating_sub(limit);
            lines.drain(..begin);
        }
    }
    lines.truncate(limit.unwrap_or(usize::MAX));
    Ok(())
}

fn order(outputs: &[Output], query: &Query) -> Result<Order, Refusal> {
    let places = query.sort.iter().map(|key| {
        let place = outputs.iter().position(|output| output.name == key.name);
        let place = place.ok_or_else(|| {
            Refusal::malformed(format!("Sort key \"{}\" not among output columns.", key.name))
        })?;
        Ok((place, key.is_descending))
    });
    places.collect()
}

fn sort(outputs: &[Output], lines: &mut Vec<Line>, order: &Order) {
    if order.is_empty() {
        return;
    }
    let keyed = std::mem::take(lines).into_iter().map(|line| (key(outputs, &line, order), line));
    let mut keyed: Vec<(Vec<Value>, Line)> = keyed.collect();
    keyed.sort_by(|(one, _), (two, _)| directed(one, two, order));
    *lines = keyed.into_iter().map(|(_, line)| line).collect();
}

/// The values of a border, of the types of what is sorted by.
fn values(outputs: &[Output], order: &Order, border: &Border) -> Result<Vec<Value>, Refusal> {
    let pairs = order.iter().zip(border);
    let values = pairs.map(|((column, _), value)| match value {
        Some(text) => Value::parse(text, outputs[*column].of.kind),
        None => Ok(Value::Null),
    });
    values.collect()
}

fn key(outputs: &[Output], line: &Line, order: &Order) -> Vec<Value> {
    order.iter().map(|(column, _)| line.value(outputs, *column)).collect()
}

fn compared(outputs: &[Output], line: &Line, order: &Order, border: &[Value]) -> Ordering {
    directed(&key(outputs, line, order), border, order)
}

fn directed(one: &[Value], two: &[Value], order: &Order) -> Ordering {
    let pairs = one.iter().zip(two).zip(order);
    let orders = pairs.map(|((one, two), (_, is_descending))| {
        let order = one.order(two);
        if *is_descending { order.reverse() } else { order }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}
