//! Which crate may import which: the table of ARCHITECTURE.md, checked against `cargo metadata`.
//!
//! The arrows keep the leaves small enough to reason about: the trie knows nothing of Wasm, the
//! metering pass nothing of accounts, and nothing that ships imports the tests.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, TargetKind};

use crate::tree::{report, root};

/// Each package and the packages of this workspace that it may depend on. `tests`, `fuzz` and
/// `benches` may import everything and be imported by nothing that ships.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("lockstep-abi", &[]),
    ("lockstep-sdk-macros", &[]),
    ("lockstep-sdk", &["lockstep-abi", "lockstep-sdk-macros"]),
    ("lockstep-state-trie", &[]),
    ("lockstep-store", &["lockstep-state-trie"]),
    ("lockstep-gas-meter", &["lockstep-abi"]),
    (
        "lockstep-vm",
        &["lockstep-abi", "lockstep-gas-meter", "lockstep-state-trie"],
    ),
    (
        "lockstep-engines",
        &[
            "lockstep-abi",
            "lockstep-gas-meter",
            "lockstep-state-trie",
            "lockstep-vm",
        ],
    ),
    (
        "lockstep-cli",
        &[
            "lockstep-abi",
            "lockstep-engines",
            "lockstep-gas-meter",
            "lockstep-state-trie",
            "lockstep-store",
            "lockstep-vm",
        ],
    ),
    (
        "lockstep-reference",
        &["lockstep-abi", "lockstep-gas-meter"],
    ),
    (
        "lockstep-benches",
        &[
            "lockstep-abi",
            "lockstep-engines",
            "lockstep-gas-meter",
            "lockstep-state-trie",
            "lockstep-store",
            "lockstep-vm",
        ],
    ),
    (
        "lockstep-fuzz",
        &[
            "lockstep-abi",
            "lockstep-cli",
            "lockstep-engines",
            "lockstep-gas-meter",
            "lockstep-reference",
            "lockstep-state-trie",
            "lockstep-store",
            "lockstep-tests",
            "lockstep-vm",
        ],
    ),
    (
        "lockstep-tests",
        &[
            "lockstep-abi",
            "lockstep-cli",
            "lockstep-engines",
            "lockstep-fuzz",
            "lockstep-gas-meter",
            "lockstep-reference",
            "lockstep-state-trie",
            "lockstep-store",
            "lockstep-vm",
        ],
    ),
];

/// The crates whose results are consensus, and the engines on which they are computed.
const CONSENSUS: [&str; 5] = [
    "lockstep-abi",
    "lockstep-engines",
    "lockstep-gas-meter",
    "lockstep-state-trie",
    "lockstep-vm",
];

/// All that they depend on besides each other: nothing else may get in unseen.
const ALLOWED_IN_CONSENSUS: [&str; 20] = [
    "blake2",
    "blake2b_simd",
    "ed25519-zebra",
    // The secret of the cache of compiled code; `nondeterminism/banned.rs` says where it is used.
    "getrandom",
    "hex",
    "k256",
    "p256",
    "parity-scale-codec",
    "scoped-tls-hkt",
    "serde",
    "sha2",
    "sha3",
    "stacker",
    "thiserror",
    "toml",
    "wasm-encoder",
    "wasmi",
    "wasmi_core",
    "wasmparser",
    "wasmtime",
];

fn workspace() -> cargo_metadata::Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_string()])
        .exec()
        .expect("cargo metadata runs")
}

#[test]
fn crates_import_only_what_the_architecture_allows() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let metadata = workspace();
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        seen.insert(name.to_string());
        let Some(imports) = allowed.get(name) else {
            findings.push(format!("{name} is not in the import table"));
            continue;
        };
        for dependency in &package.dependencies {
            let development = dependency.kind == DependencyKind::Development;
            let ours = dependency.name.starts_with("lockstep-");
            if ours && !development && !imports.contains(&dependency.name.as_str()) {
                findings.push(format!("{name} must not import {}", dependency.name));
            }
        }
    }
    for (name, _) in ALLOWED {
        if !seen.contains(name) {
            findings.push(format!(
                "{name} is in the import table and not in the workspace"
            ));
        }
    }
    report("the import table of ARCHITECTURE.md", &findings);
}

