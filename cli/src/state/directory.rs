//! Opening a state directory, and what may be said of one that is there.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use lockstep_store::{Access, Disk, Opening, Settings, Store};

use super::place::refuse_in_state;
use super::version::version_report;
use crate::exit::Exit;
use crate::output_file::MAKE_ROOM;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::shell_word::shell_word;
use crate::state_failure::store_failure;
use crate::value::counted;

/// The most versions that a store keeps.
pub(crate) const KEPT_VERSIONS_MAX: u32 = 65_536;

/// The most memory for nodes that may be asked for, in MiB.
pub(crate) const CACHE_MB_MAX: u64 = 1 << 20;

/// A new store for a scenario, which begins with nothing.
///
/// # Errors
/// When the directory holds a state with blocks already, which is left as it is, is inside
/// another state, or cannot be used.
pub(crate) fn new_state_for_scenario(path: &Path, settings: Settings) -> Result<Store, Failure> {
    refuse_in_state(path)?;
    if let Ok((store, _)) = open_to_read(path)
        && store.last().number != 0
    {
        return Err(holds_a_state(path, &store)?);
    }
    let store = open_to_change(path, Access::ChangeOrCreate, settings);
    let store = store.map_err(|mut failure| {
        for problem in &mut failure.problems {
            if problem.code == ProblemCode::NotAState {
                problem.help = "name a directory that is empty or not there".to_string();
            }
        }
        failure
    })?;
    // Somebody else may have filled it in between.
    match store.last().number {
        0 => Ok(store),
        _ => Err(holds_a_state(path, &store)?),
    }
}

/// The failure of a scenario's run, with what is kept of it in the directory and what to do
/// with that.
pub(crate) fn say_what_is_kept(path: &Path, mut failure: Failure) -> Failure {
    let kept = open_to_read(path).and_then(|(store, _)| match store.last().number {
        0 => Ok(None),
        _ => kept_words(&store).map(Some),
    });
    let shown = path.display();
    let said = match kept {
        Ok(Some(kept)) => format!(
            "{shown} keeps the state that was committed, {kept} (`lockstep state root {} \
             --all` lists the blocks); to run the scenario again, delete {shown} or name \
             another directory",
            shell_word(&path.to_string_lossy())
        ),
        Ok(None) => {
            format!("nothing was committed to {shown}, so the scenario can be run there again")
        }
        Err(_) => format!(
            "what {shown} keeps cannot be read; to run the scenario again, delete {shown} or \
             name another directory"
        ),
    };
    if let Some(problem) = failure.problems.last_mut() {
        // What else it says of a full disk is said here of the directory.
        let cause = match problem.help.starts_with(MAKE_ROOM) {
            true => MAKE_ROOM,
            false => &problem.help,
        };
        problem.help = format!("{cause}; {said}");
    }
    failure
}

/// The store in a directory, for reading. Others may read at the same time. What stands behind the
/// last whole change is told on stderr and left.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(crate) fn read_state(path: &Path) -> Result<Store, Failure> {
    let (store, opening) = open_to_read(path)?;
    tell_made_again(path, &opening);
    if let Some(rest) = &opening.torn_tail {
        let found = counted(rest.bytes, "byte");
        tell(&format!(
            "note: the end of {}, {found}, is not read: {REST}; the next command that changes the \
             state cuts it off\n",
            rest.path.display()
        ));
    }
    Ok(store)
}

/// The store in a directory, for changing which versions it keeps. A change gives up none by
/// itself.
///
/// # Errors
/// When there is none, somebody else uses it, or it cannot be used.
pub(crate) fn change_state(path: &Path) -> Result<Store, Failure> {
    let settings = store_settings(Some(KEPT_VERSIONS_MAX), None);
    open_to_change(path, Access::Change, settings)
}

/// The store in a directory, for committing one block. If it is not said how many versions stay
/// readable, it is the default, or, where more are kept already, these and the new one.
///
/// # Errors
/// When there is none, somebody else uses it, or it cannot be used.
pub(crate) fn state_for_block(path: &Path, keep: Option<u32>) -> Result<Store, Failure> {
    let mut store = open_to_change(path, Access::Change, store_settings(keep, None))?;
    let kept = u32::try_from(store.statistics().kept_versions).unwrap_or(u32::MAX);
    if keep.is_none() && kept > Settings::default().kept_versions {
        store.keep_versions(kept.saturating_add(1));
    }
    Ok(store)
}

/// What the bytes behind the last whole change are.
const REST: &str = "a change that was not completed and not reported as done, or, if the file has \
    lost its end, what is left of such that were";

