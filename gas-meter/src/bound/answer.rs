//! What the analysis answers: the bound of one export, and what it is made of.

use lockstep_abi::HostFunction;
use serde::{Serialize, Serializer};

/// A place in the uploaded module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The index of the function, imports counted.
    pub function: u32,
    /// The offset of the operator in the file, in bytes.
    pub offset: u64,
}

/// A host function by its name.
fn by_name<S: Serializer>(function: &HostFunction, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(function.name())
}

/// A number that a run decides and that a bound grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Quantity {
    /// The length of the call's input in bytes.
    InputLength,
    /// The greatest length in bytes that `returned_length` answers at this place.
    ReturnedLength {
        /// The call.
        place: Place,
    },
    /// A parameter of the export itself, read as unsigned.
    Parameter {
        /// Its position, from 0.
        index: u32,
    },
    /// How often the loop at this place goes back to its head each time it is entered, at most.
    Repeats {
        /// The loop.
        place: Place,
    },
    /// The pages by which the memory grows in the whole run.
    Growth,
    /// The most pages that the `memory.grow` at this place asks for at a time.
    Pages {
        /// The operator.
        place: Place,
    },
    /// The most bytes that the bulk operator at this place is asked for at a time.
    BulkBytes {
        /// The operator.
        place: Place,
    },
    /// The most bytes that the call of a host function at this place names or gets at a time, in
    /// one of its arguments or in its answer.
    HostBytes {
        /// The host function.
        #[serde(serialize_with = "by_name")]
        function: HostFunction,
        /// The call.
        place: Place,
    },
}

/// Gas for each unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    /// Gas per unit.
    pub per_unit: u64,
    /// What is counted.
    pub quantity: Quantity,
    /// The quantity is never greater in a run that does not trap.
    pub quantity_max: u64,
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// It is the same in every run.
    Constant,
    /// It is computed from several others.
    Computed,
    /// A local that changes from one repeat of a loop to the next.
    Changing {
        /// The local's index.
        local: u32,
    },
    /// A parameter of the function.
    Parameter {
        /// Its position, from 0.
        index: u32,
    },
    /// A global.
    Global {
        /// Its index.
        index: u32,
    },
    /// A load from memory.
    Memory {
        /// The offset of the load in the file.
        offset: u64,
    },
    /// What a host function answers.
    Host {
        /// The host function.
        #[serde(serialize_with = "by_name")]
        function: HostFunction,
        /// The offset of the call in the file.
        offset: u64,
    },
    /// What a call of a function of the module gives back.
    Call {
        /// The offset of the call in the file.
        offset: u64,
    },
}

impl Source {
    /// The more telling of two sources; the first when both tell as much.
    pub(super) fn or(self, other: Source) -> Source {
        if self.tells() >= other.tells() {
            self
        } else {
            other
        }
    }

    /// How much a source says about why a number is not known.
    const fn tells(self) -> u8 {
        match self {
            Source::Constant => 0,
            Source::Computed => 1,
            Source::Changing { .. } => 2,
            Source::Global { .. } => 3,
            Source::Parameter { .. } => 4,
            Source::Call { .. } => 5,
            Source::Memory { .. } | Source::Host { .. } => 6,
        }
    }
}

/// Why a loop has no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Why {
    /// It repeats whatever happens.
    NoCondition,
    /// Whether it repeats depends on this number, and not on a counter.
    Depends {
        /// Where the number comes from.
        source: Source,
    },
    /// It counts, but may step over the end, or past the greatest number to 0.
    MayMissEnd {
        /// The local that it counts in.
        local: u32,
    },
    /// The end that it counts to may change while it runs.
    EndChanges {
        /// Where the end comes from.
        source: Source,
    },
    /// Only a bound far above the most gas of a transaction is known, for example because it stops
    /// no sooner than at the end of the memory, again and again.
    TooMany {
        /// The most repeats, if they are counted by themselves and not within another loop.
        #[serde(skip_serializing_if = "Option::is_none")]
        repeats: Option<u64>,
    },
}

/// What makes an export's gas unbounded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// A loop.
    Loop {
        /// The loop.
        place: Place,
        /// Why it has no bound.
        why: Why,
    },
    /// Functions that call each other in a circle; a `call_indirect` that may lead back counts.
    Recursion {
        /// The functions in the order of the calls; the last calls the first.
        functions: Vec<u32>,
        /// The call that closes the circle.
        place: Place,
    },
    /// Calls nest too deeply for the analysis to follow.
    CallDepth {
        /// The call that was not followed.
        place: Place,
    },
    /// The export is too large for the analysis: it ended here.
    TooComplex {
        /// Where it ended.
        place: Place,
    },
    /// The bytes or pages that an operator or host function is asked for, many times over.
    Amount {
        /// What may be too much.
        quantity: Quantity,
    },
    /// All that it can go through costs more than any transaction may use.
    GasLimit {
        /// The gas that a transaction may use at most.
        gas_limit_max: u64,
    },
}

/// What is known about the gas of one export, for every run that counts: that does not trap, or
/// that succeeds. A frame that traps uses all the gas that it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "bound", rename_all = "snake_case")]
pub enum Bound {
    /// Every run uses exactly this much.
    Exact {
        /// Gas.
        gas: u64,
    },
    /// No run uses more.
    AtMost {
        /// Gas.
        gas: u64,
    },
    /// No run uses more than `base` and all of `terms` together.
    Linear {
        /// The gas without the terms.
        base: u64,
        /// What is added, in the order of the quantities; never empty.
        terms: Vec<Term>,
        /// The sum when every quantity is as great as it can be; `None` when that is above the
        /// gas of any transaction.
        at_most: Option<u64>,
    },
    /// Nothing below the gas limit is known to hold.
    Unbounded {
        /// What makes it so, at most [`CAUSES_MAX`] of them, in the order of the functions.
        causes: Vec<Cause>,
        /// How many more there are.
        omitted: u64,
    },
    /// Every run traps, and so uses all the gas that it was given.
    Traps,
    /// No run succeeds, but some do not trap. Only of [`ExportBound::on_success`].
    Fails,
}

/// The most causes that [`Bound::Unbounded`] lists.
pub const CAUSES_MAX: usize = 50;

/// An export and its bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportBound {
    /// The export's name.
    pub name: String,
    /// The index of the exported function, imports counted.
    pub function: u32,
    /// What is known of all runs that do not trap.
    #[serde(flatten)]
    pub bound: Bound,
    /// Whether a run may make calls to contracts, make contracts or upgrade. What the callee uses
    /// comes on top: at most the gas limit that the call names.
    pub calls_contracts: bool,
    /// What is known of the runs that succeed.
    pub on_success: SuccessBound,
}

/// The bound of the runs that succeed: that return from the export, or that `return` or
/// `terminate` ends. Runs that revert, panic or trap do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuccessBound {
    /// What is known of them.
    #[serde(flatten)]
    pub bound: Bound,
    /// As [`ExportBound::calls_contracts`], of these runs.
    pub calls_contracts: bool,
}
