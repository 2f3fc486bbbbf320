//! Whether the store takes a change, and where in the log it goes.

use crate::error::StoreError;
use crate::log_store::LogStore;

impl LogStore {
    /// Before a change: refuses it if the store takes none, and begins a new segment if it is
    /// time.
    pub(crate) fn begin_change(&mut self) -> Result<(), StoreError> {
        if self.replaying.is_some() {
            // What is made again belongs where the log ends.
            return Ok(());
        }
        // An entry would be in the way if something else came than what was announced.
        self.withdraw();
        self.finish_writing()?;
        self.check_changeable()?;
        self.make_sure()?;
        self.housekeep();
        if self.log.end.offset() >= self.settings.segment_bytes {
            self.new_segment()?;
        }
        Ok(())
    }

    /// Refuses a change that the store does not take.
    pub(crate) fn check_changeable(&self) -> Result<(), StoreError> {
        if self.read_only {
            return Err(StoreError::ReadOnly {
                directory: self.log.directory.clone(),
            });
        }
        match (&self.behind, &self.failed) {
            (Some(why), _) => Err(why.again()),
            (None, Some(why)) => Err(StoreError::Failed { why: why.clone() }),
            (None, None) => self.lock.check(),
        }
    }

    /// Begins a new segment; what comes next goes there.
    pub(crate) fn new_segment(&mut self) -> Result<(), StoreError> {
        let index = self.log.next_segment()?;
        self.housekeeping.finish();
        if let Err(error) = self.log.begin_segment(index) {
            return Err(self.fail(error));
        }
        self.housekeeping.is_due = true;
        Ok(())
    }

    /// Notes that a write failed, so that no other follows.
    pub(crate) fn fail(&mut self, error: StoreError) -> StoreError {
        self.failed = Some(error.to_string());
        error
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockstep_state_trie::NodeChanges;

    use crate::address::Address;
    use crate::log_store::LogStore;
    use crate::medium::disk::Disk;
    use crate::settings::Settings;
    use crate::{Access, StoreError};

    #[test]
    fn when_segments_run_out_that_is_what_is_said() {
        let name = format!("lockstep-segments-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let opened = LogStore::on(Arc::new(Disk), &folder, Access::Create, Settings::default());
        let (mut store, _) = opened.expect("a store");
        let end = store.log.end;
        store.log.end = Address::new(Address::SEGMENT_MAX, store.settings.segment_bytes);
        let root = store.last().root;
        // Nothing was written that could have failed, so it stays what is said.
        for _ in 0..2 {
            let changes = NodeChanges::none(root, None);
            let error = store.commit(changes, 0).expect_err("there is no index");
            let StoreError::NoMoreSegments { limit: 67_108_863 } = error else {
                panic!("{error}");
            };
            let told = error.to_string();
            assert!(told.contains("67108863 segment files"), "{told}");
            assert!(told.contains("import it into a new directory"), "{told}");
        }
        store.log.end = end;
        drop(store);
        std::fs::remove_dir_all(&folder).expect("it can be removed");
    }
}
