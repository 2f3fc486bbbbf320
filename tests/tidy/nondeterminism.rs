//! Names that could let something other than the transaction and the state into a result. None of
//! them may stand in the sources of the consensus crates.
//!
//! `clippy.toml` bans a few of them with their types resolved; this list is longer and is about
//! names, so it also holds inside of macros and where a lint is lifted. Test code is left out.

use proc_macro2::{TokenStream, TokenTree};

use crate::tree::{report, rust_sources};

/// The folders that the list is about.
const CONSENSUS: [&str; 4] = [
    "contracts/abi/src/",
    "gas-meter/src/",
    "state-trie/src/",
    "vm/src/",
];

/// What each group of names could leak, and the names. A name with `::` is the beginning of a path;
/// one without is any part of a path, a method or a macro.
const BANNED: [(&str, &[&str]); 12] = [
    (
        "a clock",
        &["Instant", "SystemTime", "UNIX_EPOCH", "std::time", "chrono"],
    ),
    (
        "randomness",
        &[
            "rand",
            "getrandom",
            "fastrand",
            "OsRng",
            "thread_rng",
            "random",
        ],
    ),
    (
        "hash order",
        &[
            "HashMap",
            "HashSet",
            "hash_map",
            "hash_set",
            "RandomState",
            "DefaultHasher",
            "hashbrown",
            "ahash",
            "indexmap",
        ],
    ),
    (
        "threads and their order",
        &[
            "std::thread",
            "thread_local",
            "scoped_thread_local",
            "available_parallelism",
            "rayon",
            "crossbeam",
            "tokio",
            "Mutex",
            "RwLock",
            "Condvar",
            "mpsc",
            "std::sync::atomic",
            "core::sync::atomic",
            "AtomicU64",
            "AtomicUsize",
            "AtomicBool",
        ],
    ),
    (
        "what was computed before, in another transaction",
        &[
            "OnceLock",
            "LazyLock",
            "OnceCell",
            "LazyCell",
            "lazy_static",
            "once_cell",
        ],
    ),
    (
        "the environment",
        &[
            "std::env",
            "env",
            "option_env",
            "current_dir",
            "home_dir",
            "temp_dir",
        ],
    ),
    (
        "files, sockets, processes",
        &[
            "std::fs",
            "std::net",
            "std::process",
            "std::io",
            "std::os",
            "stdin",
            "Command",
        ],
    ),
    (
        "addresses of memory",
        &[
            "as_ptr",
            "as_mut_ptr",
            "from_ref",
            "from_mut",
            "addr_of",
            "expose_provenance",
            "NonNull",
            "std::ptr",
            "core::ptr",
            "ptr_eq",
        ],
    ),
    (
        "text of the compiler",
        &[
            "type_name",
            "type_name_of_val",
            "TypeId",
            "Location",
            "Backtrace",
        ],
    ),
    (
        "the machine's width, byte order and features",
        &[
            "to_ne_bytes",
            "from_ne_bytes",
            "size_of",
            "size_of_val",
            "align_of",
            "target_pointer_width",
            "target_endian",
            "target_arch",
            "target_os",
            "is_x86_feature_detected",
            "is_aarch64_feature_detected",
        ],
    ),
    (
        "the build profile",
        &[
            "debug_assert",
            "debug_assert_eq",
            "debug_assert_ne",
            "debug_assertions",
        ],
    ),
    ("floats", &["f32", "f64"]),
];

/// Files that may use a name all the same, and what takes the place of the ban. Each must need it.
const EXCUSED: [(&str, &str, &str); 2] = [
    (
        "vm/src/engine/reuse.rs",
        "Mutex",
        "guards instances that wait to be used again; `vm/tests/execution/reuse.rs` holds them \
         against fresh ones",
    ),
    (
        "vm/src/engine/lent.rs",
        "scoped_thread_local",
        "leads a guest back to the host of its own run, which is on the same thread",
    ),
];

/// A path in a source: its segments joined by `::`, and its line.
type Found = (String, usize);

/// Every path of the tokens, with the groups of `use` written out, and `{:p}` in literals.
fn paths(tokens: TokenStream, prefix: &str, found: &mut Vec<Found>) {
    let mut path = prefix.to_string();
    let mut colons = if prefix.is_empty() { 0 } else { 2 };
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let name = ident.to_string();
                path = match colons {
                    2 if !path.is_empty() => format!("{path}::{name}"),
                    _ => name,
                };
                colons = 0;
                found.push((path.clone(), line));
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                let inner = if colons == 2 { path.as_str() } else { "" };
                paths(group.stream(), inner, found);
                colons = 0;
            }
            TokenTree::Punct(_) => {
                path = prefix.to_string();
                colons = if prefix.is_empty() { 0 } else { 2 };
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains(":p}") || text.contains(":#p}") {
                    found.push((":p".to_string(), literal.span().start().line));
                }
                colons = 0;
            }
        }
    }
}

/// What a path could leak, if it is on the list.
fn leak(path: &str) -> Option<&'static str> {
    if path == ":p" {
        return Some("addresses of memory");
    }
    let last = path.rsplit("::").next().unwrap_or(path);
    let names = |name: &&str| match name.contains("::") {
        true => path == *name || path.starts_with(&format!("{name}::")),
        false => last == *name || path.split("::").any(|segment| segment == *name),
    };
    let (what, _) = BANNED.iter().find(|(_, list)| list.iter().any(&names))?;
    Some(what)
}

/// The findings of a source: line, path and what it could leak.
fn findings(text: &str) -> Vec<(usize, String, &'static str)> {
    let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let tokens: TokenStream = shipped.parse().expect("a source is Rust");
    let mut found = Vec::new();
    paths(tokens, "", &mut found);
    let leaks = found
        .into_iter()
        .filter_map(|(path, line)| Some((line, leak(&path)?, path)));
    leaks.map(|(line, what, path)| (line, path, what)).collect()
}

#[test]
fn consensus_crates_name_nothing_that_could_leak() {
    let mut all = Vec::new();
    let mut files = 0;
    let mut unneeded = EXCUSED.to_vec();
    for (path, text) in rust_sources() {
        let ours = CONSENSUS.iter().any(|folder| path.starts_with(folder));
        if !ours || path.ends_with("/tests.rs") {
            continue;
        }
        files += 1;
        for (line, name, what) in findings(&text) {
            let excuse = EXCUSED.iter().find(|(file, excused, _)| {
                path == *file && name.split("::").any(|segment| segment == *excused)
            });
            if let Some(excuse) = excuse {
                unneeded.retain(|other| other != excuse);
                continue;
            }
            all.push(format!("{path}:{line}: `{name}` could leak {what}"));
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
        "fn f() { assert!(cfg!(debug_assertions)); }",
        "fn f(x: &[u8]) -> usize { x.as_ptr().addr() }",
    ] {
        assert_eq!(findings(text).len().min(1), 1, "{text}");
    }
    for text in [
        "use std::collections::{BTreeMap, BTreeSet}; fn f() { let random_access = 1; }",
        "// Instant\nfn f() { \"HashMap\"; }",
        "fn f() {}\n#[cfg(test)]\nmod tests { use std::time::Instant; }",
        "use std::{fmt, rc::Rc}; fn g(env_like: u8) {}",
    ] {
        assert_eq!(findings(text), [], "{text}");
    }
}
