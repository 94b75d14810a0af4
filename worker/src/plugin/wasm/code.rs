//! The code of Ruby, compiled for this machine. That takes about a minute, and is done once, when Ruby is installed: beside
//! its module is a folder with what came of it, which processes of plugins read and cannot write.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use wasmtime::{Cache, CacheConfig, Config, Engine, Module, Result, bail};

/// What is compiled lies here, beside the module.
const COMPILED: &str = "compiled";

/// The code, as it was compiled; it is compiled now where it was not, and a line in the log says so.
pub(super) fn module(module: &Path, mut printed: &File) -> Result<Module> {
    let cache = cache(module).ok();
    let code = Module::from_file(&engine(cache.clone())?, module)?;
    if cache.is_none_or(|cache| cache.cache_hits() == 0) {
        let hint = "`longshore compile-ruby` does that once for all of them";
        writeln!(printed, "Ruby was compiled for this process alone; {hint}")?;
    }
    Ok(code)
}

/// Compiles the code, where that is not done.
pub(super) fn compiled(module: &Path) -> Result<()> {
    let cache = cache(&module.canonicalize()?)?;
    let engine = engine(Some(cache.clone()))?;
    Module::from_file(&engine, module)?;
    // What is compiled is kept silently, or silently not.
    Module::from_file(&engine, module)?;
    if cache.cache_hits() == 0 {
        bail!("{} cannot be written", cache.directory().display());
    }
    Ok(())
}

fn cache(module: &Path) -> Result<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(module.with_file_name(COMPILED));
    Cache::new(config)
}

fn engine(cache: Option<Cache>) -> Result<Engine> {
    let mut config = Config::new();
    // Its places would be of C, and mean nothing to whoever wrote the plugin.
    config.consume_fuel(true).wasm_backtrace_max_frames(None).cache(cache);
    Engine::new(&config)
}
