//! What an instance may hold.
//!
//! Wasmtime asks before a memory grows. What is above the maximum is answered with -1 here. What is
//! allowed here and fails afterwards ends the run as a failure of the machine, because another
//! machine would not see it. Without that question Wasmtime says that a growth failed only where
//! pages have one byte, and a setting refuses those (`configuration`).

use wasmtime::{Error, ResourceLimiter, Result};

use super::failure::Ended;

/// The limits of one store.
#[derive(Debug)]
pub(super) struct Growth {
    tables: usize,
}

impl Growth {
    /// One instance with one memory and one table, and one more table for probes.
    pub(super) fn new(probed: bool) -> Growth {
        Growth {
            tables: if probed { 2 } else { 1 },
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
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        Err(Error::new(Ended::OutOfMemory))
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
    use wasmtime::{Config, Engine, Instance, Module, Result, Store, Strategy};

    use super::super::configuration::configuration;
    use super::{Ended, Growth};

    const MODULE: &str = r#"(module (memory 1 3)
        (func (export "grow") (param i32) (result i32) local.get 0 memory.grow))"#;

    /// What each growth in turn of a memory of one page, of at most three, is answered with.
    fn grown(config: &Config, pages: &[i32]) -> Vec<Result<i32>> {
        let engine = Engine::new(config).expect("the settings fit");
        let code = wat::parse_str(MODULE).expect("the text is a module");
        let module = Module::new(&engine, code).expect("it compiles");
        let mut store = Store::new(&engine, Growth::new(false));
        store.limiter(|growth| growth);
        let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow");
        let grow = grow.expect("it is exported");
        let answers = pages.iter().map(|pages| grow.call(&mut store, *pages));
        answers.collect()
    }

    /// Beyond the maximum, beyond what 32 bits address, and after a growth that was allowed.
    #[test]
    fn growth_beyond_the_maximum_is_an_answer() {
        for strategy in [Strategy::Cranelift, Strategy::Winch] {
            let answers = grown(&configuration(strategy), &[3, 1, 2, 65_535, -1, 1, 1, 0]);
            let answers: Vec<i32> = answers.into_iter().map(|a| a.expect("it ends")).collect();
            assert_eq!(answers, [-1, 1, -1, -1, -1, 2, -1, 3]);
        }
    }

    /// With these settings there is no room behind a memory, and it may not go elsewhere.
    #[test]
    fn growth_that_was_allowed_and_failed_is_a_failure() {
        let mut config = configuration(Strategy::Cranelift);
        config
            .memory_reservation(0)
            .memory_reservation_for_growth(0);
        let [beyond, within] = <[_; 2]>::try_from(grown(&config, &[3, 1])).expect("two answers");
        assert_eq!(beyond.expect("it ends"), -1);
        let error = within.expect_err("there is no room");
        assert_eq!(error.downcast_ref(), Some(&Ended::OutOfMemory));
    }
}
