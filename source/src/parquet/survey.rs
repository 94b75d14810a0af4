//! Where batches begin: from the footers alone. Row groups that cannot hold what is wanted are left
//! out; others are gathered, and large ones cut by rows.

use proto::filter::Where;
use proto::plan::{GroupRange, Slice};
use tokio_util::sync::CancellationToken;

use super::bounds::Bounds;
use super::footer::{Footer, Statistics};
use super::shape::Field;
use crate::files::{Cut, Files, Listed};
use crate::slices::Slices;
use crate::{SourceError, Survey, Wanted};

/// Looks the files over.
pub(super) fn survey(
    files: &Files,
    listed: &[Listed],
    wanted: &Wanted,
    stop: &CancellationToken,
) -> Result<Survey, SourceError> {
    let mut first: Option<(Vec<String>, &str)> = None;
    let mut groups = Vec::new();
    for file in listed {
        let footer = Footer::read(files, file, Statistics::Read, stop)?;
        match &first {
            None => first = Some((footer.names().map(str::to_owned).collect(), &file.path)),
            Some((names, _)) if footer.names().eq(names.iter().map(String::as_str)) => {}
            Some((_, first)) => {
                return Err(SourceError::Refused {
                    what: format!("{} has other columns than {first}", file.path),
                });
            }
        }
        groups_of(&footer, wanted, &mut groups)?;
    }
    let records = groups.iter().map(|group| group.range.end).sum();
    let bytes = groups.iter().map(|group| group.bytes).sum();
    Ok(Survey {
        fields: wanted.fields.clone().or(first.map(|(names, _)| names)),
        slices: slices(groups, Cut::wanted(wanted, bytes))?,
        records: Some(records),
        bytes: Some(bytes),
        view: None,
        hold: None,
    })
}

/// A row group, or what is left of it.
struct Group {
    range: GroupRange,
    /// How long the wanted columns of all of it are in memory.
    bytes: u64,
}

/// The row groups of a file that may hold what is wanted.
fn groups_of(footer: &Footer, wanted: &Wanted, groups: &mut Vec<Group>) -> Result<(), SourceError> {
    let fields: Vec<&Field> = match &wanted.fields {
        None => footer.fields.iter().collect(),
        Some(names) => names.iter().map(|name| footer.field(name)).collect::<Result<_, _>>()?,
    };
    let besides = wanted.besides.iter().chain(wanted.filter.keys());
    let besides: Vec<&Field> = besides.map(|name| footer.field(name)).collect::<Result<_, _>>()?;
    let mut leaves: Vec<usize> = Vec::new();
    for field in fields.into_iter().chain(besides) {
        footer.check_readable(field)?;
        leaves.extend(field.leaves());
    }
    leaves.sort_unstable();
    leaves.dedup();
    for (nth, group) in (0..).zip(footer.groups()) {
        let rows = u64::try_from(group.num_rows()).unwrap_or(0);
        if rows == 0 || !may_hold(footer, nth as usize, rows, &wanted.filter)? {
            continue;
        }
        let bytes = leaves.iter().map(|leaf| group.column(*leaf).uncompressed_size());
        groups.push(Group {
            range: GroupRange {
                path: footer.file.path.clone(),
                file_len: footer.file.len,
                version: footer.file.version.clone(),
                footer: footer.checksum,
                group: nth,
                start: 0,
                end: rows,
            },
            bytes: bytes.filter_map(|bytes| u64::try_from(bytes).ok()).sum(),
        });
    }
    Ok(())
}