#[test]
fn packages_are_named_after_their_folders() {
    let mut findings = Vec::new();
    for package in workspace().workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .and_then(|path| path.file_name());
        let expected = format!("lockstep-{}", folder.expect("a package has a folder"));
        if package.name.as_str() != expected {
            findings.push(format!("{} should be {expected}", package.name));
        }
    }
    report("package names", &findings);
}

#[test]
fn consensus_crates_depend_on_nothing_that_is_not_listed() {
    let mut findings = Vec::new();
    let mut unused: BTreeSet<&str> = ALLOWED_IN_CONSENSUS.into();
    for package in workspace().workspace_packages() {
        if !CONSENSUS.contains(&package.name.as_str()) {
            continue;
        }
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if dependency.kind == DependencyKind::Development || CONSENSUS.contains(&name) {
                continue;
            }
            unused.remove(name);
            if !ALLOWED_IN_CONSENSUS.contains(&name) {
                findings.push(format!("{} depends on {name}", package.name));
            }
        }
    }
    report("dependencies that nobody has looked at", &findings);
    assert_eq!(unused, BTreeSet::new(), "no longer needed");
}

/// Whether a target of a consensus crate is part of its library, or may be, and is not read by
/// `nondeterminism.rs`: a build script, or a library that does not begin in `src/lib.rs`.
fn is_unread(kind: &TargetKind, path: &str) -> bool {
    match kind {
        TargetKind::Test | TargetKind::Bench | TargetKind::Example => false,
        TargetKind::Lib => !path.ends_with("/src/lib.rs"),
        _ => true,
    }
}

#[test]
fn consensus_crates_are_built_from_their_sources_alone() {
    assert!(is_unread(&TargetKind::CustomBuild, "vm/build.rs"));
    assert!(is_unread(&TargetKind::Lib, "vm/generated/lib.rs"));
    let mut findings = Vec::new();
    for package in workspace().workspace_packages() {
        if !CONSENSUS.contains(&package.name.as_str()) {
            continue;
        }
        for target in &package.targets {
            let path = target.src_path.as_str().replace('\\', "/");
            if target.kind.iter().any(|kind| is_unread(kind, &path)) {
                findings.push(format!("{}: {path}", package.name));
            }
        }
    }
    report("targets that nobody reads", &findings);
}

/// The packages that the binary `lockstep` is built from.
fn shipped(metadata: &cargo_metadata::Metadata) -> BTreeSet<cargo_metadata::PackageId> {
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let cli = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "lockstep-cli");
    let mut open = vec![cli.expect("the command line").id.clone()];
    let mut shipped = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !shipped.insert(id.clone()) {
            continue;
        }
        let node = resolve
            .nodes
            .iter()
            .find(|node| node.id == id)
            .expect("a resolved package");
        for dependency in &node.deps {
            let kinds = &dependency.dep_kinds;
            if kinds.iter().any(|kind| kind.kind == DependencyKind::Normal) {
                open.push(dependency.pkg.clone());
            }
        }
    }
    shipped
}

#[test]
fn engine_and_parser_are_pinned_and_single() {
    let metadata = workspace();
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let mut findings = Vec::new();
    for name in ["wasmi", "wasmparser", "wasm-encoder"] {
        if !manifest.contains(&format!("{name} = {{ version = \"=")) {
            findings.push(format!("{name} is not pinned with `=`"));
        }
    }
    let shipped = shipped(&metadata);
    for name in ["wasmi", "wasmparser", "wasm-encoder"] {
        let versions: BTreeSet<String> = metadata
            .packages
            .iter()
            .filter(|package| package.name.as_str() == name && shipped.contains(&package.id))
            .map(|package| package.version.to_string())
            .collect();
        // The older wasmi is an engine of its own, to compare with.
        let expected = if name == "wasmi" { 2 } else { 1 };
        let pinned = |version: &String| manifest.contains(&format!("version = \"={version}\""));
        if versions.len() != expected || !versions.iter().all(pinned) {
            findings.push(format!("{name} is shipped in versions {versions:?}"));
        }
    }
    report("pinned crates", &findings);
}
