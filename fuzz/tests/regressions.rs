//! What fuzzing found once stays mended: each file in the folder `regressions` goes through the oracle
//! that its folder is named after. The folder's `README.md` says what a file may be.

use std::path::{Path, PathBuf};

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_fuzz::exactness::Judge;
use lockstep_fuzz::{ORACLES, SEEDED};
use lockstep_gas_meter::Protocol;
use lockstep_reference::Module;

/// So many seeds choose arguments and prices for a module that is given as text.
const DRAWS: u64 = 16;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = listed
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    let name = path.file_name().expect("it has a name");
    name.to_string_lossy().into_owned()
}

/// Gives a file to the oracle.
fn replay(oracle: &str, file: &Path) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let is_text = file.extension().is_some_and(|extension| extension == "wat");
    match oracle {
        "exactness" if is_text => exactness(&String::from_utf8_lossy(&bytes)),
        "engines" if is_text => engines(&bytes),
        _ => judge(oracle, &bytes),
    }
}

/// A module in the text format beside the independent interpreter.
fn exactness(text: &str) -> Result<(), String> {
    let mut judge = Judge::default();
    (0..DRAWS).try_for_each(|draw| judge.text(draw, text))?;
    match judge.coverage.limited_calls > 0 {
        true => Ok(()),
        false => Err("no call was made".to_string()),
    }
}

/// A module in the text format on every engine.
fn engines(text: &[u8]) -> Result<(), String> {
    let module = wat::parse_bytes(text).map_err(|error| error.to_string())?;
    let known = Module::decode(&module, &Protocol::v1().schedule);
    let known = known.map_err(|error| error.to_string())?;
    let calls = ExportedCall::of_exports(&known, 1);
    let mut judge = EngineJudge::new().map_err(|error| error.to_string())?;
    (0..2).try_for_each(|prices| {
        let gas = EngineJudge::ample_gas(prices);
        judge.calls(prices, &module, &calls, gas).map(drop)
    })
}

/// Bytes for an oracle that takes them, or the eight bytes of a seed, the lowest first.
fn judge(oracle: &str, bytes: &[u8]) -> Result<(), String> {
    if let Some(known) = ORACLES.iter().find(|known| known.name == oracle) {
        return (known.judge)(bytes).map(drop);
    }
    let known = SEEDED.iter().find(|known| known.name == oracle);
    let known = known.ok_or("there is no such oracle")?;
    let seed = <[u8; 8]>::try_from(bytes).map_err(|_| "a seed has eight bytes")?;
    (known.judge)(u64::from_le_bytes(seed)).map(drop)
}

#[test]
fn what_was_found_stays_mended() {
    let table = include_str!("../regressions/README.md");
    let mut files = 0;
    let folders = entries(&folder());
    for folder in folders.iter().filter(|path| path.is_dir()) {
        let oracle = name(folder);
        let inputs = entries(folder);
        assert!(!inputs.is_empty(), "{oracle} is empty");
        for file in inputs {
            let named = format!("{oracle}/{}", name(&file));
            assert!(table.contains(&format!("| `{named}` |")), "no row: {named}");
            replay(&oracle, &file).unwrap_or_else(|finding| panic!("{named}: {finding}"));
            files += 1;
        }
    }
    assert!(files > 0, "there is nothing in the folder");
    assert_eq!(table.matches("\n| `").count(), files, "a row of no file");
}

#[test]
fn an_unknown_folder_and_a_short_seed_are_noticed() {
    assert!(judge("nothing", &[0; 8]).is_err());
    assert!(judge("engines", &[0; 7]).is_err());
}