/// Whether a record of a row group may meet the conditions.
fn may_hold(footer: &Footer, nth: usize, rows: u64, filter: &Where) -> Result<bool, SourceError> {
    for (name, condition) in filter {
        let field = footer.field(name)?;
        let column = footer.groups()[nth].column(field.leaves().start);
        let bounds = field.form().and_then(|form| Bounds::of(column, form, rows));
        if bounds.is_some_and(|bounds| !bounds.may_meet(condition)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Cuts row groups into slices, at least one.
fn slices(groups: Vec<Group>, cut: Cut) -> Result<Vec<Slice>, SourceError> {
    let (mut slices, mut ranges) = (Slices::default(), Vec::new());
    let (mut rows, mut bytes) = (0, 0);
    for Group { mut range, bytes: len } in groups {
        match cut {
            Cut::Never => ranges.push(range),
            Cut::Records(most) => {
                while range.start < range.end {
                    let end = range.end.min(range.start + (most - rows));
                    rows += end - range.start;
                    ranges.push(GroupRange { end, ..range.clone() });
                    range.start = end;
                    if rows == most {
                        slices.push(Slice::Groups(std::mem::take(&mut ranges)))?;
                        rows = 0;
                    }
                }
            }
            Cut::Bytes(most) => {
                let parts = ((len + most / 2) / most).clamp(1, range.end);
                if parts == 1 {
                    ranges.push(range);
                    bytes += len;
                } else {
                    // What was gathered before goes with the first part.
                    for part in 1..=parts {
                        let all = range.end;
                        let end =
                            u64::try_from(u128::from(all) * u128::from(part) / u128::from(parts))
                                .unwrap_or(all);
                        ranges.push(GroupRange { end, ..range.clone() });
                        range.start = end;
                        slices.push(Slice::Groups(std::mem::take(&mut ranges)))?;
                    }
                    bytes = 0;
                }
                if bytes >= most {
                    slices.push(Slice::Groups(std::mem::take(&mut ranges)))?;
                    bytes = 0;
                }
            }
        }
    }
    if !ranges.is_empty() || slices.is_empty() {
        slices.push(Slice::Groups(ranges))?;
    }
    Ok(slices.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts row groups of so many rows and bytes.
    fn check(groups: &[(u64, u64)], cut: Cut, expected: &[&[(u32, u64, u64)]]) {
        let groups = (0..).zip(groups).map(|(nth, (rows, bytes))| {
            let path = "f".to_owned();
            let (version, footer) = (None, 0);
            let (group, start, end) = (nth, 0, *rows);
            let range = GroupRange { path, file_len: 9, version, footer, group, start, end };
            Group { range, bytes: *bytes }
        });
        let slices: Vec<Vec<(u32, u64, u64)>> = slices(groups.collect(), cut)
            .unwrap()
            .into_iter()
            .map(|slice| {
                let Slice::Groups(ranges) = slice else { panic!("{slice:?}") };
                ranges.iter().map(|range| (range.group, range.start, range.end)).collect()
            })
            .collect();
        assert_eq!(slices, expected);
    }

    #[test]
    fn batches_of_records_cut_row_groups_anywhere() {
        check(
            &[(5, 1), (2, 1)],
            Cut::Records(3),
            &[&[(0, 0, 3)], &[(0, 3, 5), (1, 0, 1)], &[(1, 1, 2)]],
        );
        check(&[(3, 1), (3, 1)], Cut::Records(3), &[&[(0, 0, 3)], &[(1, 0, 3)]]);
    }

    #[test]
    fn batches_of_bytes_keep_row_groups_whole_unless_these_are_large() {
        check(
            &[(5, 40), (5, 40), (5, 40), (10, 200)],
            Cut::Bytes(80),
            &[&[(0, 0, 5), (1, 0, 5)], &[(2, 0, 5), (3, 0, 3)], &[(3, 3, 6)], &[(3, 6, 10)]],
        );
        check(&[(1, 1000)], Cut::Bytes(10), &[&[(0, 0, 1)]]);
    }

    #[test]
    fn without_rows_there_is_one_slice() {
        check(&[], Cut::Records(10), &[&[]]);
        check(&[(5, 1), (5, 1)], Cut::Never, &[&[(0, 0, 5), (1, 0, 5)]]);
    }
}
