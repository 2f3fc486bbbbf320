//! The commands, one file each: from arguments to an [`Answer`](crate::Answer).

mod check;
mod explain;
mod gas;
mod meter;
mod run;
mod strip;

pub use check::check;
pub use explain::explain;
pub use gas::{GasCommand, gas};
pub use meter::meter;
pub use run::{RunOptions, run_command};
pub use strip::strip;
