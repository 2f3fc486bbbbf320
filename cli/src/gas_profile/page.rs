//! A page with a flame graph: one HTML file with everything in it, which needs no network.
//!
//! The stacks become a tree in a flat list, written as JSON into the template `page.html`. The
//! script there lays it out: the width of a frame is the gas of everything above it in the list.

use std::collections::BTreeMap;

use serde::Serialize;

use super::stacks::{FrameKind, GasProfile, Stack, StackFrame, bucket_name, buckets};
use super::summary::{Cost, Summary};

const TEMPLATE: &str = include_str!("page.html");

/// How many rows each table of the page has.
const ROWS: usize = 25;

/// What the script reads.
#[derive(Serialize)]
struct PageData {
    title: String,
    total: u64,
    buckets: Vec<(&'static str, u64)>,
    /// What frames are called, each name once.
    names: Vec<String>,
    /// The frames; a parent comes before its children. The first one is the whole.
    frames: Vec<PageFrame>,
    tables: Vec<PageTable>,
}

/// A frame, written as a list to save space.
#[derive(Serialize)]
struct PageFrame(
    /// The position of the frame it is in; its own for the first.
    usize,
    /// The position of its name.
    usize,
    /// What it is; nothing for the first.
    Option<FrameKind>,
    /// Its gas, with everything in it.
    u64,
    /// How many calls of a host function it was.
    u64,
);

#[derive(Serialize)]
struct PageTable {
    title: &'static str,
    rows: Vec<Cost>,
}

/// The page of a profile.
pub(crate) fn page(profile: &GasProfile) -> String {
    let used = profile.gas();
    let summary = Summary::of(profile.stacks());
    let mut tree = Tree::new(&profile.name);
    for stack in profile.stacks().filter(|stack| stack.gas > 0) {
        tree.add(stack);
    }
    let data = PageData {
        title: profile.name.clone(),
        total: used.total(),
        buckets: buckets(&used)
            .into_iter()
            .map(|(bucket, gas)| (bucket_name(bucket), gas))
            .collect(),
        names: tree.names,
        frames: tree.frames,
        tables: vec![
            table("Lines of the contracts' own code", summary.own_lines),
            table("Methods", summary.methods),
            table("Functions", summary.functions),
            table("Host functions", summary.host_functions),
            table("Storage keys", summary.keys),
        ],
    };
    // Plain structs always serialise. Inside a script element only `<` can do harm.
    let json = serde_json::to_string(&data).unwrap_or_else(|error| error.to_string());
    TEMPLATE.replace("DATA", &json.replace('<', "\\u003c"))
}

fn table(title: &'static str, rows: Vec<Cost>) -> PageTable {
    let used = rows.into_iter().filter(|cost| cost.gas > 0);
    PageTable {
        title,
        rows: used.take(ROWS).collect(),
    }
}

/// All stacks as one tree.
struct Tree<'p> {
    names: Vec<String>,
    frames: Vec<PageFrame>,
    positions: BTreeMap<String, usize>,
    children: BTreeMap<(usize, &'p StackFrame), usize>,
}

impl<'p> Tree<'p> {
    /// Nothing but the whole, which has this name.
    fn new(name: &str) -> Tree<'p> {
        Tree {
            names: vec![name.to_string()],
            frames: vec![PageFrame(0, 0, None, 0, 0)],
            positions: BTreeMap::from([(name.to_string(), 0)]),
            children: BTreeMap::new(),
        }
    }

    fn add(&mut self, stack: &'p Stack) {
        let mut at = 0;
        self.frames[at].3 += stack.gas;
        for frame in &stack.frames {
            at = self.child(at, frame);
            self.frames[at].3 += stack.gas;
        }
        self.frames[at].4 += stack.calls;
    }

    /// The position of a frame in another.
    fn child(&mut self, parent: usize, frame: &'p StackFrame) -> usize {
        let next = self.frames.len();
        let position = *self.children.entry((parent, frame)).or_insert(next);
        if position == next {
            let unused = self.names.len();
            let name = *self.positions.entry(frame.shown()).or_insert(unused);
            if name == unused {
                self.names.push(frame.shown());
            }
            self.frames
                .push(PageFrame(parent, name, Some(frame.kind), 0, 0));
        }
        position
    }
}
