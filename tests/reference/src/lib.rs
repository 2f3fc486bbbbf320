//! An independent Wasm interpreter that counts gas and stack operator by operator.
//!
//! The metering pass (`lockstep-gas-meter`) rewrites a module so that it pays for itself. This
//! crate answers the question whether what it pays is right. It executes the module as it was
//! uploaded, before any rewriting, and counts what the schedule asks for while it goes. The two
//! share the schedule's numbers and nothing else: this crate has its own mapping from operators
//! to prices (`price`), its own computation of frame sizes, its own idea of where
//! segments begin, and its own semantics of every operator.
//!
//! It keeps two counts that know nothing of each other. The *counted* gas grows by the price of
//! each operator as it is executed. The *charged* gas grows by the price of a whole segment when
//! the segment begins, as the document `docs/gas.md` prescribes; it decides when a run is out of
//! gas. Wherever gas can be observed (at a host call and at the return to the host) both must be
//! equal, and the interpreter panics when they are not.
//!
//! The input must have passed validation: the interpreter indexes and unwraps where validation
//! rules out the other case. It refuses (with [`Unsupported`]) what lies outside the accepted
//! subset, as far as it meets it.
//!
//! To read it, start with `module` (what a decoded module is), then `flatten` (how a body becomes
//! a flat list of steps), `segments`, `frame_size`, `call_tree`, `machine` (the loop) and `meter`
//! (the counts).

mod call_tree;
mod decode;
mod flatten;
mod frame_size;
mod host;
mod instance;
mod machine;
mod memory;
mod meter;
mod module;
mod numeric;
mod op;
mod price;
mod segments;
mod stop;
mod transfer;

pub use decode::Unsupported;
pub use host::{Host, HostCall, Refused};
pub use instance::Instance;
pub use meter::{Charge, ChargeKind, Meter};
pub use module::{FunctionType, Module};
pub use stop::Stop;
