//! The document of `lockstep gas profile --json`.

use std::collections::BTreeMap;

use lockstep_vm::GasUsed;
use serde::Serialize;

use super::stacks::{FrameKind, GasProfile, SourceLine, StackFrame, bucket_name};
use super::summary::Summary;
use crate::outcome_names::status_name;

/// The schema of the document.
pub(crate) const GAS_PROFILE_SCHEMA: &str = "lockstep.gas-profile/1";

/// Schema `lockstep.gas-profile/1`.
#[derive(Serialize)]
pub(crate) struct Document<'p> {
    schema: &'static str,
    scenario: String,
    /// The gas of all transactions together.
    gas: BucketsDocument,
    transactions: Vec<TransactionDocument>,
    /// Add up to `gas`, and those of a transaction to its own.
    stacks: Vec<StackDocument<'p>>,
    /// Add up to the Wasm gas whose line is known.
    lines: Vec<LineDocument<'p>>,
    summary: Summary,
}

#[derive(Serialize)]
struct BucketsDocument {
    total: u64,
    intrinsic: u64,
    wasm: u64,
    host: u64,
    storage: u64,
    forfeited: u64,
}

impl From<&GasUsed> for BucketsDocument {
    fn from(used: &GasUsed) -> BucketsDocument {
        BucketsDocument {
            total: used.total(),
            intrinsic: used.intrinsic,
            wasm: used.wasm,
            host: used.host,
            storage: used.storage,
            forfeited: used.forfeited,
        }
    }
}

#[derive(Serialize)]
struct TransactionDocument {
    block: u64,
    number: u64,
    name: String,
    action: String,
    /// The receipt's status, by name and number.
    status: String,
    status_code: u16,
    gas: BucketsDocument,
}

#[derive(Serialize)]
struct StackDocument<'p> {
    block: u64,
    number: u64,
    frames: Vec<&'p str>,
    kinds: Vec<FrameKind>,
    /// By frame: what its code is called, where other code has a frame of that name. Left out
    /// where no frame needs it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    codes: Vec<Option<String>>,
    bucket: &'static str,
    gas: u64,
    calls: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_line: Option<SourceLine>,
}

#[derive(Serialize)]
struct LineDocument<'p> {
    file: &'p str,
    line: u32,
    /// What the code is called, where other code has that line.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    gas: u64,
}

/// The document of a profile.
pub(crate) fn document(profile: &GasProfile) -> Document<'_> {
    let mut lines: BTreeMap<(&SourceLine, Option<&str>), u64> = BTreeMap::new();
    for stack in profile.stacks() {
        if let Some(line) = &stack.line {
            // The frame of the line is the last one.
            let code = stack.frames.last().and_then(|frame| frame.code.as_deref());
            *lines.entry((line, code)).or_default() += stack.gas;
        }
    }
    Document {
        schema: GAS_PROFILE_SCHEMA,
        scenario: profile.name.clone(),
        gas: BucketsDocument::from(&profile.gas()),
        transactions: profile
            .transactions
            .iter()
            .map(|transaction| TransactionDocument {
                block: transaction.block,
                number: transaction.number,
                name: transaction.name.clone(),
                action: transaction.action.clone(),
                status: status_name(transaction.status),
                status_code: transaction.status.code(),
                gas: BucketsDocument::from(&transaction.gas),
            })
            .collect(),
        stacks: stacks(profile),
        lines: lines
            .into_iter()
            .map(|((SourceLine { file, line }, code), gas)| LineDocument {
                file,
                line: *line,
                code: code.map(str::to_string),
                gas,
            })
            .collect(),
        summary: Summary::of(profile.stacks()),
    }
}

fn stacks(profile: &GasProfile) -> Vec<StackDocument<'_>> {
    let transactions = profile.transactions.iter();
    let stacks = transactions.flat_map(|transaction| {
        let stacks = transaction.stacks.iter();
        stacks.map(move |stack| (transaction, stack))
    });
    stacks
        .map(|(transaction, stack)| StackDocument {
            block: transaction.block,
            number: transaction.number,
            frames: stack.frames.iter().map(|frame| &*frame.name).collect(),
            kinds: stack.frames.iter().map(|frame| frame.kind).collect(),
            codes: codes(&stack.frames),
            bucket: bucket_name(stack.bucket),
            gas: stack.gas,
            calls: stack.calls,
            own_line: stack.own_line.clone(),
        })
        .collect()
}

fn codes(frames: &[StackFrame]) -> Vec<Option<String>> {
    if frames.iter().all(|frame| frame.code.is_none()) {
        return Vec::new();
    }
    let codes = frames.iter().map(|frame| frame.code.as_deref());
    codes.map(|code| code.map(str::to_string)).collect()
}
