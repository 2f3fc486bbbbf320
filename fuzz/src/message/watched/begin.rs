//! How a state is watched from the beginning of a transaction on.

use std::collections::BTreeSet;

use lockstep_vm::{Fatal, State};

use super::super::asked::AskedFrames;
use super::super::frames::Frames;
use super::super::model::Model;
use super::super::{CONTRACTS, SENDER};
use super::{Slot, Watched};

impl<'s> Watched<'s> {
    /// Watches from here on, before any message is asked for. The contracts' storage is empty.
    pub(in crate::message) fn new(
        inner: &'s mut dyn State,
        shared: (Frames, AskedFrames),
    ) -> Result<Watched<'s>, Fatal> {
        let begun = accounts_of(inner)?;
        Ok(Watched::with(inner, shared, begun))
    }

    /// Watches a state that holds something already, at the beginning of a transaction.
    pub(in crate::message) fn on(
        inner: &'s mut dyn State,
        shared: (Frames, AskedFrames),
        (model, transient_keys): (Model, BTreeSet<Slot>),
    ) -> Watched<'s> {
        let mut watched = Watched::with(inner, shared, model);
        watched.transient_keys = transient_keys;
        watched.compare("at the beginning");
        watched
    }

    fn with(
        inner: &'s mut dyn State,
        (frames, asked): (Frames, AskedFrames),
        begun: Model,
    ) -> Watched<'s> {
        asked.restart(begun.clone());
        let met = begun.accounts.keys().chain(&CONTRACTS).chain([&SENDER]);
        let balances = begun.accounts.values().map(|account| account.balance);
        Watched {
            inner,
            checkpoints: Vec::new(),
            met: met.copied().collect(),
            transient_keys: BTreeSet::new(),
            supply: balances.sum(),
            begun,
            frames,
            asked,
            finding: None,
        }
    }

    /// Every key of transient storage that was ever written.
    pub(in crate::message) fn transient_keys(&self) -> BTreeSet<Slot> {
        self.transient_keys.clone()
    }
}

/// What a state says of the contracts' accounts and the sender's.
pub(in crate::message) fn accounts_of(state: &mut dyn State) -> Result<Model, Fatal> {
    let mut model = Model::default();
    for id in CONTRACTS.iter().chain([&SENDER]) {
        model.set_account(id, state.account(id)?);
    }
    Ok(model)
}
