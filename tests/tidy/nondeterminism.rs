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

mod banned;
mod known;
mod names;

use proc_macro2::TokenStream;

use crate::tree::{report, rust_sources};
use banned::{BANNED, EXCUSED, FOLDERS};
use known::KNOWN;
use names::names;

/// Whether a path is, or lies in, what a name of the list stands for.
fn is_named(path: &str, name: &str) -> bool {
    match name.contains("::") {
        true => path == name || path.starts_with(&format!("{name}::")),
        false => path.split("::").any(|segment| segment == name),
    }
}

/// What a path could leak, if it is on the list.
fn leak(path: &str) -> Option<&'static str> {
    if path == ":p" {
        return Some("addresses of memory");
    }
    let (what, _) = BANNED
        .iter()
        .find(|(_, list)| list.iter().any(|name| is_named(path, name)))?;
    Some(what)
}

/// Whether a path leads into the standard library, to something that is not known to be harmless.
/// Of `std::fmt::Debug` the paths `std` and `std::fmt` are found as well; `next` is what was found
/// behind the path.
fn is_unknown(path: &str, next: Option<&str>) -> bool {
    if next.is_some_and(|next| next.starts_with(&format!("{path}::"))) {
        return false;
    }
    let Some((root, below)) = path.split_once("::") else {
        return false;
    };
    let is_standard = matches!(root, "std" | "core" | "alloc");
    let is_below = |known: &str| below == known || below.starts_with(&format!("{known}::"));
    is_standard && !KNOWN.iter().any(|known| is_below(known))
}

/// The findings of a source: line, path and what it could leak.
fn findings(text: &str) -> Vec<(usize, String, &'static str)> {
    let tokens: TokenStream = text.parse().expect("a source is Rust");
    let mut found = Vec::new();
    names(tokens, "", &mut found);
    let nexts = found.iter().skip(1).map(|(next, _)| Some(next.as_str()));
    let nexts = nexts.chain([None]);
    let mut findings = Vec::new();
    for ((path, line), next) in found.iter().zip(nexts) {
        let what = match leak(path) {
            None if is_unknown(path, next) => "what is not on the list of the known",
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
    for (path, text) in rust_sources() {
        let ours = FOLDERS.iter().any(|folder| path.starts_with(folder));
        if !ours || path.ends_with("/tests.rs") {
            continue;
        }
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
    for text in [
        "use std::{collections::{BTreeMap, HashMap}, fmt};",
        "fn f() { let now = ::std::time::Instant::now(); }",
        "fn f(x: &u8) { println!(\"{x:p}\"); }",
        "fn f(x: &u8) { println!(\"{:>#20p}\", x); }",
        "fn f(x: Box<u8>) -> usize { Box::leak(x) as *mut u8 as usize }",
        "fn f(x: Rc<u8>) -> usize { Rc::into_raw(x).addr() }",
        "fn f() { assert!(cfg!(debug_assertions)); }",
        "fn f(x: &[u8]) -> usize { x.as_ptr().addr() }",
        "fn f(x: &u8) -> usize { x as *const u8 as usize }",
        "fn f(x: &mut u8) { let x: *mut u8 = x; }",
        "fn f(x: &Rc<u8>) -> usize { Rc::strong_count(x) }",
        "use std::sync::{Arc, Once};",
        "fn f() -> u32 { line!() }",
        "#[cfg(not(windows))] fn f() {}",
        "fn f() -> bool { cfg!(any(unix, test)) }",
        // What is behind an item of the tests is read.
        "#[cfg(test)]\nmod tests;\nuse std::time::Instant;",
        "#[cfg(test)]\nmod tests { fn g() {} }\nfn f() { Instant::now(); }",
        "#[cfg(test)]\nuse a::{b, c};\nfn f() { Instant::now(); }",
        "struct S { #[cfg(test)] a: u8, b: Instant }",
        // On no list of what is bad.
        "use std::any::Any;",
        "use core::{fmt, task::Poll};",
        "use std::sync::*;",
        "fn f() { std::backtrace::capture(); }",
    ] {
        assert_eq!(findings(text).len().min(1), 1, "{text}");
    }
    for text in [
        "use std::collections::{BTreeMap, BTreeSet}; fn f() { let random_access = 1; }",
        "// Instant\nfn f() { \"HashMap\"; }",
        "fn f() {}\n#[cfg(test)]\nmod tests { use std::time::Instant; }",
        "use std::{fmt::{self, Debug}, rc::Rc}; fn g(env_like: u8) {}",
        "use std::collections::btree_map; fn f() -> core::ops::Range<u8> { 0..1 }",
        "#[cfg(test)]\n#[must_use]\npub(crate) fn f() -> Instant { now() }\nfn g() {}",
        "#[cfg(test)]\nuse std::{fs, time::Instant};\nfn g() {}",
        "fn f(x: &[u8], line: u8) { for part in x.windows(2) { if line != 1 {} } }",
        "fn f(a: u8, b: &u8) -> u8 { a * *b }",
    ] {
        assert_eq!(findings(text), [], "{text}");
    }
}
