//! `export`: what a platform itself offers to export, run in this process. A catalogue of Deriva offers the
//! templates of its annotations, or of its columns where nothing is annotated.

use std::sync::Arc;

use comfy_table::{Table, presets};
use proto::deriva::engine;
use proto::deriva::schema::Catalogue;
use proto::deriva::templates::{
    Configured, Dropped, Kind, Reference, Template, Templates, Unannotated, configured,
};
use proto::fault::{Code, Fault};
use source::Source;

use super::deriva::{CATALOGUE, Wish, allow, opened, run};
use crate::cli::{self, ExportFrom};
use crate::compose;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Does what is asked of a platform.
pub(crate) async fn export(args: cli::Export, config: Config) -> anyhow::Result<Exit> {
    match args.from {
        ExportFrom::Ermrest(args) => Box::pin(ermrest(args, config)).await,
    }
}

/// Runs a template of a table, or lists them.
async fn ermrest(args: cli::Ermrest, mut config: Config) -> anyhow::Result<Exit> {
    allow(&mut config, &args.host);
    let place = match Place::read(&args) {
        Ok(place) => place,
        Err(fault) => return Ok(exit::bad_input("the command line", &[fault])),
    };
    let source = opened(&config, &place.catalog, &args.credentials)
        .and_then(|catalog| catalog.get(CATALOGUE));
    let source = match source {
        Ok(source) => source,
        Err(fault) => return Ok(exit::bad_input("the catalogue", &[fault])),
    };
    let catalogue = place.described(&source).await.map_err(|fault| compose::told(&fault))?;
    let Some(table) = catalogue.table(&place.schema, &place.table) else {
        let what = format!("the catalogue shows no table {:?}", args.table);
        let fault =
            Fault::new(Code::NotFound, what).hint("write SCHEMA:TABLE as the catalogue does");
        return Ok(exit::bad_input("the command line", &[fault]));
    };
    let templates = Templates::of(table, &args.context, Unannotated::Bag);
    if args.list {
        show(&templates, args.local.json);
        return Ok(Exit::Done);
    }
    let template = match chosen(&templates, args.template.as_deref()) {
        Ok(template) => template,
        Err(fault) => {
            templates.dropped.iter().for_each(tell);
            return Ok(exit::bad_input("the command line", &[fault]));
        }
    };
    let reference = Reference {
        service: &format!("{}/ermrest", place.catalog.host.origin()),
        catalogue_id: &args.catalog,
        table,
        root_path: &table.root_path_of(&args.path),
        context: &args.context,
    };
    let Configured { configuration, left_out } = configured(template, &reference);
    for output in left_out {
        exit::say(&format!(
            "warning: output {} of the template is left out: its query is of {} characters",
            output.index, output.len
        ));
    }
    let wish = Wish {
        name: format!("the template {:?}", template.displayname),
        configuration,
        variables: Vec::new(),
        host: None,
        catalog: None,
        credentials: args.credentials,
    };
    run(wish, args.local, config).await
}

/// What the command line names.
struct Place {
    catalog: engine::Catalog,
    schema: String,
    table: String,
}

impl Place {
    fn read(args: &cli::Ermrest) -> Result<Self, Fault> {
        let host = engine::Host::parse(&args.host).map_err(|error| {
            Fault::new(Code::InvalidValue, error.to_string())
                .at("URL")
                .hint("write the address of the server, such as https://deriva.example.org")
        })?;
        let (id, snapshot) = match args.catalog.split_once('@') {
            Some((id, snapshot)) => (id, Some(snapshot.to_owned())),
            None => (args.catalog.as_str(), None),
        };
        let catalog = engine::Catalog { host, id: id.to_owned(), snapshot, credential: None };
        let (schema, table) = args.table.split_once(':').ok_or_else(|| {
            Fault::new(Code::InvalidValue, format!("{:?} names no table", args.table))
                .at("SCHEMA:TABLE")
                .hint("write the schema, a colon and the table, such as isa:dataset")
        })?;
        Ok(Self { catalog, schema: schema.to_owned(), table: table.to_owned() })
    }

    /// What the catalogue says of itself, at the snapshot that is named or at that of now.
    async fn described(&self, source: &Arc<dyn Source>) -> Result<Catalogue, Fault> {
        let view = source.view(self.catalog.snapshot.as_deref()).await;
        let view = view.map_err(|error| error.fault())?;
        let catalogue = source::deriva::catalogue(&**source, view.as_deref()).await;
        catalogue.map_err(|error| error.fault())
    }
}

