//! What a profile consists of: per transaction a list of stacks, each with the gas that was used
//! at its end.

use std::fmt;
use std::sync::Arc;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{GasBucket, GasUsed, Status};
use serde::{Serialize, Serializer};

/// What a frame of a stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// The transaction, always the first frame.
    Transaction,
    /// A contract's method, run by the transaction or by a call from contract to contract.
    Method,
    /// A Wasm function.
    Function,
    /// A function that the compiler inlined into the one before it.
    Inlined,
    /// The source line at which Wasm gas was used.
    Line,
    /// A host function.
    Host,
    /// The storage key that the host function was given.
    Key,
    /// Gas that no operator and no host function used: intrinsic, load, instantiate, cut short,
    /// forfeited.
    Other,
}

/// One level of a stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StackFrame {
    /// What it is.
    pub kind: FrameKind,
    /// What it is called.
    pub name: Arc<str>,
    /// What the code is called that it belongs to, where other code of the profile has a frame of
    /// the same name.
    pub code: Option<Arc<str>>,
}

impl StackFrame {
    /// The name, with the code behind it where other code has one of that name, too:
    /// `transfer (@token)`.
    pub fn shown(&self) -> String {
        with_code(&self.name, self.code.as_deref())
    }
}

/// A name with the code that it belongs to, if that is needed.
fn with_code(name: &str, code: Option<&str>) -> String {
    match code {
        None => name.to_string(),
        Some(code) => format!("{name} ({code})"),
    }
}

/// A line of source code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SourceLine {
    /// The path as the compiler wrote it.
    #[serde(serialize_with = "text")]
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl fmt::Display for SourceLine {
    /// `FILE:LINE`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// A method that was entered: two codes of one contract, before and after an upgrade, may have
/// methods of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The contract whose storage it works on.
    pub contract: AccountId,
    /// The code that it belongs to.
    pub code: CodeHash,
    /// Its name.
    pub method: String,
}

/// Gas that was used at the end of one call stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The frames, outermost first.
    pub frames: Vec<StackFrame>,
    /// The innermost method on the stack, whose own gas this is; none for intrinsic gas.
    pub entry: Option<Entry>,
    /// The receipt's bucket.
    pub bucket: GasBucket,
    /// How much.
    pub gas: u64,
    /// How many calls of the host function it was; 0 for Wasm.
    pub calls: u64,
    /// The line of the operators, library code included; only for Wasm.
    pub line: Option<SourceLine>,
    /// The line of the contract's own code on whose behalf the gas was used: the innermost one on
    /// the stack.
    pub own_line: Option<SourceLine>,
    /// What the code of the own line is called, where other code of the profile has that line.
    pub own_line_code: Option<Arc<str>>,
}

impl Stack {
    /// The own line, with the code behind it where other code has that line, too.
    pub fn shown_own_line(&self) -> Option<String> {
        let line = self.own_line.as_ref()?;
        Some(with_code(&line.to_string(), self.own_line_code.as_deref()))
    }
}

/// One transaction that got a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionProfile {
    /// The height of its block.
    pub block: u64,
    /// Its number in the block, from 1.
    pub number: u64,
    /// What the scenario calls it.
    pub name: String,
    /// What it does, for example `call @token.transfer`.
    pub action: String,
    /// The receipt's status.
    pub status: Status,
    /// The receipt's gas, which is the sum of the stacks, bucket by bucket.
    pub gas: GasUsed,
    /// The stacks in the order of their frames; no two have the same frames, method and
    /// lines.
    pub stacks: Vec<Stack>,
}

impl TransactionProfile {
    /// The name of the first frame of each stack: `1.2 NAME`.
    pub fn title(&self) -> String {
        format!("{}.{} {}", self.block, self.number, self.name)
    }

    /// The sums of the stacks.
    pub fn sums(&self) -> GasUsed {
        let mut sums = GasUsed::default();
        for stack in &self.stacks {
            sums.add(stack.bucket, stack.gas);
        }
        sums
    }
}

/// The profile of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasProfile {
    /// What the scenario is called.
    pub name: String,
    /// The transactions in order.
    pub transactions: Vec<TransactionProfile>,
    /// What people should know about names and lines, for stderr.
    pub remarks: Vec<String>,
}

impl GasProfile {
    /// All stacks, transaction by transaction.
    pub fn stacks(&self) -> impl Iterator<Item = &Stack> {
        self.transactions
            .iter()
            .flat_map(|transaction| &transaction.stacks)
    }

    /// The gas of all transactions, by bucket.
    pub fn gas(&self) -> GasUsed {
        let mut sums = GasUsed::default();
        for transaction in &self.transactions {
            for (bucket, gas) in buckets(&transaction.gas) {
                sums.add(bucket, gas);
            }
        }
        sums
    }
}

/// A receipt's gas by bucket.
pub(super) fn buckets(used: &GasUsed) -> [(GasBucket, u64); 5] {
    [
        (GasBucket::Intrinsic, used.intrinsic),
        (GasBucket::Wasm, used.wasm),
        (GasBucket::Host, used.host),
        (GasBucket::Storage, used.storage),
        (GasBucket::Forfeited, used.forfeited),
    ]
}

/// What a bucket is called.
pub(super) const fn bucket_name(bucket: GasBucket) -> &'static str {
    match bucket {
        GasBucket::Intrinsic => "intrinsic",
        GasBucket::Wasm => "wasm",
        GasBucket::Host => "host",
        GasBucket::Storage => "storage",
        GasBucket::Forfeited => "forfeited",
    }
}
