//! What is known about all functions of a module, in a few lists.
//!
//! A module has hundreds of functions, most of them short. Their points, targets, loops and calls
//! stand one behind the other in lists of the whole module, so that none is allocated, copied and
//! freed for each function.

use super::straight::StraightLoop;
use super::{Callee, FrameFacts, Point};

/// Compiled contracts have at least this many bytes for each point.
const BYTES_PER_POINT: usize = 10;

/// What is known about one function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Analysis<'m> {
    /// What its frame holds, and where its code begins.
    pub(crate) frame: FrameFacts,
    /// The points in the order of the code.
    pub(crate) points: &'m [Point],
    /// The blocks to which the function's `br_table`s branch.
    pub(crate) targets: &'m [u32],
    /// The loops of straight code, in the order of the code.
    pub(crate) loops: &'m [StraightLoop],
    /// Every call in the code, in code that cannot be reached too.
    pub(crate) calls: &'m [Callee],
}

/// What is known about the functions that a module defines, in order.
#[derive(Debug, Default)]
pub(crate) struct Analyses {
    pub(super) points: Vec<Point>,
    pub(super) targets: Vec<u32>,
    pub(super) loops: Vec<StraightLoop>,
    pub(super) calls: Vec<Callee>,
    functions: Vec<(FrameFacts, Ends)>,
}

/// Where the items of a function end in each of the lists.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    points: usize,
    targets: usize,
    loops: usize,
    calls: usize,
}

impl Analyses {
    /// No functions yet, of a module of this length, with room for the points of ordinary code.
    pub(super) fn for_module(bytes: usize) -> Analyses {
        Analyses {
            points: Vec::with_capacity(bytes / BYTES_PER_POINT),
            ..Analyses::default()
        }
    }

    /// Ends a function: what was added to the lists since the one before is about it.
    pub(super) fn end_function(&mut self, frame: FrameFacts) {
        let ends = Ends {
            points: self.points.len(),
            targets: self.targets.len(),
            loops: self.loops.len(),
            calls: self.calls.len(),
        };
        self.functions.push((frame, ends));
    }

    /// How many functions there are.
    pub(crate) fn len(&self) -> usize {
        self.functions.len()
    }

    /// What is known about each function, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Analysis<'_>> {
        let mut from = Ends::default();
        self.functions.iter().map(move |(frame, to)| {
            let analysis = Analysis {
                frame: *frame,
                points: part(&self.points, from.points, to.points),
                targets: part(&self.targets, from.targets, to.targets),
                loops: part(&self.loops, from.loops, to.loops),
                calls: part(&self.calls, from.calls, to.calls),
            };
            from = *to;
            analysis
        })
    }
}

/// The items of one function.
fn part<T>(items: &[T], from: usize, to: usize) -> &[T] {
    items.get(from..to).unwrap_or_default()
}
