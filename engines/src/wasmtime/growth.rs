//! What an instance may hold.
//!
//! Wasmtime asks before a memory grows. What is above the maximum is answered with -1 here; what
//! is within it and cannot be had afterwards ends the run as a failure of the machine, because
//! another machine would not see it.

use wasmtime::{Error, ResourceLimiter, Result};

use super::failure::Ended;

/// The limits of one store.
#[derive(Debug)]
pub(super) struct Growth {
    tables: usize,
    /// Whether the growth under way was allowed.
    allowed: bool,
}

impl Growth {
    /// One instance with one memory and one table, and one more table for probes.
    pub(super) fn new(probed: bool) -> Growth {
        Growth {
            tables: if probed { 2 } else { 1 },
            allowed: false,
        }
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.allowed = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(self.allowed)
    }

    /// Also called without the question before, when a growth is beyond what 32 bits address.
    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        match std::mem::take(&mut self.allowed) {
            true => Err(Error::new(Ended::OutOfMemory)),
            false => Ok(()),
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        Err(Error::new(Ended::OutOfMemory))
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        1
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Error, ResourceLimiter};

    use super::{Ended, Growth};

    #[test]
    fn growth_that_was_allowed_and_failed_is_a_failure() {
        let mut growth = Growth::new(false);
        assert!(growth.memory_growing(0, 2, Some(2)).expect("no error"));
        let error = growth.memory_grow_failed(Error::msg("no memory"));
        let error = error.expect_err("the machine failed");
        assert_eq!(error.downcast_ref(), Some(&Ended::OutOfMemory));
    }

    #[test]
    fn growth_beyond_the_maximum_is_an_answer() {
        let mut growth = Growth::new(false);
        assert!(growth.memory_growing(0, 2, Some(2)).expect("no error"));
        assert!(!growth.memory_growing(2, 3, Some(2)).expect("no error"));
        assert!(growth.memory_grow_failed(Error::msg("too much")).is_ok());
    }
}
