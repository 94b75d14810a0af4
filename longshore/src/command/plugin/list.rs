//! `plugin list`: the exporters that definitions can name here. Plugins that do not load are told of, and keep
//! none of the others away.

use comfy_table::{Table, presets};
use serde_json::json;

use super::host::{self, Exporter, Exporters};
use crate::cli;
use crate::command::sources::plain::plain;
use crate::config::Config;
use crate::exit::{self, Exit};

/// Lists them.
pub(super) async fn list(args: cli::ListPlugins, config: Config) -> anyhow::Result<Exit> {
    let Exporters { found: exporters, faults } = host::exporters(&config).await?;
    if args.json {
        let exporters: Vec<_> = exporters.iter().map(as_json).collect();
        exit::print(&json!({ "exporters": exporters }).to_string());
    } else if exporters.is_empty() && faults.is_empty() {
        exit::say("there is no exporter; [plugins] folders says where plugins are looked for");
    } else if !exporters.is_empty() {
        exit::print(&table(&exporters).to_string());
    }
    if faults.is_empty() {
        return Ok(Exit::Done);
    }
    for fault in &faults {
        exit::say(&format!("error: {}", exit::describe(fault)));
    }
    Ok(Exit::Failed)
}

fn as_json(exporter: &Exporter) -> serde_json::Value {
    json!({
        "plugin": exporter.plugin.name,
        "exporter": exporter.class,
        "name": exporter.name,
        "description": exporter.description,
        "modalities": exporter.modalities,
        "options": exporter.options,
        "shard": exporter.shard,
    })
}

fn table(exporters: &[Exporter]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["plugin", "exporter", "description", "modalities", "in parts"]);
    for exporter in exporters {
        let is_in_parts = exporter.shard.is_some_and(proto::plugin::shard::Shard::is_by_dataset);
        table.add_row([
            plain(&exporter.plugin.name),
            plain(&exporter.class),
            plain(&exporter.description),
            plain(&exporter.modalities.join(", ")),
            if is_in_parts { "by dataset" } else { "no" }.to_owned(),
        ]);
    }
    table
}
