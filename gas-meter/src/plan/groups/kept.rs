//! What is needed of the functions of a cycle once all of them are grouped.
//!
//! A cycle can have hundreds of functions, so their items stand one behind the other in lists of
//! all, as those of [`Analyses`](crate::analysis::Analyses) do.

use super::{Calls, Group, Groups, Site, Turn};
use crate::analysis::Point;
use crate::prepared::InternalError;

/// The functions of a cycle, in the order in which they are kept.
#[derive(Default)]
pub(in crate::plan) struct Kept {
    groups: Vec<Group>,
    sites: Vec<Site>,
    quiet_heads: Vec<usize>,
    turns: Vec<Turn>,
    marked: Vec<Point>,
    functions: Vec<Function>,
}

/// What is known about a function besides its items.
#[derive(Clone, Copy)]
struct Function {
    leaf: bool,
    calls: Calls,
    charges_operands: bool,
    total: u64,
    ends: Ends,
}

/// Where the items of a function end in each of the lists.
#[derive(Clone, Copy, Default)]
struct Ends {
    groups: usize,
    sites: usize,
    quiet_heads: usize,
    turns: usize,
    marked: usize,
}

impl Kept {
    /// Keeps a function.
    pub(in crate::plan) fn push(&mut self, function: &Groups) {
        self.groups.extend_from_slice(&function.groups);
        self.sites.extend_from_slice(&function.sites);
        self.quiet_heads.extend_from_slice(&function.quiet_heads);
        self.turns.extend_from_slice(&function.turns);
        self.marked.extend_from_slice(&function.marked);
        self.functions.push(Function {
            leaf: function.leaf,
            calls: function.calls,
            charges_operands: function.charges_operands,
            total: function.total,
            ends: Ends {
                groups: self.groups.len(),
                sites: self.sites.len(),
                quiet_heads: self.quiet_heads.len(),
                turns: self.turns.len(),
                marked: self.marked.len(),
            },
        });
    }

    /// Makes `groups` those of the function at a position.
    ///
    /// # Errors
    /// None is kept there.
    pub(in crate::plan) fn restore(
        &self,
        position: usize,
        groups: &mut Groups,
    ) -> Result<(), InternalError> {
        let function = self.functions.get(position);
        let missing = || InternalError::new("a kept function is missing");
        let function = function.ok_or_else(missing)?;
        let before = position.checked_sub(1);
        let before = before.and_then(|before| self.functions.get(before));
        let (from, to) = (
            before.map(|before| before.ends).unwrap_or_default(),
            function.ends,
        );
        groups.clear(0);
        copy(&self.groups, from.groups, to.groups, &mut groups.groups);
        copy(&self.sites, from.sites, to.sites, &mut groups.sites);
        let heads = &mut groups.quiet_heads;
        copy(&self.quiet_heads, from.quiet_heads, to.quiet_heads, heads);
        copy(&self.turns, from.turns, to.turns, &mut groups.turns);
        copy(&self.marked, from.marked, to.marked, &mut groups.marked);
        groups.leaf = function.leaf;
        groups.calls = function.calls;
        groups.charges_operands = function.charges_operands;
        groups.total = function.total;
        Ok(())
    }
}

/// Appends the items from one position to another.
fn copy<T: Copy>(items: &[T], from: usize, to: usize, copies: &mut Vec<T>) {
    copies.extend_from_slice(items.get(from..to).unwrap_or_default());
}
