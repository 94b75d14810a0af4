//! Ruby, begun and given a script, by the functions that the module of <https://github.com/ruby/ruby.wasm> has for
//! those who embed it. Texts and lists are laid into its memory as they say there.

use wasmtime::{Instance, Linker, Memory, Module, Result, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime::{WasmParams, WasmResults, bail, format_err};
use wasmtime_wasi::p1::{self, WasiP1Ctx};

use super::pages;

/// What it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) memory_bytes: u64,
    pub(super) fuel: u64,
}

/// What belongs to it on this side.
pub(super) struct Guest {
    wasi: WasiP1Ctx,
    limits: StoreLimits,
    /// Its objects that were handed out.
    pub(super) handles: Vec<i32>,
}

/// Ruby, in a memory of its own.
pub(super) struct Ruby {
    store: Store<Guest>,
    instance: Instance,
    memory: Memory,
    names: Vec<String>,
}

impl Ruby {
    pub(super) fn begin(module: &Module, wasi: WasiP1Ctx, limits: Limits) -> Result<Self> {
        let engine = module.engine();
        let mut linker = Linker::new(engine);
        p1::add_to_linker_sync(&mut linker, |guest: &mut Guest| &mut guest.wasi)?;
        pages::link(&mut linker, module)?;
        let most = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        let held = StoreLimitsBuilder::new().memory_size(most).build();
        let mut store = Store::new(engine, Guest { wasi, limits: held, handles: Vec::new() });
        store.limiter(|guest| &mut guest.limits);
        store.set_fuel(limits.fuel)?;
        let instance = linker.instantiate(&mut store, module)?;
        let Some(memory) = instance.get_memory(&mut store, "memory") else {
            bail!("the module has no memory");
        };
        let names = module.exports().map(|export| export.name().to_owned()).collect();
        Ok(Self { store, instance, memory, names })
    }

    /// Runs a script with one argument. A script that ends Ruby itself comes back as the error `I32Exit`.
    pub(super) fn run(mut self, argument: &str, script: &str) -> Result<()> {
        self.call::<(), ()>("_initialize", ())?;
        let words = ["ruby", "-EUTF-8", "-e_=0", "--", argument];
        let words = self.list(&words)?;
        self.call::<(i32, i32), ()>("ruby-init", words)?;
        self.call::<(), ()>("ruby-init-loadpath", ())?;
        let script = self.text(script)?;
        self.call::<(i32, i32), i32>("rb-eval-string-protect", script)?;
        Ok(())
    }

    /// Calls a function, whose name in the module goes on with what it takes and gives.
    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, given: P) -> Result<R> {
        let is_it = |known: &&String| {
            known.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let known = self.names.iter().find(is_it);
        let known = known.ok_or_else(|| format_err!("the module has no function {name:?}"))?;
        let function = self.instance.get_typed_func::<P, R>(&mut self.store, known)?;
        function.call(&mut self.store, given)
    }

    /// A list of texts: where it begins, and how many there are.
    fn list(&mut self, texts: &[&str]) -> Result<(i32, i32)> {
        let mut list = Vec::new();
        for text in texts {
            let (place, len) = self.text(text)?;
            list.extend([place, len].into_iter().flat_map(i32::to_le_bytes));
        }
        Ok((self.lay(&list)?, i32::try_from(texts.len())?))
    }

    /// A text as C has it: where it begins, and how many bytes there are.
    fn text(&mut self, text: &str) -> Result<(i32, i32)> {
        let bytes = [text.as_bytes(), b"\0"].concat();
        Ok((self.lay(&bytes)?, i32::try_from(bytes.len())?))
    }

    fn lay(&mut self, bytes: &[u8]) -> Result<i32> {
        /// What a list of numbers has to begin at a multiple of.
        const ALIGNED: i32 = 4;
        let wanted = (0, 0, ALIGNED, i32::try_from(bytes.len())?);
        let place = self.call::<(i32, i32, i32, i32), i32>("cabi_realloc", wanted)?;
        // Places beyond 2 GiB are negative.
        let begin = usize::try_from(place.cast_unsigned())?;
        self.memory.write(&mut self.store, begin, bytes)?;
        Ok(place)
    }
}
