//! A disk in memory that does no favours: what was not synced is lost in any part when the machine
//! stops, and any step can fail.
//!
//! Every call that changes something is a *step*. A step can be told to stop the machine, to fail
//! once, or to find the disk full from then on. [`FailingDisk::restart`] then gives the disk as it
//! is found afterwards.

mod contents;
mod file;
mod names;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use lockstep_store::{Medium, MediumFile, Mode};

use crate::entries::Numbers;
use contents::Contents;
use file::FailingFile;
use names::{NameChange, Names};

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trip {
    /// The machine stops: this step and all later ones fail.
    Stop,
    /// This step fails, half done.
    Fail,
    /// This step fails, and the process ends before the next one.
    FailAndStop,
    /// From here on nothing can grow.
    Full,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Contents>,
    names: Names,
    durable_names: Names,
    pending_names: Vec<NameChange>,
    steps: u64,
    trip: Option<(u64, Trip)>,
    stopped: bool,
    full: bool,
    drops_unsynced: bool,
}

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub(crate) struct FailingDisk(Arc<Mutex<State>>);

impl FailingDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("no test panics while it holds the disk")
    }

    /// Has something happen at a step, counted from now.
    pub(crate) fn trip_after(&self, steps: u64, trip: Trip) {
        let mut state = self.state();
        state.trip = Some((state.steps + steps, trip));
    }

    /// Has a sync that fails forget the bytes or names that were to become durable, as systems do: they are
    /// there until the machine stops, and to sync again does not help.
    pub(crate) fn drop_unsynced(&self) {
        self.state().drops_unsynced = true;
    }

    /// How many steps there have been.
    pub(crate) fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Makes room, goes on if it has stopped, and lets nothing else happen.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.stopped = false;
        state.full = false;
        state.trip = None;
    }

    /// The bytes of a file.
    pub(crate) fn contents(&self, path: &Path) -> Vec<u8> {
        let state = self.state();
        state.files[state.names.files[path]].now.clone()
    }

    /// Puts other bytes into a file, past all rules.
    pub(crate) fn overwrite(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let id = state.names.files[path];
        state.files[id].put(bytes);
    }

    /// Puts a file there, past all rules.
    pub(crate) fn add(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let id = state.files.len();
        state.files.push(Contents::durable(bytes.to_vec()));
        let directories = state.names.missing(path.parent().expect("a directory"));
        let directories = directories.into_iter().map(NameChange::Directory);
        for change in directories.chain([NameChange::Set(path.to_path_buf(), id)]) {
            state.names.change(&change);
            state.durable_names.change(&change);
        }
    }

    /// The names of all files.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.state().names.files.keys().cloned().collect()
    }

    /// Takes a file away, past all rules.
    pub(crate) fn lose(&self, path: &Path) {
        let mut state = self.state();
        state.names.files.remove(path);
        state.durable_names.files.remove(path);
    }

    /// Gives a directory another name in the same folder, which is not synced.
    pub(crate) fn rename_directory(&self, from: &Path, to: &Path) {
        let change = NameChange::Move(from.to_path_buf(), to.to_path_buf());
        self.state().change_name(change);
    }

    /// The disk after the machine has stopped: of what was not synced, some sectors are there and
    /// some are not, and some of the changes of names.
    pub(crate) fn restart(&self, numbers: &mut Numbers) -> FailingDisk {
        let state = self.state();
        let mut names = state.durable_names.clone();
        for change in &state.pending_names {
            if numbers.below(2) == 0 {
                names.change(change);
            }
        }
        names.drop_unreachable();
        let files = state.files.iter();
        let files = files.map(|file| Contents::durable(file.after_stop(numbers)));
        FailingDisk(Arc::new(Mutex::new(State {
            files: files.collect(),
            durable_names: names.clone(),
            names,
            ..State::default()
        })))
    }
}

impl State {
    /// Counts a step, which may make a file grow, and fails it if that is its fate.
    fn step(&mut self, grows: bool) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        let trip = self.trip.filter(|(at, _)| *at == self.steps);
        self.steps += 1;
        match trip {
            Some((_, Trip::Stop)) => {
                self.stopped = true;
                return Err(io::Error::other("the machine stops"));
            }
            Some((_, Trip::Fail)) => return Err(io::Error::other("the disk fails")),
            Some((_, Trip::FailAndStop)) => {
                self.trip = Some((self.steps, Trip::Stop));
                return Err(io::Error::other("the disk fails"));
            }
            Some((_, Trip::Full)) => self.full = true,
            None => {}
        }
        if self.full && grows {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) {
        self.names.change(&change);
        self.pending_names.push(change);
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let found = self.names.files.get(path).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn find_directory(&self, path: &Path) -> io::Result<()> {
        let found = self.names.has_directory(path).then_some(());
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Medium for FailingDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step(true)?;
        for path in state.names.missing(path) {
            state.change_name(NameChange::Directory(path));
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.find_directory(directory)?;
        Ok(state.names.inside(directory))
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        let mut state = self.state();
        state.find_directory(path.parent().expect("a directory"))?;
        let id = match (state.find(path), mode) {
            (Ok(_), Mode::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Ok(id), _) => id,
            (Err(_), Mode::CreateNew | Mode::WriteOrCreate) => {
                state.step(true)?;
                state.files.push(Contents::default());
                let id = state.files.len() - 1;
                state.change_name(NameChange::Set(path.to_path_buf(), id));
                id
            }
            (Err(error), _) => return Err(error),
        };
        drop(state);
        Ok(Arc::new(FailingFile::new(self.clone(), id)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        let id = state.find(from)?;
        let (from, to) = (from.to_path_buf(), to.to_path_buf());
        state.change_name(NameChange::Rename { from, to, id });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(path)?;
        state.step(false)?;
        state.change_name(NameChange::Remove(path.to_path_buf()));
        Ok(())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find_directory(path)?;
        let is_done = |change: &NameChange| change.is_in(path);
        if let Err(error) = state.step(false) {
            if state.drops_unsynced && !state.stopped {
                state.pending_names.retain(|change| !is_done(change));
            }
            return Err(error);
        }
        let pending = std::mem::take(&mut state.pending_names);
        let (done, pending): (Vec<_>, Vec<_>) = pending.into_iter().partition(is_done);
        state.pending_names = pending;
        for change in &done {
            state.durable_names.change(change);
        }
        Ok(())
    }
}
