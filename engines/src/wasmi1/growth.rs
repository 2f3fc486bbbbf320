//! What an instance may hold, and a note of growth that the machine could not satisfy.
//!
//! wasmi 1.0 answers `memory.grow` with -1 when it gets no memory from the machine, which another
//! machine would not see. It cannot be made to trap there, so the note makes the whole run a
//! failure of the engine when it is over; nothing that the guest did in between counts then.

use ::wasmi1::ResourceLimiter;
use ::wasmi1_core::LimiterError;

/// The limits of one store.
#[derive(Debug)]
pub(super) struct Growth {
    tables: usize,
    failed: bool,
}

impl Growth {
    /// One instance with one memory and one table, and one more table for probes.
    pub(super) fn new(probed: bool) -> Growth {
        Growth {
            tables: if probed { 2 } else { 1 },
            failed: false,
        }
    }

    /// Whether a growth within the memory's maximum could not be satisfied.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn memory_grow_failed(&mut self, _error: &LimiterError) {
        self.failed = true;
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn table_grow_failed(&mut self, _error: &LimiterError) {
        self.failed = true;
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
    use ::wasmi1::{Engine, Memory, MemoryType, ResourceLimiter, Store};

    use super::Growth;

    #[test]
    fn growth_beyond_the_maximum_is_an_answer_and_no_failure() {
        let mut store = Store::new(&Engine::default(), Growth::new(false));
        store.limiter(|growth| growth);
        let memory = Memory::new(&mut store, MemoryType::new(1, Some(2))).expect("a memory");
        assert_eq!(memory.grow(&mut store, 1).expect("within"), 1);
        assert!(memory.grow(&mut store, 1).is_err());
        assert!(!store.data().failed());
    }

    #[test]
    fn what_the_machine_cannot_satisfy_is_a_failure() {
        let mut growth = Growth::new(false);
        growth.memory_grow_failed(&::wasmi1_core::LimiterError::ResourceLimiterDeniedAllocation);
        assert!(growth.failed());
    }
}
