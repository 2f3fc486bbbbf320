//! The names on a failing disk: of files, and of the directories that they are in. A name is durable
//! when the directory that it is in was synced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which names there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) files: BTreeMap<PathBuf, usize>,
    /// All but the root.
    directories: BTreeSet<PathBuf>,
}

#[derive(Clone, Debug)]
pub(super) enum NameChange {
    Directory(PathBuf),
    Set(PathBuf, usize),
    /// From one name to another in the same directory: never half of it.
    Rename {
        from: PathBuf,
        to: PathBuf,
        id: usize,
    },
    Remove(PathBuf),
    /// A directory with all that is in it, in the same folder.
    Move(PathBuf, PathBuf),
}

impl NameChange {
    /// Whether it is a change in a directory.
    pub(super) fn is_in(&self, directory: &Path) -> bool {
        let path = match self {
            NameChange::Directory(path)
            | NameChange::Set(path, _)
            | NameChange::Rename { from: path, .. }
            | NameChange::Remove(path)
            | NameChange::Move(path, _) => path,
        };
        path.parent() == Some(directory)
    }
}

impl Names {
    pub(super) fn has_directory(&self, path: &Path) -> bool {
        path.parent().is_none() || self.directories.contains(path)
    }

    /// The directories that have to be made for one, the highest first.
    pub(super) fn missing(&self, directory: &Path) -> Vec<PathBuf> {
        let ancestors = directory.ancestors();
        let missing = ancestors.take_while(|path| !self.has_directory(path));
        let mut missing: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        missing.reverse();
        missing
    }

    /// What a directory has in it.
    pub(super) fn inside(&self, directory: &Path) -> Vec<String> {
        let all = self.files.keys().chain(&self.directories);
        let inside = all.filter(|path| path.parent() == Some(directory));
        let names = inside.filter_map(|path| path.file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    pub(super) fn change(&mut self, change: &NameChange) {
        match change {
            NameChange::Directory(path) => {
                self.directories.insert(path.clone());
            }
            NameChange::Set(path, id) => {
                self.files.insert(path.clone(), *id);
            }
            NameChange::Rename { from, to, id } => {
                // What was to have the first name may have been lost.
                if self.files.get(from) == Some(id) {
                    self.files.remove(from);
                }
                self.files.insert(to.clone(), *id);
            }
            NameChange::Remove(path) => {
                self.files.remove(path);
            }
            NameChange::Move(from, to) => {
                let moved = |path: PathBuf| match path.strip_prefix(from) {
                    Ok(rest) => to.components().chain(rest.components()).collect(),
                    Err(_) => path,
                };
                let files = std::mem::take(&mut self.files).into_iter();
                self.files = files.map(|(path, id)| (moved(path), id)).collect();
                let directories = std::mem::take(&mut self.directories).into_iter();
                self.directories = directories.map(moved).collect();
            }
        }
    }

    /// Drops what is in directories that are not there.
    pub(super) fn drop_unreachable(&mut self) {
        let directories = self.directories.clone();
        let is_reachable = |path: &Path| {
            let mut above = path.ancestors().skip(1);
            above.all(|path| path.parent().is_none() || directories.contains(path))
        };
        self.directories.retain(|path| is_reachable(path));
        self.files.retain(|path, _| is_reachable(path));
    }
}
