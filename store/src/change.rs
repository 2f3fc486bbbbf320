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
        self.finish_writing()?;
        self.check_changeable()?;
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
        if let Err(error) = self.log.begin_segment() {
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
