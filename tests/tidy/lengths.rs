//! Files and functions stay short enough to read at a glance. What is longer today stands in
//! `ratchets.txt` with its length, which may shrink and never grow.

use std::collections::BTreeMap;

use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::tree::{report, root, rust_sources};

const FILE_LINES_MAX: usize = 300;
const FUNCTION_LINES_MAX: usize = 70;

/// Collects the length of every function of a file.
struct Functions {
    found: Vec<(String, usize)>,
}

impl Functions {
    fn add(&mut self, name: &syn::Ident, block: &impl Spanned) {
        let span = block.span();
        let lines = span.end().line.saturating_sub(span.start().line) + 1;
        self.found.push((name.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig.ident, item);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig.ident, item);
        syn::visit::visit_impl_item_fn(self, item);
    }
}

/// Every place that is over its limit: `path` or `path::function`, with its lines.
fn over_the_limit() -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for (path, text) in rust_sources() {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            places.insert(path.clone(), lines);
        }
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut functions = Functions { found: Vec::new() };
        functions.visit_file(&syntax);
        for (name, lines) in functions.found {
            if lines > FUNCTION_LINES_MAX {
                places.insert(format!("{path}::{name}"), lines);
            }
        }
    }
    places
}

fn ratchets() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(root().join("tests/tidy/ratchets.txt")).expect("ratchets");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (place, lines) = line.rsplit_once(' ').expect("PLACE LINES");
            (place.to_string(), lines.parse().expect("a number of lines"))
        })
        .collect()
}

#[test]
fn files_and_functions_stay_short() {
    let places = over_the_limit();
    let ratchets = ratchets();
    let mut findings = Vec::new();
    for (place, lines) in &places {
        match ratchets.get(place) {
            None => findings.push(format!("{place} has {lines} lines: split it")),
            Some(allowed) if lines > allowed => {
                findings.push(format!(
                    "{place} grew from {allowed} to {lines} lines: split it"
                ));
            }
            Some(_) => {}
        }
    }
    for (place, allowed) in &ratchets {
        if places.get(place).is_none_or(|lines| lines < allowed) {
            findings.push(format!(
                "{place} is shorter than {allowed} now: tighten its ratchet"
            ));
        }
    }
    report("lengths: files 300 lines, functions 70", &findings);
}
