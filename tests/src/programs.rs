//! Hand-written modules, one per file in `tests/programs`, and the arguments they are called with.

use std::path::Path;

use lockstep_gas_meter::{Protocol, WasmPrices};
use lockstep_reference::FunctionType;

use crate::word::cut;

/// The files in `tests/programs`, in byte order.
const PROGRAMS: [&str; 10] = [
    "arithmetic.wat",
    "blocks.wat",
    "branches.wat",
    "calls.wat",
    "conditionals.wat",
    "engine_select.wat",
    "host_calls.wat",
    "loops.wat",
    "memory.wat",
    "traps.wat",
];

/// The modules in `tests/programs`, by file name in byte order.
///
/// # Panics
/// When the folder does not hold exactly the files of `PROGRAMS`, or one is not a module.
pub fn programs() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let found = binaries(&folder);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names, PROGRAMS,
        "the folder tests/programs and its table differ"
    );
    found
}

/// The modules in a folder, text or binary, by file name in byte order.
///
/// # Panics
/// When the folder or a file cannot be read, or a file is not a module.
pub fn binaries(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wat" || extension == "wasm")
        })
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = wat::parse_file(&path).expect("the file is a module");
            (name.into_owned(), bytes)
        })
        .collect();
    found.sort();
    found
}

/// Argument lists for a function: every mixture of a few numbers when it has up to two
/// parameters, and the same number throughout otherwise.
pub fn argument_lists(ty: &FunctionType) -> Vec<Vec<u64>> {
    const NUMBERS: [u64; 6] = [0, 1, 2, 3, 8, u64::MAX];
    match ty.params.as_slice() {
        [] => vec![Vec::new()],
        [first, second] => NUMBERS
            .iter()
            .flat_map(|a| NUMBERS.iter().map(move |b| (*a, *b)))
            .map(|(a, b)| vec![cut(*first, a), cut(*second, b)])
            .collect(),
        all => NUMBERS
            .iter()
            .map(|number| all.iter().map(|ty| cut(*ty, *number)).collect())
            .collect(),
    }
}

/// The same rules without the limits by which version 1 refuses blocks of several values, which the
/// pass and the engines know all the same.
pub fn with_several_values(mut protocol: Protocol) -> Protocol {
    protocol.limits.block_params_max = 16;
    protocol.limits.block_results_max = 16;
    protocol
}

/// Version 1 with a price of its own for every class of operator, so that a price taken from the
/// wrong class shows. With `memory_pages_max` pages of memory, and [`with_several_values`].
pub fn distinct_prices(memory_pages_max: u32) -> Protocol {
    let mut protocol = with_several_values(Protocol::v1());
    protocol.limits.memory_pages_max = memory_pages_max;
    protocol.schedule.wasm = WasmPrices {
        nop: 2,
        unreachable: 3,
        drop: 5,
        select: 7,
        constant: 11,
        local: 13,
        global: 17,
        arithmetic: 19,
        multiply: 23,
        divide: 29,
        load: 31,
        store: 37,
        branch: 41,
        branch_if: 43,
        branch_table: 47,
        conditional: 53,
        r#return: 59,
        call: 61,
        call_indirect: 67,
        function_entry: 71,
        per_local: 73,
        memory_size: 79,
        memory_grow: 83,
        memory_grow_per_page: 89,
        bulk: 97,
        bulk_per_byte: 101,
        data_drop: 103,
    };
    protocol
}
