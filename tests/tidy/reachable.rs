//! No dead files: every Rust file is a target or a module of one, and every other file is named
//! by something that uses it.

use std::collections::BTreeSet;

use cargo_metadata::MetadataCommand;

use crate::tree::{File, files, report, root};

/// Files that tools find by their name.
const FOUND_BY_NAME: [&str; 14] = [
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "build.rs",
    "clippy.toml",
    "deny.toml",
    "package-lock.json",
    "package.json",
    "rustfmt.toml",
];

/// The files that `mod name;` in `path` can mean.
fn module_files(path: &str, root_file: bool, name: &str) -> [String; 2] {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    let base = if root_file {
        folder.to_string()
    } else {
        format!("{folder}/{stem}")
    };
    [format!("{base}/{name}.rs"), format!("{base}/{name}/mod.rs")]
}

/// The file that `#[path = "..."]` states for a module declared in `path`.
fn stated_path(path: &str, module: &syn::ItemMod) -> Option<String> {
    let stated = module.attrs.iter().find_map(|attribute| {
        let value = attribute.meta.require_name_value().ok()?;
        match &value.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) if value.path.is_ident("path") => Some(text.value()),
            _ => None,
        }
    })?;
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in stated.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Adds `path` and the modules that it declares to `reached`.
fn follow(path: &str, root_file: bool, reached: &mut BTreeSet<String>) {
    let Ok(text) = std::fs::read_to_string(root().join(path)) else {
        return;
    };
    if !reached.insert(path.to_string()) {
        return;
    }
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    for item in &syntax.items {
        if let syn::Item::Mod(module) = item
            && module.content.is_none()
        {
            if let Some(file) = stated_path(path, module) {
                follow(&file, true, reached);
            }
            for file in module_files(path, root_file, &module.ident.to_string()) {
                follow(&file, false, reached);
            }
        }
    }
}

/// Every Rust file that a target of the workspaces reaches.
fn reached_sources() -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    for manifest in [
        "Cargo.toml",
        "contracts/examples/Cargo.toml",
        "fuzz/libfuzzer/Cargo.toml",
        "fuzz/wasmer/Cargo.toml",
    ] {
        let metadata = MetadataCommand::new()
            .manifest_path(root().join(manifest))
            .no_deps()
            .exec()
            .expect("cargo metadata runs");
        for target in metadata
            .packages
            .iter()
            .flat_map(|package| &package.targets)
        {
            let path = target.src_path.as_std_path();
            let top = root().canonicalize().expect("the root exists");
            let path = path.canonicalize().expect("a target's file exists");
            let path = path
                .strip_prefix(top)
                .expect("a target lies in the repository");
            follow(&path.to_string_lossy(), true, &mut reached);
        }
    }
    reached
}

/// Whether some other file names this one: by its name, or by its stem where a table of names
/// with one extension refers to it.
fn is_named(file: &File, all: &[File]) -> bool {
    let stem = file.name().split('.').next().unwrap_or_default();
    all.iter()
        .filter(|other| other.path != file.path)
        .any(|other| {
            other.text.as_ref().is_some_and(|text| {
                text.contains(file.name()) || text.contains(&format!("\"{stem}\""))
            })
        })
}

#[test]
fn no_file_is_dead() {
    let all = files();
    let reached = reached_sources();
    let mut findings = Vec::new();
    for file in &all {
        // Sidecars are found by the hash in their name; `contracts/build.sh --check` compares them.
        let alive = FOUND_BY_NAME.contains(&file.name())
            || file.path.starts_with("contracts/artifacts/debug/")
            // proptest finds what once failed by the name of the test's file.
            || file.path.contains("/proptest-regressions/")
            || if file.extension() == "rs" && !file.path.starts_with("tests/fixtures/") {
                reached.contains(&file.path)
            } else {
                is_named(file, &all)
            };
        if !alive {
            findings.push(file.path.clone());
        }
    }
    report("files that nothing uses", &findings);
}
