//! What real code is estimated at.

use std::fs;
use std::path::Path;

use lockstep_gas_meter::{Protocol, prepare};

use super::{compile_effort, compile_effort_max};

/// By how much real code must stay below the bound.
const MARGIN: u64 = 5;

#[test]
fn real_code_is_far_below_the_bound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut modules = 0;
    for folder in ["contracts/artifacts", "benches/workloads"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "wasm") {
                continue;
            }
            let code = fs::read(&path).expect("a file");
            let Ok(prepared) = prepare(&code, &Protocol::v1()) else {
                continue;
            };
            let (effort, max) = (compile_effort(&prepared), compile_effort_max(&prepared));
            let path = path.display();
            assert!(effort.saturating_mul(MARGIN) <= max, "{path}: {effort}");
            modules += 1;
        }
    }
    assert!(modules >= 6, "{modules}");
}
