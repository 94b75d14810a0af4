//! The link by which a browser downloads the rows of a table as CSV from ERMrest itself.

use super::bag::MAIN;
use super::reference::Reference;
use super::rows::{self, Rows};
use super::shown::{Page, for_export};
use crate::percent::encoded;

/// The link for the rows of a reference; nothing where no column of them is exported. `client_id` is what the
/// client calls itself in the server's log.
pub fn csv_link(reference: &Reference<'_>, client_id: Option<&str>) -> Option<String> {
    let Reference { service, catalogue_id, table, root_path, context } = *reference;
    let page = if context == "compact" { Page::List } else { Page::Record };
    let rows = Rows { table, alias: MAIN, path: None, beside: None };
    let name = table.display_name();
    let source = rows::output(rows, &name, &for_export(table, page))?.source;
    // Whole rows have no path of their own; the slash stays.
    let path = source.path.unwrap_or_default();
    let client_id = client_id.map(|id| format!("&cid={id}")).unwrap_or_default();
    let download = if name.is_empty() { name } else { format!("&download={}", encoded(&name)) };
    Some(format!(
        "{service}/catalog/{catalogue_id}/{}/{root_path}/{path}?limit=none&accept=csv&uinit=1\
         {client_id}{download}",
        source.api.name()
    ))
}
