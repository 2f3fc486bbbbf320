//! Instances that no run uses, kept for the next run of their module.
//!
//! All modules of an engine share one list, so that what it holds is bounded whatever the number of
//! modules: at most [`INSTANCES_MAX`] instances, each with a memory of at most
//! [`instance::MEMORY_BYTES_MAX`](super::instance::MEMORY_BYTES_MAX) bytes. The one that has waited
//! longest makes room for another.

use std::collections::VecDeque;

use super::instance::Instance;

/// Enough for the contracts that a busy node calls again and again, and their nested calls.
const INSTANCES_MAX: usize = 64;

/// The list, and the number that the next module gets.
#[derive(Default)]
pub(super) struct Idle {
    /// The one that came last stands last.
    instances: VecDeque<(u64, Instance)>,
    modules: u64,
}

impl Idle {
    /// A number that no other module of this engine has.
    pub(super) fn next_module(&mut self) -> u64 {
        self.modules = self.modules.saturating_add(1);
        self.modules
    }

    /// An instance of a module, if one waits; that which came last.
    pub(super) fn take(&mut self, module: u64) -> Option<Instance> {
        let place = self.instances.iter().rposition(|(of, _)| *of == module)?;
        self.instances.remove(place).map(|(_, instance)| instance)
    }

    /// Keeps an instance that was set back.
    pub(super) fn put(&mut self, module: u64, instance: Instance) {
        if self.instances.len() >= INSTANCES_MAX {
            self.instances.pop_front();
        }
        self.instances.push_back((module, instance));
    }

    /// Drops the instances of a module that is gone.
    pub(super) fn forget(&mut self, module: u64) {
        self.instances.retain(|(of, _)| *of != module);
    }
}
