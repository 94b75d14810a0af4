//! The tables that are asked for: CSV, and workbooks.

use std::io;
use std::path::Path;
use std::sync::Arc;

use proto::definition::{EasydbCsv, Generation};

use super::cells::{Cell, Cells, Head, Names, Style};
use super::illustrator::picture;
use super::json::Json;
use super::mapping::{Mapping, Profile};
use super::scene::Scene;
use super::shipped::Shipped;
use super::table::{Empty, Tables};
use super::trail::Around;
use super::workbook::{Pictures, Workbook};
use super::writing::Written;

/// A table for each object type, until it is known what becomes of them.
pub(super) struct Sheets<'s> {
    scene: &'s Scene,
    becoming: Becoming<'s>,
    rows: Rows<'s>,
    tables: Tables,
}

/// What tables become.
#[derive(Clone, Copy)]
enum Becoming<'s> {
    Csv(&'s EasydbCsv),
    Workbook(Pictures),
}

/// Where the cells of a row come from.
enum Rows<'s> {
    Object(Box<Cells<'s>>),
    Mapped(Mapping),
}

impl<'s> Sheets<'s> {
    /// Those that are asked for. A mapping profile is for all of them.
    pub(super) fn asked(
        scene: &'s Scene,
        scratch: &Arc<Path>,
        mapping: Option<&Arc<Profile>>,
    ) -> Vec<Self> {
        let names = |is_localised| if is_localised { Names::Localised } else { Names::Own };
        let mut asked = Vec::new();
        if let Some(csv) = &scene.easydb.csv {
            let (generation, hierarchy) = (csv.generation, csv.hierarchy);
            let (names, changelog) = (names(csv.localized_column_names), csv.changelog);
            let empty = if csv.empty_columns { Empty::Kept } else { Empty::Dropped };
            let style =
                Style { generation, system: generation, hierarchy, names, changelog, empty };
            asked.push((Becoming::Csv(csv), style));
        }
        if let Some(xlsx) = &scene.easydb.xlsx {
            let (generation, hierarchy) = (Generation::Fylr, xlsx.hierarchy);
            let (names, changelog) = (names(xlsx.localized_column_names), xlsx.changelog);
            let empty = Empty::Dropped;
            let style =
                Style { generation, system: generation, hierarchy, names, changelog, empty };
            let pictures = if xlsx.thumbnails { Pictures::Shown } else { Pictures::None };
            asked.push((Becoming::Workbook(pictures), style));
        }
        let sheets = asked.into_iter().map(|(becoming, style)| {
            let rows = match mapping {
                Some(profile) => Rows::Mapped(Mapping::new(profile)),
                None => Rows::Object(Box::new(Cells::new(scene, style))),
            };
            let tables = Tables::new(style.generation, style.empty, scratch);
            Self { scene, becoming, rows, tables }
        });
        sheets.collect()
    }

    /// The cells of an object.
    pub(super) fn cells(
        &mut self,
        object: &Json<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
    ) -> Vec<(Head, Cell)> {
        match &mut self.rows {
            Rows::Mapped(mapping) => mapping.cells(self.scene, object, around, shipped),
            Rows::Object(cells) => cells.object(object, around, shipped),
        }
    }

    /// Appends an object.
    pub(super) fn push(&mut self, object: &Json<'_>, cells: Vec<(Head, Cell)>) -> io::Result<()> {
        let picture = match self.becoming {
            Becoming::Workbook(Pictures::Shown) => picture(object).unwrap_or_default(),
            Becoming::Workbook(Pictures::None) | Becoming::Csv(_) => "",
        };
        self.tables.push(object.text_of("_objecttype").unwrap_or("object"), picture, cells)
    }

    /// Makes CSV files of the tables, or puts them aside for a workbook.
    pub(super) fn finish(self, written: &mut Written) -> io::Result<()> {
        match self.becoming {
            Becoming::Csv(csv) => {
                for (object_type, file) in self.tables.csv(csv)? {
                    written.files.push((format!("-{object_type}.csv"), file));
                }
            }
            Becoming::Workbook(pictures) => {
                written.workbook = Some(Workbook { tables: self.tables, pictures });
            }
        }
        Ok(())
    }
}
