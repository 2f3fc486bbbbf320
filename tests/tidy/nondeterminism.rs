//! Names that could let something other than the transaction and the state into a result. None of
//! them may stand in the sources of the consensus crates, nor, without an excuse, in those of the
//! engines, on which results are computed.
//!
//! `clippy.toml` bans a few of them with their types resolved; this list is longer and is about
//! names, so it also holds inside of macros and where a lint is lifted. [`banned`] has the list,
//! [`names`] reads sources. Test code is left out.
//!
//! A list of what is bad is never complete. So what is used of the standard library must besides
//! be on the list [`known`] of what is harmless, and every crate that these crates depend on on one of
//! its own (`imports.rs`).
//!
//! Names cannot tell everything. A function's address, which `{f:?}` prints for a function `f` as
//! `{:?}` does for any pointer, has no name of its own; nor has what a method is called on, so that
//! `width.to_le_bytes()` of a `usize` is for `clippy.toml`, whose lints know types, as `f as usize` is
//! for the block of lints of the consensus crates, which have no `as`.

mod banned;
mod examples;
mod excused;
mod known;
mod names;
mod sources;

use proc_macro2::TokenStream;

use crate::tree::report;
use banned::BANNED;
use examples::{HARMLESS, LEAKING};
use excused::EXCUSED;
use known::{KNOWN, KNOWN_CONDITIONS};
use names::{Found, names};
use sources::sources;

/// Whether a path is, or lies in, what a name of the list stands for.
fn is_named(path: &str, name: &str) -> bool {
    let mut segments = path.split("::");
    match name.strip_suffix('*') {
        Some(beginning) => segments.any(|segment| segment.starts_with(beginning)),
        None if name.contains("::") => path == name || path.starts_with(&format!("{name}::")),
        None => segments.any(|segment| segment == name),
    }
}

/// What a path could leak, if it is on the list.
fn leak(path: &str) -> Option<&'static str> {
    match path {
        ":p" => return Some("addresses of memory"),
        ":float" => return Some("floats"),
        _ => {}
    }
    let (what, _) = BANNED
        .iter()
        .find(|(_, list)| list.iter().any(|name| is_named(path, name)))?;
    Some(what)
}

/// Whether a path leads into the standard library, to something that is not known to be harmless, or
/// to all of something; or whether it is a condition that is not known to be.
/// Of `std::fmt::Debug` the paths `std` and `std::fmt` are found as well, each in front of the next;
/// what has nothing behind it is a name that something else can be reached by.
fn is_unknown(found: &[Found], at: usize) -> bool {
    let path = found[at].0.as_str();
    let next = found.get(at + 1).map_or("", |(next, _)| next);
    if let Some(condition) = path.strip_prefix("cfg(") {
        return !KNOWN_CONDITIONS.contains(&condition.trim_end_matches(')'));
    }
    let is_root = |segment: &str| matches!(segment, "std" | "core" | "alloc");
    let Some((root, below)) = path.split_once("::") else {
        let front = found[at.saturating_sub(2)..at].iter();
        let is_declared = next != "as" && front.map(|(name, _)| name).eq(["extern", "crate"]);
        return is_root(path) && !is_declared && !next.starts_with(&format!("{path}::"));
    };
    // A crate that hands on the library.
    if below.split("::").any(is_root) {
        return true;
    }
    let is_below = |known: &str| below == known || below.starts_with(&format!("{known}::"));
    let is_known = KNOWN.iter().any(|known| is_below(known)) && !below.ends_with("::*");
    is_root(root) && !is_known && !next.starts_with(&format!("{path}::"))
}

/// The findings of a source: line, path and what it could leak.
fn findings(text: &str) -> Vec<(usize, String, &'static str)> {
    let tokens: TokenStream = text.parse().expect("a source is Rust");
    let mut found = Vec::new();
    names(tokens, &mut found);
    let mut findings = Vec::new();
    for (at, (path, line)) in found.iter().enumerate() {
        let what = match leak(path) {
            None if is_unknown(&found, at) => "what is not on the list of the known",
            None => continue,
            Some(what) => what,
        };
        findings.push((*line, path.clone(), what));
    }
    findings
}

#[test]
fn consensus_crates_and_engines_name_nothing_that_could_leak() {
    let mut all = Vec::new();
    let mut files = 0;
    let mut unneeded: Vec<(&str, &str)> = EXCUSED
        .iter()
        .flat_map(|(file, names, _)| names.iter().map(|name| (*file, *name)))
        .collect();
    let excuses = unneeded.clone();
    for (path, text) in sources() {
        files += 1;
        for (line, found, what) in findings(&text) {
            let is_excuse = |(file, name): &&(&str, &str)| path == *file && is_named(&found, name);
            if let Some(excuse) = excuses.iter().find(is_excuse) {
                unneeded.retain(|other| other != excuse);
                continue;
            }
            all.push(format!("{path}:{line}: `{found}` could leak {what}"));
        }
    }
    assert!(
        files > 60,
        "only {files} files of the consensus crates were found"
    );
    report("sources of nondeterminism", &all);
    assert_eq!(unneeded, [], "these files no longer need their excuse");
}

#[test]
fn each_name_is_found_however_it_is_written() {
    for (what, names) in BANNED {
        for name in names {
            let text = format!("fn f() {{ g!({name}::x()); }}");
            let found = findings(&text);
            assert!(
                found.iter().any(|(_, _, found)| *found == what),
                "{name} is not found in {text}: {found:?}"
            );
        }
    }
    for text in LEAKING {
        assert_ne!(findings(text), [], "{text}");
    }
    for text in HARMLESS {
        assert_eq!(findings(text), [], "{text}");
    }
}
