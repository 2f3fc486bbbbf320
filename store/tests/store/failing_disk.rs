//! A disk in memory that does no favours: what was not synced is lost in any part when the machine
//! stops, and any step can fail.
//!
//! Every call that changes something is a *step*. A step can be told to stop the machine, to fail
//! once, or to find the disk full from then on. [`FailingDisk::restart`] then gives the disk as it
//! is found afterwards.

mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use lockstep_store::{Medium, MediumFile, Mode};

use crate::entries::Numbers;
use file::FailingFile;

/// What is written or lost as a whole.
const SECTOR_BYTES: usize = 512;

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trip {
    /// The machine stops: this step and all later ones fail.
    Stop,
    /// This step fails, half done.
    Fail,
    /// From here on nothing can grow.
    Full,
}

#[derive(Clone, Debug)]
enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Clone, Debug, Default)]
struct Contents {
    now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
    locked_alone: bool,
    locked_together: u32,
}

#[derive(Clone, Debug)]
enum NameChange {
    Set(PathBuf, usize),
    /// From one name to another: never half of it.
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Contents>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    steps: u64,
    trip: Option<(u64, Trip)>,
    stopped: bool,
    full: bool,
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

    /// How many steps there have been.
    pub(crate) fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Makes room, and lets nothing else happen.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.full = false;
        state.trip = None;
    }

    /// The bytes of a file.
    pub(crate) fn contents(&self, path: &Path) -> Vec<u8> {
        let state = self.state();
        state.files[state.names[path]].now.clone()
    }

    /// Puts other bytes into a file, past all rules.
    pub(crate) fn overwrite(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let id = state.names[path];
        state.files[id].durable.clone_from(&bytes);
        state.files[id].now = bytes;
    }

    /// Puts a file there, past all rules.
    pub(crate) fn add(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let id = state.files.len();
        state.files.push(Contents {
            now: bytes.to_vec(),
            durable: bytes.to_vec(),
            ..Contents::default()
        });
        state.names.insert(path.to_path_buf(), id);
        state.durable_names.insert(path.to_path_buf(), id);
    }

    /// The names of all files.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// Takes a file away, past all rules.
    pub(crate) fn lose(&self, path: &Path) {
        let mut state = self.state();
        state.names.remove(path);
        state.durable_names.remove(path);
    }

    /// The disk after the machine has stopped: of what was not synced, some sectors are there and
    /// some are not, and of the last changes of names the first few.
    pub(crate) fn restart(&self, numbers: &mut Numbers) -> FailingDisk {
        let state = self.state();
        let mut names = state.durable_names.clone();
        let kept = numbers.below(state.pending_names.len() as u64 + 1);
        for change in &state.pending_names[..usize::try_from(kept).expect("small")] {
            change.make(&mut names);
        }
        let files = state.files.iter().map(|file| {
            let found = file.after_stop(numbers);
            Contents {
                now: found.clone(),
                durable: found,
                ..Contents::default()
            }
        });
        FailingDisk(Arc::new(Mutex::new(State {
            files: files.collect(),
            durable_names: names.clone(),
            names,
            ..State::default()
        })))
    }
}

impl NameChange {
    fn make(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            NameChange::Set(path, id) => {
                names.insert(path.clone(), *id);
            }
            NameChange::Rename(from, to) => {
                if let Some(id) = names.remove(from) {
                    names.insert(to.clone(), id);
                }
            }
            NameChange::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

impl Contents {
    fn after_stop(&self, numbers: &mut Numbers) -> Vec<u8> {
        let mut found = self.durable.clone();
        // Often all or nothing, for these are the likely cases.
        let mood = numbers.below(4);
        let mut survives = || mood == 0 || (mood != 1 && numbers.below(2) == 0);
        for pending in &self.pending {
            match pending {
                Pending::Length(length) => {
                    if survives() {
                        found.resize(*length, 0);
                    }
                }
                Pending::Write { offset, bytes } => {
                    for (index, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                        if survives() {
                            let start = offset + index * SECTOR_BYTES;
                            found.resize(found.len().max(start + sector.len()), 0);
                            found[start..start + sector.len()].copy_from_slice(sector);
                        }
                    }
                }
            }
        }
        found
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
            Some((_, Trip::Fail)) => return Err(io::ErrorKind::PermissionDenied.into()),
            Some((_, Trip::Full)) => self.full = true,
            None => {}
        }
        if self.full && grows {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) {
        change.make(&mut self.names);
        self.pending_names.push(change);
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let found = self.names.get(path).copied();
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Medium for FailingDisk {
    fn create_directory(&self, _: &Path) -> io::Result<()> {
        self.state().step(true)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory));
        let names = inside.filter_map(|path| path.file_name());
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        let mut state = self.state();
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
        state.find(from)?;
        state.change_name(NameChange::Rename(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(path)?;
        state.step(false)?;
        state.change_name(NameChange::Remove(path.to_path_buf()));
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step(false)?;
        state.durable_names = state.names.clone();
        state.pending_names.clear();
        Ok(())
    }
}
