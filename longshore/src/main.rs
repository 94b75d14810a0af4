//! Longshore, the one binary: a whole export in one process, or any role of a fleet.
//!
//! Here and nowhere else concrete backends are chosen. The commands are in `command/`, one file each;
//! their exit codes are those of [`exit::Exit`].

mod cli;
mod exit;
mod config;
mod compose;
mod telemetry;
mod command;

use clap::Parser;

/// Gives back what is freed, as `.cargo/config.toml` has it built. glibc's keeps a heap for each of many
/// threads, and each of them comes to hold the most that its thread ever had.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    let cli = cli::Cli::parse();
    // Before there are threads, whose stacks would count as memory too.
    if let cli::Command::ConvertImage { memory_bytes } = cli.command {
        return worker::convert_images(memory_bytes);
    }
    if let cli::Command::PluginGate { program } = &cli.command {
        return worker::plugin_gate(program);
    }
    #[cfg(feature = "sandbox-wasm")]
    if let Some(code) = of_untrusted(&cli.command) {
        return code;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&anyhow::Error::new(error)),
    };
    let result = runtime.block_on(command::run(cli));
    // What still runs is a blocking read at most; its process ends with it.
    runtime.shutdown_background();
    match result {
        Ok(exit) => exit.into(),
        Err(error) => exit::failed(&error),
    }
}

/// Does what plugins that nobody trusts are run by.
#[cfg(feature = "sandbox-wasm")]
fn of_untrusted(command: &cli::Command) -> Option<std::process::ExitCode> {
    if let cli::Command::CompileRuby { module } = command {
        return Some(worker::compile_ruby(module));
    }
    let cli::Command::PluginWasm { module, runtime, folder, work, memory_bytes, fuel } = command
    else {
        return None;
    };
    let (module, runtime) = (module.clone(), runtime.clone());
    let (folder, work) = (folder.clone(), work.clone());
    let (memory_bytes, fuel) = (*memory_bytes, *fuel);
    let untrusted = worker::Untrusted { module, runtime, folder, work, memory_bytes, fuel };
    Some(worker::run_untrusted(&untrusted))
}
