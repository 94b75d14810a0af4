//! Objects as XML in easydb's standard form, of version 5.84, or in fylr's, which has the same elements and tells more
//! of what they hold.

mod identity;
mod fylr;
pub(super) mod value;
mod files;
mod linked;

use proto::definition::Easydb;
use proto::id::RunId;
use source::catalogue::{About, Column, ColumnKind};

use super::json::Json;
use super::leaves::Leaves;
use super::markup::{Attribute, Markup};
use super::scene::{Scene, row_columns};
use super::selection::{Chosen, Part};
use super::shipped::Shipped;
use super::trail::{Around, Trail};

/// The namespace of the elements.
const NAMESPACE: &str = "https://schema.easydb.de/EASYDB/1.0/objects/";

/// Writes objects.
pub(super) struct Standard<'s> {
    scene: &'s Scene,
    markup: Markup,
    /// The way to the field under way, as `eas_fields` name it.
    way: String,
    /// The UUID of the object under way: the innermost.
    uuid: String,
    /// Where linked objects are kept as they were written, and of which run and output these are.
    leaves: Option<(&'s Leaves, (RunId, u32))>,
    /// Whether something was written that may be written otherwise at another place.
    is_of_place: bool,
}

/// What a document begins with.
pub(super) fn open(scene: &Scene) -> Vec<u8> {
    let About { name, uuid, base_schema, user_schema, .. } = &*scene.about;
    let mut markup = Markup::default();
    markup.out().extend_from_slice(pack::xml::DECLARATION.as_bytes());
    let (base, user) = (base_schema.to_string(), user_schema.to_string());
    let attributes = [
        ("xmlns", NAMESPACE),
        ("instance", name),
        ("uuid", uuid),
        ("base-schema", &base),
        ("user-schema", &user),
        ("timestamp", &scene.exported_at),
    ];
    markup.open("objects", &attributes);
    std::mem::take(markup.out())
}

/// What a document ends with.
pub(super) const CLOSE: &[u8] = b"</objects>\n";

impl<'s> Standard<'s> {
    pub(super) fn new(scene: &'s Scene) -> Self {
        let (way, uuid) = (String::new(), String::new());
        Self { scene, markup: Markup::at(1), way, uuid, leaves: None, is_of_place: false }
    }

    /// The same for an output of a run, with what was written before.
    pub(super) fn with_leaves(scene: &'s Scene, leaves: &'s Leaves, of: (RunId, u32)) -> Self {
        Self { leaves: Some((leaves, of)), ..Self::new(scene) }
    }

    /// Writes an object, with those it leads to and the names of the files that go along.
    pub(super) fn object(&mut self, object: &Json<'_>, around: &Around<'_>, shipped: &Shipped) {
        let object_type = object.text_of("_objecttype").unwrap_or("object");
        let part = self.scene.part_of(object_type);
        let mut inside = Inside { trail: Trail::new(around, object), shipped };
        self.markup.open(object_type, &[]);
        let fields = object.get(object_type).unwrap_or(&Json::Null);
        self.numbers(object, fields);
        self.plain("_has_children", object.get("_has_children"));
        self.identity(object, fields);
        self.names(object);
        let exported_at = &self.scene.exported_at;
        self.markup.leaf("_exported_at", &[], exported_at);
        self.plain("_mask", object.get("_mask"));
        self.plain("_last_modified", object.get("_last_modified"));
        self.plain("_created", object.get("_created"));
        self.tags(object);
        self.collections(object);
        self.owner(object);
        self.addresses(object);
        self.way.clear();
        self.way.push_str(object_type);
        self.of(object, |all| all.fields(object_type, fields, part, &mut inside));
        self.markup.close(object_type);
    }

    /// Writes what is an object's own.
    fn of(&mut self, object: &Json<'_>, write: impl FnOnce(&mut Self)) {
        let uuid = object.text_of("_uuid").unwrap_or_default().to_owned();
        let outer = std::mem::replace(&mut self.uuid, uuid);
        write(self);
        self.uuid = outer;
    }

