//! Opening a state directory.

use std::path::Path;
use std::sync::Arc;

use lockstep_store::{Access, Disk, Opening, Settings, Store};

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state_failure::store_failure;

/// A directory in which `lockstep run --state` keeps a state.
pub(crate) struct StateDirectory;

impl StateDirectory {
    /// A new store for a scenario, which begins with nothing.
    ///
    /// # Errors
    /// When the directory holds a state with blocks already, or cannot be used.
    pub(crate) fn new_for_scenario(path: &Path) -> Result<Store, Failure> {
        let (store, _) = open(path, Access::ChangeOrCreate)?;
        let last = store.last();
        if last.number == 0 {
            return Ok(store);
        }
        let message = format!(
            "{} holds a state already, with root 0x{}; a scenario begins with an empty one",
            path.display(),
            last.root
        );
        let help = "name another directory, or look at this one with `lockstep state root`; to \
            run the scenario here again, delete the directory first";
        Err(Failure::new(
            Exit::Usage,
            Problem::new(ProblemCode::StateExists, message, help),
        ))
    }

    /// The store in a directory, for reading. Others may read at the same time.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Store, Failure> {
        Ok(open(path, Access::Read)?.0)
    }

    /// The store in a directory, for changing it, and a remark for the user if a crash had left
    /// something.
    ///
    /// # Errors
    /// When there is none, somebody else uses it, or it cannot be used.
    pub(crate) fn change(path: &Path) -> Result<(Store, String), Failure> {
        let (store, opening) = open(path, Access::Change)?;
        let remark = opening.torn_tail.map_or_else(String::new, |torn| {
            format!(
                "note: an unfinished block of {} bytes at the end of {} was cut off; it had not \
                 been committed\n",
                torn.bytes,
                torn.path.display()
            )
        });
        Ok((store, remark))
    }
}

fn open(path: &Path, access: Access) -> Result<(Store, Opening), Failure> {
    Store::on(Arc::new(Disk), path, access, Settings::default())
        .map_err(|error| store_failure(&error))
}
