//! Where two executions of the same history part, if they do.
//!
//! Transactions are compared in order, and of each the ending, the gas by bucket, the output, the
//! events, the state it changed, its host calls, and what each frame left behind; then the block's
//! roots. The first difference names the transaction. The first host call that differs in it is
//! looked for as well, because it is often closer to the cause than what the receipt shows. A dry run
//! that said something else than what then happened is a difference of its own. `words` says all of
//! this as text.

mod words;

use lockstep_vm::{Event, Receipt};
use serde::Serialize;

use super::execution::{CallOutcome, Change, Ending, Execution, FrameOutcome, TransactionOutcome};
use crate::outcome_names::status_name;
use words::{bytes, call, change, ending, event, frame, gas};

/// The first difference of two executions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The position of the block after the history's snapshot.
    pub block: usize,
    /// The position of the transaction in its block; nothing when only the block's roots differ.
    pub transaction: Option<usize>,
    /// What differs.
    pub field: String,
    /// What the base world has.
    pub base: String,
    /// What the other world has.
    pub other: String,
    /// The first host call of the transaction that differs, if one does.
    pub call: Option<CallDifference>,
    /// Whether the world came to the same, but not what its dry run had said.
    pub in_dry_run: bool,
}

/// A host call that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallDifference {
    /// Its position among the transaction's host calls, from 0.
    pub position: usize,
    /// The base world's call, if it has one there.
    pub base: Option<String>,
    /// The other world's call, if it has one there.
    pub other: Option<String>,
}

/// The first difference between the base world and another; nothing when they agree.
pub fn compare(base: &Execution, other: &Execution) -> Option<Divergence> {
    for (block, ours) in base.blocks.iter().enumerate() {
        let Some(theirs) = other.blocks.get(block) else {
            return Some(stopped(block, None, base, other));
        };
        for (position, transaction) in ours.transactions.iter().enumerate() {
            let Some(their) = theirs.transactions.get(position) else {
                return Some(stopped(block, Some(position), base, other));
            };
            if let Some(mut found) = transactions(transaction, their) {
                (found.block, found.transaction) = (block, Some(position));
                return Some(found);
            }
        }
        if theirs.transactions.len() > ours.transactions.len() {
            let position = Some(ours.transactions.len());
            return Some(stopped(block, position, base, other));
        }
        let roots = [
            (
                "the receipts' root",
                &ours.receipts_root,
                &theirs.receipts_root,
            ),
            ("the state's root", &ours.state_root, &theirs.state_root),
        ];
        for (field, ours, theirs) in roots {
            if ours != theirs {
                let (ours, theirs) = (bytes(&ours.0), bytes(&theirs.0));
                return Some(difference(field, ours, theirs, None).in_block(block));
            }
        }
    }
    let stops = base.fatal.is_some() != other.fatal.is_some();
    let more = other.blocks.len() > base.blocks.len();
    (stops || more).then(|| stopped(base.blocks.len().saturating_sub(1), None, base, other))
}

impl Divergence {
    fn in_block(mut self, block: usize) -> Divergence {
        self.block = block;
        self
    }
}

fn difference(
    field: impl Into<String>,
    base: String,
    other: String,
    call: Option<CallDifference>,
) -> Divergence {
    Divergence {
        block: 0,
        transaction: None,
        field: field.into(),
        base,
        other,
        call,
        in_dry_run: false,
    }
}

/// One of the two went on where the other stopped.
fn stopped(
    block: usize,
    transaction: Option<usize>,
    base: &Execution,
    other: &Execution,
) -> Divergence {
    let shown = |execution: &Execution| match &execution.fatal {
        Some(reason) => format!("stopped: {reason}"),
        None => "went on".to_string(),
    };
    let mut found = difference("the machine", shown(base), shown(other), None);
    (found.block, found.transaction) = (block, transaction);
    found
}