    /// The elements of all objects since the last time.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.markup.out()
    }

    /// Where other forms write.
    pub(super) fn markup(&mut self) -> &mut Markup {
        &mut self.markup
    }

    /// Characters that were replaced so far.
    pub(super) fn replaced(&self) -> u64 {
        self.markup.replaced
    }

    /// The fields of an object or row, in the order of its mask.
    fn fields(
        &mut self,
        object_type: &str,
        fields: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let columns = self.scene.columns(object_type, fields);
        self.columns(&columns, fields, part, inside);
    }

    fn columns(
        &mut self,
        columns: &[Column],
        fields: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        for column in columns {
            let Some(value) = fields.get(&column.name) else { continue };
            let Some(Chosen { display, part }) = part.field(&column.name) else { continue };
            let before = self.way.len();
            self.way.push('.');
            self.way.push_str(&column.name);
            let scene = self.scene;
            let display = display.or_else(|| scene.display_of_files(column, &self.way));
            let element = display.unwrap_or(&column.name);
            self.value(element, column, value, part, inside);
            self.way.truncate(before);
        }
    }

    /// Rows that belong to the object.
    fn rows(
        &mut self,
        (element, id): (&str, &str),
        kind: &ColumnKind,
        rows: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        if rows.items().is_empty() {
            return;
        }
        // The element may be called otherwise; its rows never are.
        let column = self.way.rsplit('.').next().unwrap_or(element);
        let table = column.strip_prefix("_nested:").unwrap_or(column).to_owned();
        let is_of_hierarchy = column.ends_with(":_id_parent");
        let typed = typed(if is_of_hierarchy { "reverse_hierarchical" } else { "reverse" }, id);
        let is_reverse = matches!(kind, ColumnKind::ReverseNested { .. });
        let marks = if is_reverse { self.marked(&typed) } else { &[] };
        self.markup.open(element, marks);
        for row in rows.items() {
            if let ColumnKind::ReverseNested { from, columns } = kind {
                self.reverse((from.as_str(), marks), columns, row, part, inside);
            } else if let ColumnKind::Nested { columns } = kind {
                self.markup.open(&table, &[]);
                self.row(columns, row, part, inside);
                self.markup.close(&table);
            }
        }
        self.markup.close(element);
    }

    fn row(
        &mut self,
        columns: &[Column],
        row: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        self.columns(&row_columns(columns, row), row, part, inside);
    }

    /// An element of a plain value; nothing where there is none.
    fn plain(&mut self, element: &str, value: Option<&Json<'_>>) {
        if let Some(text) = value.and_then(Json::text)
            && !text.is_empty()
        {
            self.markup.leaf(element, &[], text);
        }
    }

    fn easydb(&self) -> &'s Easydb {
        &self.scene.easydb
    }

    /// The attributes of an element that has none in easydb's form.
    fn marked<'a>(&self, typed: &'a [Attribute<'a>; 2]) -> &'a [Attribute<'a>] {
        if self.scene.is_fylr() { told(typed) } else { &[] }
    }

    /// The number of a field's column, where it is written.
    fn column_id<'b>(&self, column: &Column, digits: &'b mut itoa::Buffer) -> &'b str {
        match column.id {
            Some(id) if self.scene.is_fylr() => digits.format(id),
            Some(_) | None => "",
        }
    }
}

/// What is told of a field's element: what it holds, and the number of its column.
fn typed<'a>(kind: &'a str, id: &'a str) -> [Attribute<'a>; 2] {
    [("type", kind), ("column-api-id", id)]
}

/// The attributes of a field's element, without a number where none is known.
fn told<'a>(typed: &'a [Attribute<'a>; 2]) -> &'a [Attribute<'a>] {
    if typed[1].1.is_empty() { &typed[..1] } else { typed }
}

/// Where one is within an object.
struct Inside<'t, 'o> {
    trail: Trail<'t>,
    shipped: &'o Shipped,
}
