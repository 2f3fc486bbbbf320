//! The commands, one file each: from arguments to an [`Answer`](crate::Answer).

mod call;
mod check;
mod explain;
mod fuzz;
mod gas;
mod meter;
mod replay;
mod run;
mod state;
mod strip;

pub use call::{CallArguments, call_command};
pub use check::check;
pub use explain::explain;
pub use fuzz::{FuzzCommand, fuzz};
pub use gas::{GasCommand, gas};
pub use meter::meter;
pub use replay::{ReplayArguments, replay_command};
pub use run::{RunArguments, run_command};
pub use state::{StateCommand, state_command};
pub use strip::strip;