fn transactions(base: &TransactionOutcome, other: &TransactionOutcome) -> Option<Divergence> {
    let call = match (&base.calls, &other.calls) {
        (Some(base), Some(other)) => first_call(base, other),
        _ => None,
    };
    let frame = match (&base.frames, &other.frames) {
        (Some(base), Some(other)) => first_frame(base, other),
        _ => None,
    };
    if base.ending == other.ending && call.is_none() && frame.is_none() {
        let said = other.dry_run.as_ref()?;
        let (field, ours, theirs) = endings(&other.ending, said)?;
        return Some(Divergence {
            in_dry_run: true,
            ..difference(format!("{field}, in a dry run"), ours, theirs, None)
        });
    }
    let (field, ours, theirs) = endings(&base.ending, &other.ending)
        .or(frame.filter(|_| call.is_none()))
        .unwrap_or_else(|| {
            let shown = |call: Option<&String>| call.cloned().unwrap_or_else(|| "none".to_string());
            let call = call.as_ref();
            let base = shown(call.and_then(|call| call.base.as_ref()));
            let other = shown(call.and_then(|call| call.other.as_ref()));
            ("a host call", base, other)
        });
    Some(difference(field, ours, theirs, call))
}

type Found = Option<(&'static str, String, String)>;

/// The first difference of two endings.
fn endings(base: &Ending, other: &Ending) -> Found {
    let (
        Ending::Included { receipt, changes },
        Ending::Included {
            receipt: their_receipt,
            changes: their_changes,
        },
    ) = (base, other)
    else {
        let (base, other) = (ending(base), ending(other));
        return (base != other).then_some(("the ending", base, other));
    };
    let decoded = (
        Receipt::from_bytes(&receipt.0),
        Receipt::from_bytes(&their_receipt.0),
    );
    let receipts = match &decoded {
        (Ok(ours), Ok(theirs)) => receipts(ours, theirs),
        _ => Some(("the receipt", bytes(&receipt.0), bytes(&their_receipt.0))),
    };
    receipts.or_else(|| first_change(changes, their_changes))
}

fn receipts(base: &Receipt, other: &Receipt) -> Found {
    if base.status != other.status {
        let (base, other) = (status_name(base.status), status_name(other.status));
        return Some(("the status", base, other));
    }
    let events = first_event(&base.events, &other.events);
    let fields = [
        ("the gas used", gas(&base.gas_used), gas(&other.gas_used)),
        ("the output", bytes(&base.output), bytes(&other.output)),
        ("the events", events.0, events.1),
        (
            "the deposit charged",
            base.deposit_charged.to_string(),
            other.deposit_charged.to_string(),
        ),
        (
            "the deposit refunded",
            base.deposit_refunded.to_string(),
            other.deposit_refunded.to_string(),
        ),
        ("the fee", base.fee.to_string(), other.fee.to_string()),
    ];
    fields.into_iter().find(|(_, base, other)| base != other)
}

/// The first event that differs, if one does.
fn first_event(base: &[Event], other: &[Event]) -> (String, String) {
    let length = base.len().max(other.len());
    let position = (0..length)
        .find(|position| base.get(*position) != other.get(*position))
        .unwrap_or(length);
    (event(base, position), event(other, position))
}

fn first_change(base: &[Change], other: &[Change]) -> Found {
    let length = base.len().max(other.len());
    (0..length)
        .map(|position| (base.get(position), other.get(position)))
        .find(|(base, other)| base != other)
        .map(|(base, other)| ("the state changed", change(base), change(other)))
}

fn first_call(base: &[CallOutcome], other: &[CallOutcome]) -> Option<CallDifference> {
    let position = (0..base.len().max(other.len()))
        .find(|position| base.get(*position) != other.get(*position))?;
    Some(CallDifference {
        position,
        base: base.get(position).map(call),
        other: other.get(position).map(call),
    })
}

fn first_frame(base: &[FrameOutcome], other: &[FrameOutcome]) -> Found {
    let length = base.len().max(other.len());
    (0..length)
        .map(|position| (base.get(position), other.get(position)))
        .find(|(base, other)| base != other)
        .map(|(base, other)| ("what a frame left behind", frame(base), frame(other)))
}
