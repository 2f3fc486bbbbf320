//! How much a run can do before it is seen that its gas has run out.
//!
//! The plan looks at the counter where code repeats or calls, and a function may be long, and its
//! fixed loops longer. So every function that is no leaf is gone through once more, along all ways
//! at once, with the most that was charged since the counter was last known not to be below 0; what
//! was charged is what may run. Where that would become too much, a charge is made to look, or, in
//! front of a call and at the end, a look is inserted:
//!
//! ```text
//!                         unpaid                         unpaid
//! charge 9,000             9,000    charge 9,000           9,000
//! if                                if
//!   charge 9,000          18,000      charge 9,000, look       0
//! end                     18,000    end                    9,000
//! charge 9,000            27,000    charge 9,000, look         0
//! ```
//!
//! What is unpaid goes on into callees and comes back with them:
//!
//! - a leaf looks nowhere, so all that it may charge is added behind the call;
//! - what may be unpaid behind a call of any other function is what may be at the callee's end, and
//!   the function looks when it is entered;
//! - a call through the table may lead to any of several, so the worst of them counts;
//! - where calls go in circles that would be known only when it is known. So [`RECURSION_GAS_MAX`]
//!   counts as unpaid wherever such a function begins, and behind each recursive call; and on every
//!   way from there to its end, or to the next call that relies on its caller to look, it adds no
//!   more than [`FRAME_GAS_MAX`] without a look. A call has two such ways, the one that begins in its
//!   callee and the one behind it, and was paid, in a charge that looked.
//!
//! A loop looks each time it goes round. When it does so at its head, nothing is unpaid there. A
//! loop that turns looks where it goes back or in front of that, and one that is paid two runs at a
//! time behind its first run, so what is unpaid in front of them is unpaid behind them; what is
//! charged behind that look, and ahead of it, is bounded by
//! [`AHEAD_GAS_MAX`](super::groups::AHEAD_GAS_MAX).

mod way;

use super::emit::Form;
use super::groups::{Groups, Link};
use crate::analysis::Analysis;
use crate::prepared::InternalError;

/// The most that may be charged without a look, but for what is added in circles of calls. It takes
/// some ten microseconds, and what can lead to it once more costs about as much: a call from contract
/// to contract.
const UNPAID_GAS_MAX: u64 = 1 << 14;

/// What counts as unpaid where a function begins that can be called again while it runs, and behind
/// a recursive call.
const RECURSION_GAS_MAX: u64 = 1 << 13;

/// The most that such a function adds to it without a look, once where it begins and once behind each
/// recursive call. Both together are less than what a call and a branch behind it have paid, without
/// which there is nothing more to charge behind the call; so what runs unpaid is less than what was
/// paid.
const FRAME_GAS_MAX: u64 = 8;

/// The most that is unpaid where it ends, or calls what relies on its caller to look.
const LEFT_GAS_MAX: u64 = RECURSION_GAS_MAX + FRAME_GAS_MAX;

/// Where to look at the counter besides, and what is unpaid then.
#[derive(Debug, Default)]
pub(super) struct Unpaid {
    /// The places: offset, and how many blocks are open there.
    pub(super) looks: Vec<(usize, u32)>,
    /// The most that is unpaid when the function returns.
    pub(super) at_end: u64,
    /// The most that is unpaid anywhere.
    pub(super) most: u64,
}

/// What is known at a place.
#[derive(Clone, Copy)]
struct Here {
    /// The most that is unpaid.
    gas: u64,
    /// The group that was charged last on every way here, if it can look and nothing was unpaid
    /// but by charges since.
    last: Option<Link>,
}

/// A block that is open.
pub(super) struct Open {
    /// Whether branches lead to its head.
    is_loop: bool,
    /// What holds on the ways to its end; `None` when there is none.
    end: Option<Here>,
    /// What holds where it opens, of an `if` without `else` so far.
    skipped: Option<Here>,
}

/// The way through a function.
struct Way<'w> {
    groups: &'w mut Groups,
    /// The next group.
    group: usize,
    /// The next call.
    site: usize,
    /// Whether the function can be called again while it runs.
    recursive: bool,
    /// The blocks that are open; the first is the function.
    open: &'w mut Vec<Open>,
    /// `None` where no way leads.
    here: Option<Here>,
    /// Up to this offset the counter may be below 0 for what is paid ahead.
    ahead_until: usize,
    unpaid: Unpaid,
}

/// Makes charges of a function look at the counter where too much would be unpaid, and finds where
/// to look besides. The function is no leaf, and its groups are final. One that does not look when it is
/// entered relies on whoever calls it to look. `open` is a buffer.
///
/// # Errors
/// Only a mistake in this crate.
pub(super) fn bound_unpaid(
    analysis: &Analysis<'_>,
    groups: &mut Groups,
    form: Form,
    open: &mut Vec<Open>,
) -> Result<Unpaid, InternalError> {
    let start = Here {
        gas: match form.checks_entry {
            true => 0,
            false => RECURSION_GAS_MAX,
        },
        last: None,
    };
    open.clear();
    open.push(Open {
        is_loop: false,
        end: None,
        skipped: None,
    });
    let mut way = Way {
        groups,
        group: 0,
        site: 0,
        recursive: form.recursive,
        open,
        here: Some(start),
        ahead_until: 0,
        unpaid: Unpaid {
            most: start.gas,
            ..Unpaid::default()
        },
    };
    for point in analysis.points {
        way.pass(point, analysis.targets)?;
    }
    if form.recursive {
        way.unpaid.at_end = way.unpaid.at_end.max(RECURSION_GAS_MAX);
    }
    Ok(way.unpaid)
}