/// Says that the last change was made again, or why it could not be.
fn tell_made_again(path: &Path, opening: &Opening) {
    if let Some(why) = &opening.not_made {
        tell(&format!(
            "note: the last change, which may have been reported as done, cannot be made from {}, \
             and what is read is the state before it: {why}\n",
            path.join("wal").display()
        ));
    }
    if opening.made_again {
        tell(&format!(
            "note: the last change is made again from {}: whoever made it ended when it was durable \
             and its nodes were not\n",
            path.join("wal").display()
        ));
    }
}

/// Says something on stderr at once, so that it is said also if the command fails later.
fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// That a directory is not empty, so that a scenario cannot begin there.
fn holds_a_state(path: &Path, store: &Store) -> Result<Failure, Failure> {
    let message = format!(
        "{} holds a state already, {}; a scenario begins with an empty one",
        path.display(),
        kept_words(store)?
    );
    let help = "name another directory, or delete this one; what a run that was stopped has \
        committed is whole, and `lockstep state root DIRECTORY --all` lists it, but the \
        scenario cannot go on there";
    Ok(Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateExists, message, help),
    ))
}

/// The settings of a store with so many kept versions and so many MiB for nodes, or the defaults.
pub(crate) fn store_settings(kept_versions: Option<u32>, cache_mb: Option<u64>) -> Settings {
    let default = Settings::default();
    Settings {
        kept_versions: kept_versions.unwrap_or(default.kept_versions),
        cache_bytes: cache_mb.map_or(default.cache_bytes, |mb| mb.saturating_mul(1 << 20)),
        ..default
    }
}

/// What a store keeps: the last block and its root.
fn kept_words(store: &Store) -> Result<String, Failure> {
    let last = version_report(store, store.last())?;
    Ok(match last.height {
        Some(height) => format!("up to block {height} with root 0x{}", last.root),
        None => format!("with root 0x{}", last.root),
    })
}

/// Opens a directory for changes, which cuts off what stands behind the last whole one. That is told
/// on stderr.
fn open_to_change(path: &Path, access: Access, settings: Settings) -> Result<Store, Failure> {
    let (store, opening) = open(path, access, settings)?;
    tell_made_again(path, &opening);
    if let Some(rest) = &opening.torn_tail {
        let found = counted(rest.bytes, "byte");
        tell(&format!(
            "note: the end of {}, {found}, was cut off: {REST}\n",
            rest.path.display()
        ));
    }
    Ok(store)
}

fn open_to_read(path: &Path) -> Result<(Store, Opening), Failure> {
    open(path, Access::Read, Settings::default())
}

fn open(path: &Path, access: Access, settings: Settings) -> Result<(Store, Opening), Failure> {
    Store::on(Arc::new(Disk), path, access, settings).map_err(|error| store_failure(&error))
}

#[cfg(test)]
mod tests {
    use super::{state_for_block, store_settings};
    use crate::state::Sample;
    use lockstep_state_trie::Trie;
    use lockstep_store::{Settings, Store};

    /// How many versions are kept after a block is added to a state that keeps so many.
    fn kept_after_a_block(sample: &Sample, kept: u32, keep: Option<u32>) -> u64 {
        let _ = std::fs::remove_dir_all(sample.state());
        let settings = store_settings(Some(1_000), None);
        let mut trie = Trie::new(Store::create(&sample.state(), settings).expect("a store"));
        for number in 1..kept {
            let entry = (b"key".to_vec(), Some(number.to_le_bytes().to_vec()));
            trie.update([entry]).expect("a version");
        }
        let root = trie.root();
        drop(trie);
        let store = state_for_block(&sample.state(), keep).expect("a store");
        assert_eq!(store.statistics().kept_versions, u64::from(kept));
        let mut trie = Trie::open(store, root).expect("the root is kept");
        let entry = (b"key".to_vec(), Some(b"last".to_vec()));
        trie.update([entry]).expect("a version");
        trie.store().statistics().kept_versions
    }

    #[test]
    fn a_block_gives_up_no_version_that_somebody_chose_to_keep() {
        let sample = Sample::new("kept");
        assert_eq!(kept_after_a_block(&sample, 3, None), 4);
        assert_eq!(kept_after_a_block(&sample, 128, None), 128);
        assert_eq!(kept_after_a_block(&sample, 140, None), 141);
        assert_eq!(kept_after_a_block(&sample, 140, Some(5)), 5);
    }

    #[test]
    fn what_is_not_chosen_is_the_default() {
        assert_eq!(store_settings(None, None), Settings::default());
        let chosen = store_settings(Some(3), Some(7));
        assert_eq!((chosen.kept_versions, chosen.cache_bytes), (3, 7 << 20));
        assert_eq!(chosen.segment_bytes, Settings::default().segment_bytes);
    }
}
