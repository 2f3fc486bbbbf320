//! The sources that are read: all of the folders, but the files of modules that are only built for
//! tests.

use std::collections::BTreeMap;

use super::banned::FOLDERS;
use crate::tree::rust_sources;

/// The sources, as path and text.
pub(super) fn sources() -> BTreeMap<String, String> {
    let ours = |path: &str| FOLDERS.iter().any(|folder| path.starts_with(folder));
    let all = rust_sources().into_iter().filter(|(path, _)| ours(path));
    let all: BTreeMap<String, String> = all.collect();
    let mut sources = all.clone();
    sources.retain(|path, _| !is_for_tests(path, &all));
    sources
}

/// Whether the file that declares the module of `path` says that it is only built for tests.
fn is_for_tests(path: &str, all: &BTreeMap<String, String>) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else {
        return false;
    };
    let name = file.trim_end_matches(".rs");
    let parents = [format!("{folder}.rs"), format!("{folder}/lib.rs")];
    let parent = parents.iter().find_map(|parent| all.get(parent));
    parent.is_some_and(|parent| declares_for_tests(parent, name))
}

/// Whether a source has a line `mod name;`, and none that is not behind `#[cfg(test)]`.
fn declares_for_tests(parent: &str, name: &str) -> bool {
    // What has no such line need not be parsed.
    if !parent.contains(&format!("mod {name};")) || !parent.contains("#[cfg(test)]") {
        return false;
    }
    let parent = syn::parse_file(parent).expect("a source is Rust");
    let modules = parent.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.ident == name && module.content.is_none() => Some(module),
        _ => None,
    });
    let is_test = |attribute: &syn::Attribute| {
        let word = attribute.parse_args::<syn::Ident>();
        attribute.path().is_ident("cfg") && word.is_ok_and(|word| word == "test")
    };
    let modules: Vec<bool> = modules
        .map(|module| module.attrs.iter().any(is_test))
        .collect();
    !modules.is_empty() && modules.iter().all(|only| *only)
}

#[test]
fn only_what_is_declared_for_tests_is_left_out() {
    for (parent, expected) in [
        ("#[cfg(test)]\nmod tests;", true),
        ("#[cfg(test)]\n#[expect(dead_code)]\nmod tests;", true),
        ("mod tests;\n#[cfg(test)]\nmod others;", false),
        ("// #[cfg(test)]\nmod tests;", false),
        ("#[cfg(not(test))]\nmod tests; // not #[cfg(test)]", false),
        (
            "#[cfg(test)]\nmod tests;\n#[cfg(not(test))]\nmod tests;",
            false,
        ),
    ] {
        assert_eq!(declares_for_tests(parent, "tests"), expected, "{parent}");
    }
}
