//! What Ruby wants of the pages of browsers that it is made for. Here is no page: of all that, only the numbers by which
//! it hands its own objects out are there, and whatever else it calls ends it.

use wasmtime::{Caller, Linker, Module, Result, bail};

use super::ruby::Guest;

/// Where these functions are looked for.
const HANDLES: &str = "canonical_abi";

/// Most objects that are handed out: the one script that is run makes one.
const MOST_HANDLES: usize = 64;

/// Links what there is, and something that ends Ruby in place of all else.
pub(super) fn link(linker: &mut Linker<Guest>, module: &Module) -> Result<()> {
    for import in module.imports().filter(|import| import.module() == HANDLES) {
        let name = import.name();
        if name.starts_with("resource_new_") {
            linker.func_wrap(HANDLES, name, hand_out)?;
        } else if name.starts_with("resource_get_") {
            linker.func_wrap(HANDLES, name, handed_out)?;
        }
    }
    linker.define_unknown_imports_as_traps(module)
}

fn hand_out(mut caller: Caller<'_, Guest>, object: i32) -> Result<i32> {
    let handles = &mut caller.data_mut().handles;
    if handles.len() >= MOST_HANDLES {
        bail!("it hands out more than {MOST_HANDLES} objects");
    }
    handles.push(object);
    Ok(i32::try_from(handles.len())?)
}

fn handed_out(mut caller: Caller<'_, Guest>, handle: i32) -> Result<i32> {
    let handles = &caller.data_mut().handles;
    let place = usize::try_from(handle).ok().and_then(|handle| handle.checked_sub(1));
    match place.and_then(|place| handles.get(place)) {
        Some(object) => Ok(*object),
        None => bail!("it has handed out no object {handle}"),
    }
}
