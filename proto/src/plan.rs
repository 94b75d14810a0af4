//! The plan of a run: outputs and their batches, written once, before any work starts.
//!
//! A plan depends on the definition and the source's content alone, so that the archive does too.
//! It is kept as one head (`plan.json`) and pages of at most [`PAGE_BATCHES`] batches, so that a
//! plan of 10^5 batches is never one object or one value in memory.

mod slice;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::slice::{FileRange, GroupRange, KeyRange, Listed, PageRange, Slice};
use crate::definition::{Definition, Output, Transport};
use crate::id::Owner;
use crate::key::Key;
use crate::plugin::shard::Merge;

/// Most batches in one page of a plan.
pub const PAGE_BATCHES: u32 = 10_000;

/// The head of a plan; immutable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose export it is: sources that know users are read with the rights of this one. Plans of former
    /// versions name nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The definition as it was when the run began, with what incremental outputs add to it: bounds
    /// of their fields among the conditions, and outputs that list what is gone.
    pub definition: Definition,
    /// Which of several coordinators' attempts at planning counts; names the pages.
    pub attempt: String,
    /// The outputs, in the order of the definition and of the archive.
    pub outputs: Vec<PlannedOutput>,
    /// How many batches there are; their ordinals are `0..batches`.
    pub batches: u32,
    /// How many records there are, as far as the source can tell.
    pub records: Option<u64>,
    /// How many bytes of source there are to read, as far as it can tell.
    pub bytes: Option<u64>,
}

impl Plan {
    /// How many pages there are, numbered from 1.
    pub fn pages(&self) -> u32 {
        self.batches.div_ceil(PAGE_BATCHES)
    }

    /// The page a batch stands on.
    pub fn page_of(ordinal: u32) -> u32 {
        ordinal / PAGE_BATCHES + 1
    }

    /// The output a batch belongs to.
    pub fn output_of(&self, ordinal: u32) -> Option<&PlannedOutput> {
        self.outputs.iter().find(|output| output.holds(ordinal))
    }

    /// The transports, with their places in the definition.
    pub fn transports(&self) -> impl Iterator<Item = (u32, &Transport)> {
        (0..).zip(&self.definition.transports)
    }
}

/// One output of the definition, resolved against its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedOutput {
    /// Its place in the definition, from 0.
    pub index: u32,
    /// The member's sanitised and distinct path, where the output is one member for all its batches;
    /// nothing where each record or asset makes members of its own.
    pub member: Option<String>,
    /// The fields to read, in order; nothing reads whole documents of a source without fixed fields.
    pub fields: Option<Vec<String>>,
    /// What is searched for, where that is not what the output searches for: objects above others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Map<String, Value>>,
    /// The columns, where they are not just the fields: records are taken apart, or were looked over
    /// to tell what is in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<Column>>,
    /// What the source needs to show the same content to every batch, such as the name of an
    /// exported snapshot.
    pub view: Option<String>,
    /// The further tables of a workbook, or the answers that a file is made of, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<PlannedSheet>,
    /// What makes one result of what a plugin leaves in its batches, where each is for one dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merge>,
    /// The first batch's ordinal.
    pub first: u32,
    /// How many batches there are.
    pub batches: u32,
}

impl PlannedOutput {
    /// Whether the batch is one of this output's.
    pub fn holds(&self, ordinal: u32) -> bool {
        self.ordinals().contains(&ordinal)
    }

    /// What the columns are called in the output, in the order in which rows carry them; nothing
    /// where records are documents.
    pub fn column_names(&self, output: &Output) -> Option<Vec<String>> {
        column_names(self.columns.as_deref(), self.fields.as_ref(), output)
    }

    /// The ordinals of the output's batches.
    pub fn ordinals(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.batches
    }
}

impl PlannedSheet {
    /// As of an output; `output` is the sheet as one.
    pub fn column_names(&self, output: &Output) -> Option<Vec<String>> {
        column_names(self.columns.as_deref(), self.fields.as_ref(), output)
    }
}

fn column_names(
    columns: Option<&[Column]>,
    fields: Option<&Vec<String>>,
    output: &Output,
) -> Option<Vec<String>> {
    match columns {
        Some(columns) => Some(columns.iter().map(|column| column.name.clone()).collect()),
        None => output.field_names(fields),
    }
}

/// A further table of a workbook, or an answer that a file is made of, all of which is one batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedSheet {
    /// As of an output.
    pub fields: Option<Vec<String>>,
    /// As of an output.
    pub columns: Option<Vec<Column>>,
    /// As of an output.
    pub view: Option<String>,
    /// What to read.
    pub slices: Vec<Slice>,
}

/// A column of a table: which value of a record it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is called in the output.
    pub name: String,
    /// The field the value is in, by its place among those that are read.
    pub field: u32,
    /// The way to the value within the field; none where it is all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Step>,
    /// What the records have there.
    pub holds: Holds,
}

/// A step from a value into one that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into a list.
    Item(u32),
    /// Into every item of a list; the values stand in one cell.
    Each,
}

/// What the values of a column are, NULL and the empty text aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// NULL and the empty text alone, or nobody has looked.
    #[default]
    Nothing,
    /// `true` and `false`.
    Bools,
    /// Whole numbers that a double holds as well.
    Integers,
    /// Whole numbers of 64 bits.
    Longs,
    /// Numbers that a double holds, so that no digit of them is lost.
    Doubles,
    /// Objects and lists.
    Documents,
    /// Texts, or values of several kinds.
    Texts,
}

/// A page of a plan; immutable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanPage {
    /// The batches, in order.
    pub batches: Vec<PlannedBatch>,
}

/// A batch: a slice of one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedBatch {
    /// Its number in the run, from 0.
    pub ordinal: u32,
    /// What to read.
    pub slice: Slice,
    /// Which of its records are wanted; nothing for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<Pick>,
}

/// Some records of a slice, by their places: a bit for each, the lowest first, from a byte of an
/// object on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// The object.
    pub key: Key,
    /// The byte with the bits of the slice's first records.
    pub start: u64,
    /// How many records the slice has.
    pub rows: u64,
}
