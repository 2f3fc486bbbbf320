//! A page with a flame graph: one HTML file with everything in it, which needs no network.
//!
//! The stacks become a tree in a flat list, written as JSON into the template `page.html`. The
//! script there lays it out: the width of a frame is the gas of everything above it in the list.

use std::collections::BTreeMap;

use serde::Serialize;

use super::stacks::{FrameKind, GasProfile, StackFrame, bucket_name, buckets};
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
    /// The frames; a parent comes before its children. The first one is the whole.
    frames: Vec<PageFrame>,
    tables: Vec<PageTable>,
}

#[derive(Serialize)]
struct PageFrame {
    /// The position of the frame it is in; its own for the first.
    parent: usize,
    name: String,
    kind: Option<FrameKind>,
    gas: u64,
    calls: u64,
}

#[derive(Serialize)]
struct PageTable {
    title: &'static str,
    rows: Vec<Cost>,
}

/// The page of a profile.
pub(crate) fn page(profile: &GasProfile) -> String {
    let used = profile.gas();
    let summary = Summary::of(profile.stacks());
    let data = PageData {
        title: profile.name.clone(),
        total: used.total(),
        buckets: buckets(&used)
            .into_iter()
            .map(|(bucket, gas)| (bucket_name(bucket), gas))
            .collect(),
        frames: frames(profile),
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
fn frames(profile: &GasProfile) -> Vec<PageFrame> {
    let mut frames = vec![PageFrame {
        parent: 0,
        name: profile.name.clone(),
        kind: None,
        gas: 0,
        calls: 0,
    }];
    let mut children: BTreeMap<(usize, &StackFrame), usize> = BTreeMap::new();
    for stack in profile.stacks().filter(|stack| stack.gas > 0) {
        let mut at = 0;
        frames[at].gas += stack.gas;
        for frame in &stack.frames {
            let next = frames.len();
            at = *children.entry((at, frame)).or_insert_with(|| {
                frames.push(PageFrame {
                    parent: at,
                    name: frame.name.clone(),
                    kind: Some(frame.kind),
                    gas: 0,
                    calls: 0,
                });
                next
            });
            frames[at].gas += stack.gas;
        }
        frames[at].calls += stack.calls;
    }
    frames
}
