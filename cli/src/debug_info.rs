//! Where code comes from: function names and source lines, kept in a file beside the module.
//!
//! Code is paid for by its length, so what is deployed carries neither names nor DWARF. A
//! *sidecar* holds them, in the one form that a profile needs: for every operator the chain of
//! functions and lines that it stands for, inlined calls included. It is keyed by the hash of the
//! code section, which stripping leaves as it is, so it cannot be mistaken for that of other code.
//!
//! `strip` takes names and DWARF out of a module and writes the sidecar, `extract` reads them,
//! `sidecar` is the file format, and `find` looks for the file that belongs to a module.
//! `docs/gas.md` specifies the format.

mod chain;
mod extract;
mod find;
mod sections;
mod sidecar;
mod strip;

pub use chain::{Chain, Frame};
pub(crate) use extract::demangled;
pub(crate) use find::{beside, find, folder_of};
pub(crate) use sections::Sections;
pub use sidecar::{DebugInfo, DebugInfoError};
pub use strip::{Stripped, strip_module};
