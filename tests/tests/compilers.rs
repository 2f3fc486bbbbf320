//! What compilers really emit can be deployed: the committed fixtures, one for each compiler that
//! contracts are written with, and the example contracts.
//!
//! `tests/fixtures/compilers/build.sh` and `contracts/build.sh` made the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi, MethodKind};
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use parity_scale_codec::Decode;
use sha2::{Digest, Sha256};
use wasmparser::{Operator, Parser, Payload};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

/// The Wasm files of a folder by name.
fn modules(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder exists");
    let modules: BTreeMap<String, Vec<u8>> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .map(|path| {
            let name = path
                .file_name()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read(path).expect("the file can be read"))
        })
        .collect();
    assert!(
        modules.len() >= 4,
        "{folder} holds {} modules",
        modules.len()
    );
    modules
}

const ARTIFACTS: &str = "contracts/artifacts";
const FIXTURES: &str = "tests/fixtures/compilers";

fn prepared(name: &str, bytes: &[u8]) -> PreparedModule {
    prepare(bytes, &Protocol::v1()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn fixture(name: &str) -> Vec<u8> {
    modules(FIXTURES)
        .remove(name)
        .unwrap_or_else(|| panic!("no fixture {name}"))
}

#[test]
fn every_compilers_output_is_accepted() {
    for (name, bytes) in modules(FIXTURES) {
        let module = prepared(&name, &bytes);
        assert!(
            module.has_method("init") && module.has_method("count"),
            "{name}"
        );
    }
}

/// The methods of a module as its Wasm exports them and as its ABI section describes them.
fn assert_abi_matches_exports(name: &str, bytes: &[u8]) {
    let module = prepared(name, bytes);
    let abi = abi(bytes).unwrap_or_else(|| panic!("{name} has no ABI section"));
    let described: BTreeSet<&str> = abi.methods.iter().map(|m| m.name.as_str()).collect();
    let exported: BTreeSet<&str> = module.methods().collect();
    assert_eq!(exported, described, "{name}");
    for method in &abi.methods {
        let kind = match method.name.as_str() {
            "init" => MethodKind::Init,
            "upgraded" => MethodKind::Upgraded,
            "holds_what_it_owes" => MethodKind::Invariant,
            _ => MethodKind::Call,
        };
        assert_eq!(method.kind, kind, "{name}: {}", method.name);
    }
}

/// The decoded ABI section, which holds nothing after the ABI.
fn abi(bytes: &[u8]) -> Option<ContractAbi> {
    let data = Parser::new(0)
        .parse_all(bytes)
        .find_map(|payload| match payload {
            Ok(Payload::CustomSection(section)) if section.name() == ABI_SECTION_NAME => {
                Some(section.data())
            }
            _ => None,
        })?;
    let (version, mut rest) = data
        .split_first()
        .expect("the section begins with its version");
    assert_eq!(*version, ABI_VERSION);
    let abi = ContractAbi::decode(&mut rest).expect("the section decodes");
    assert!(rest.is_empty(), "{} bytes follow the ABI", rest.len());
    Some(abi)
}

#[test]
fn the_example_contracts_are_accepted_and_describe_what_they_export() {
    for (name, bytes) in modules(ARTIFACTS) {
        assert_abi_matches_exports(&name, &bytes);
    }
    for name in [
        "rust-wasm32v1-none.wasm",
        "rust-wasm32-unknown-unknown.wasm",
    ] {
        assert_abi_matches_exports(name, &fixture(name));
    }
}

/// The names of the operators in a module, with the longest encoding of each in bytes.
fn operators(bytes: &[u8]) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CodeSectionEntry(body) = payload.expect("the module is well formed") else {
            continue;
        };
        let mut reader = body
            .get_operators_reader()
            .expect("the body is well formed");
        while !reader.eof() {
            let start = reader.original_position();
            let name = match reader.read().expect("the operator is well formed") {
                Operator::MemoryCopy { .. } => "memory.copy",
                Operator::MemoryFill { .. } => "memory.fill",
                Operator::I32Extend8S => "i32.extend8_s",
                Operator::I32Extend16S => "i32.extend16_s",
                Operator::CallIndirect { .. } => "call_indirect",
                _ => continue,
            };
            let length = reader.original_position() - start;
            let longest: &mut usize = found.entry(name).or_default();
            *longest = length.max(*longest);
        }
    }
    found
}

/// The fixtures hold what they are there for; a compiler with other habits shows here.
#[test]
fn the_fixtures_use_what_their_compilers_are_known_for() {
    let names = |name| operators(&fixture(name)).into_keys().collect::<Vec<_>>();
    assert_eq!(names("rust-wasm32v1-none.wasm"), ["call_indirect"]);
    let names_of_bulk_memory = [
        "call_indirect",
        "i32.extend8_s",
        "memory.copy",
        "memory.fill",
    ];
    assert_eq!(
        names("rust-wasm32-unknown-unknown.wasm"),
        names_of_bulk_memory
    );
    assert_eq!(
        names("assemblyscript.wasm"),
        [
            "call_indirect",
            "i32.extend16_s",
            "memory.copy",
            "memory.fill"
        ]
    );
    assert_eq!(
        names("assemblyscript-heap.wasm"),
        ["call_indirect", "i32.extend8_s", "memory.copy"]
    );
    assert_eq!(names("clang.wasm"), ["call_indirect"]);

    // The operator, then the type and table 0 in five bytes each, as the linker leaves them.
    let unknown = operators(&fixture("rust-wasm32-unknown-unknown.wasm"));
    assert_eq!(unknown["call_indirect"], 11);
}

#[test]
fn the_checksums_are_those_of_the_files() {
    for folder in [ARTIFACTS, FIXTURES] {
        let list =
            std::fs::read_to_string(root().join(folder).join("CHECKSUMS")).expect("CHECKSUMS");
        let listed: BTreeMap<String, String> = list
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once("  ").expect("HASH  NAME"))
            .map(|(hash, name)| (name.to_string(), hash.to_string()))
            .collect();
        let present: BTreeMap<String, String> = modules(folder)
            .into_iter()
            .map(|(name, bytes)| (name, hex::encode(Sha256::digest(&bytes))))
            .collect();
        assert_eq!(listed, present, "{folder}: run the folder's build script");
    }
}
