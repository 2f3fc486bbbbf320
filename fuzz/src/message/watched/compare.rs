//! Everything that can be seen of a state, against the model.

use std::collections::BTreeMap;

use lockstep_vm::Fatal;

use super::Watched;

impl Watched<'_> {
    /// Compares everything that can be seen with the model.
    pub(super) fn compare(&mut self, when: &str) {
        if let Err(fatal) = self.try_compare(when) {
            self.find("state", fatal.to_string());
        }
    }

    fn try_compare(&mut self, when: &str) -> Result<(), Fatal> {
        let model = self.asked.model().clone();
        for contract in self.met.clone() {
            let mut found = BTreeMap::new();
            let mut from = Vec::new();
            while let Some(key) = self.inner.storage_next(&contract, &from)? {
                let value = self.inner.storage_get(&contract, &key)?;
                from.clone_from(&key);
                from.push(0);
                found.insert((contract, key), value.unwrap_or_default());
            }
            let expected: BTreeMap<_, _> = model
                .storage
                .iter()
                .filter(|((id, _), _)| *id == contract)
                .map(|(slot, value)| (slot.clone(), value.clone()))
                .collect();
            if found != expected {
                self.find(
                    "trace",
                    format!("{when} the storage is {found:?}, not {expected:?}"),
                );
            }
        }
        for (contract, key) in self.transient_keys.clone() {
            let found = self.inner.transient_get(&contract, &key);
            let expected = model.transient_get(&contract, &key);
            if found != expected {
                let what = format!("{when} {contract} has {found:?} at the transient {key:?}");
                self.find("trace", format!("{what}, not {expected:?}"));
            }
        }
        for id in self.met.clone() {
            let account = self.inner.account(&id)?;
            let expected = model.account(&id);
            if account != expected {
                self.find(
                    "trace",
                    format!("{when} {id} is {account:?}, not {expected:?}"),
                );
            }
        }
        if self.inner.event_count() != model.events.len() {
            let (found, expected) = (self.inner.event_count(), model.events.len());
            self.find(
                "trace",
                format!("{when} there are {found} events, not {expected}"),
            );
        }
        Ok(())
    }
}
