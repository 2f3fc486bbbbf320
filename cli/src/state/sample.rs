//! For unit tests: a state of some entries in a directory of its own, deleted at the end.

use std::path::PathBuf;

use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};

use super::view::{View, ViewArguments};

/// A directory, empty when it is made.
pub(crate) struct Sample {
    /// The directory.
    pub(crate) folder: PathBuf,
}

impl Sample {
    /// The directory of the test with this name.
    pub(crate) fn new(name: &str) -> Sample {
        let name = format!("lockstep-cli-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("a folder");
        Sample { folder }
    }

    /// Where the state is.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Makes a state of two versions: one with half of so many entries of so many bytes, and one
    /// with all of them.
    pub(crate) fn fill(&self, entries: u32, value_bytes: usize) -> View {
        let store = Store::create(&self.state(), Settings::default()).expect("a store");
        let mut trie = Trie::new(store);
        let entry = |number: u32| (number.to_be_bytes().to_vec(), Some(vec![7; value_bytes]));
        trie.update((0..entries / 2).map(entry)).expect("a version");
        trie.update((entries / 2..entries).map(entry))
            .expect("a version");
        trie.into_store().close().expect("it is closed");
        let arguments = ViewArguments {
            directory: self.state(),
            at: None,
            names: None,
        };
        arguments.open().expect("a view")
    }

    /// How many files and directories are there.
    pub(crate) fn count(&self) -> usize {
        std::fs::read_dir(&self.folder).expect("the folder").count()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