/// The template that is named, or the only one; the file of the rows where a table has none of its own.
fn chosen<'t>(templates: &'t Templates, name: Option<&str>) -> Result<&'t Template, Fault> {
    let found = match (name, templates.valid.as_slice()) {
        (Some(name), _) => templates.named(name),
        (None, [only]) => Some(only),
        (None, []) if templates.dropped.is_empty() => templates.csv.as_ref(),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let fault = match (name, templates.valid.len()) {
            _ if templates.names().is_empty() => return none(),
            (Some(name), _) => Fault::new(Code::NotFound, format!("there is no template {name:?}")),
            (None, 0) => Fault::new(Code::NotFound, "no template of the table can be used"),
            (None, _) => Fault::new(Code::MissingField, "there are several templates"),
        };
        fault.at("--template").hint(format!("name one of {}", templates.names().join(", ")))
    })
}

fn none() -> Fault {
    Fault::new(Code::NotFound, "the table has no templates in this context")
        .at("--context")
        .hint("try another one: in this one no column is exported")
}

/// Lists templates, and why others are none.
fn show(templates: &Templates, is_json: bool) {
    if is_json {
        return exit::print(&templates.listing().to_string());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(["template", "type", "outputs"]);
    for template in templates.usable() {
        let outputs = template.outputs.len().to_string();
        table.add_row([plain(&template.displayname), kind(template).to_owned(), outputs]);
    }
    exit::print(&table.to_string());
    templates.dropped.iter().for_each(tell);
}

fn kind(template: &Template) -> &'static str {
    match template.kind {
        Kind::Bag => "BAG",
        Kind::File => "FILE",
    }
}

/// Tells why a template is none.
fn tell(dropped: &Dropped) {
    exit::say(&plain(&format!("left out: {dropped} ({})", dropped.flaw.hint())));
}

/// A text without control characters that a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proto::deriva::templates::Flaw;
    use serde_json::json;

    use super::*;

    fn templates(names: &[&str]) -> Templates {
        let template = |name: &&str| {
            let template = json!({"displayname": name, "type": "BAG", "outputs": [
                {"source": {"api": "entity"}, "destination": {"type": "csv"}}]});
            Template::read(&template).unwrap()
        };
        let valid = names.iter().map(template).collect();
        Templates { valid, dropped: Vec::new(), csv: None }
    }

    #[test]
    fn a_template_is_named_unless_it_is_the_only_one() {
        let check = |names: &[&str], name: Option<&str>, expected: Result<&str, Code>| {
            let templates = templates(names);
            let chosen = chosen(&templates, name);
            let chosen = chosen.map(|template| template.displayname.as_str());
            assert_eq!(chosen.map_err(|fault| fault.code), expected, "{names:?} {name:?}");
        };
        check(&["A"], None, Ok("A"));
        check(&["A", "B"], Some("B"), Ok("B"));
        check(&["A", "B"], None, Err(Code::MissingField));
        check(&["A", "B"], Some("C"), Err(Code::NotFound));
        check(&[], None, Err(Code::NotFound));
        check(&[], Some("A"), Err(Code::NotFound));
    }

    #[test]
    fn the_file_of_the_rows_is_chosen_where_there_is_nothing_else() {
        let csv = templates(&["CSV"]).valid.pop();
        let chosen_of = |names: &[&str], name: Option<&str>| {
            let templates = Templates { csv: csv.clone(), ..templates(names) };
            chosen(&templates, name).ok().map(|template| template.displayname.clone())
        };
        assert_eq!(chosen_of(&[], None).as_deref(), Some("CSV"));
        assert_eq!(chosen_of(&["A"], None).as_deref(), Some("A"));
        assert_eq!(chosen_of(&["A"], Some("CSV")).as_deref(), Some("CSV"));
        let (place, flaw) = ("table s:t.templates[0]".to_owned(), Flaw::NoOutputs);
        let dropped = vec![Dropped { place, displayname: None, flaw }];
        let mistaken = Templates { valid: Vec::new(), dropped, csv: csv.clone() };
        assert_eq!(chosen(&mistaken, None).err().map(|fault| fault.code), Some(Code::NotFound));
    }
}
