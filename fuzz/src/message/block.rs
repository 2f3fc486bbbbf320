//! Several messages in one block, on a state that holds something already.
//!
//! A journal outlives a transaction: what one has left of it, the next one finds. So the messages run in
//! one journal, each a transaction of its own, and one model goes from the first to the last. Some are
//! undone, as a dry run undoes what it did. Each transaction must begin with what the one before it
//! left, tell of the accounts and changes that it made, and at the end the root must be that of a trie
//! that holds what the model says. It must be the same where nobody looks at the state in between, so that
//! scans remember other things, and on a witness that shows what such a block needs and nothing else.

use std::collections::BTreeSet;

use lockstep_abi::AccountId;
use lockstep_state_trie::{Digest, MemoryStore, Trie, Witness};
use lockstep_vm::{Fatal, Journal, Ledger, Recording, State, StateKey};
use parity_scale_codec::Encode as _;

use super::model::Model;
use super::watched::{Slot, Watched, accounts_of, changes};
use super::work::{Count, Work};
use super::{CONTRACTS, Messages, Parts, Place, Wrap};
use crate::generators::Rng;
use crate::oracles::Finding;
use crate::script::{TopMessage, codes, top_message};

/// The most messages of a block.
const MESSAGES_MAX: usize = 5;

/// A message of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InBlock {
    /// What is sent.
    pub message: TopMessage,
    /// Whether all that it does is undone.
    pub undone: bool,
}

impl InBlock {
    /// The messages of a block: two or more.
    pub fn draw(rng: &mut Rng) -> Vec<InBlock> {
        let count = 2 + rng.below(MESSAGES_MAX - 1);
        let messages = (0..count).map(|_| InBlock {
            message: top_message(rng, &CONTRACTS),
            undone: rng.chance(20),
        });
        messages.collect()
    }
}

/// What contracts have in their storage before a block, each key its own value: keys that programs use,
/// and some beside them.
pub(super) fn stored_slots() -> impl Iterator<Item = Slot> {
    let keys: [&[u8]; 7] = [
        &[1],
        &[1, 0],
        &[1, 0xff, 0],
        &[2],
        &[2, 1],
        &[3],
        &[0xff, 0xff],
    ];
    let of = |contract: AccountId, count: usize| {
        let keys = keys.into_iter().take(count);
        keys.map(move |key| (contract, key.to_vec()))
    };
    of(CONTRACTS[0], 7).chain(of(CONTRACTS[1], 5))
}

/// What there is before a block.
fn begun(journal: &mut Journal<impl Ledger>) -> Result<Model, Finding> {
    let mut model = accounts_of(journal).map_err(|fatal| fatal.to_string())?;
    for (contract, key) in stored_slots() {
        model.set(&contract, &key, key.clone());
    }
    Ok(model)
}

/// The root of a trie that holds what the model says, and the codes.
fn root_of(model: &Model) -> Digest {
    let accounts = model.accounts.iter();
    let accounts = accounts.map(|(id, account)| (StateKey::Account(*id), account.encode()));
    let storage = model.storage.iter();
    let storage = storage.map(|((contract, key), value)| {
        let key = StateKey::Storage(*contract, key.clone());
        (key, value.clone())
    });
    let codes = codes().iter().flat_map(|(hash, code)| {
        let length = u32::try_from(code.len()).unwrap_or(u32::MAX);
        let length = length.to_le_bytes().to_vec();
        [
            (StateKey::Code(*hash), code.clone()),
            (StateKey::CodeLength(*hash), length),
        ]
    });
    let entries = accounts.chain(storage).chain(codes);
    let entries = entries.map(|(key, value)| (key.to_bytes(), Some(value)));
    let mut trie = Trie::new(MemoryStore::new());
    trie.update(entries).expect("a memory store does not fail")
}

impl Messages {
    /// Sends the messages of a block to the first contract, with `wrap` in its place if there is one.
    /// `Ok(true)` means that one of them succeeded. Nothing is committed.
    ///
    /// # Errors
    /// What is wrong with what the machine, or the state below it, did.
    pub fn judge_block(
        &mut self,
        messages: &[InBlock],
        wrap: Option<&dyn Wrap>,
    ) -> Result<bool, Finding> {
        let mut parts = Parts {
            engine: self.engine.as_ref(),
            asked: &self.asked,
            cache: &mut self.cache,
        };
        let recording = Recording::new(self.stored.snapshot());
        let (any, root) = parts.run_block(messages, recording, &mut self.work, wrap)?;
        if wrap.is_some() {
            return Ok(any);
        }
        let plain = self.unwatched(messages);
        let roots = plain.map_err(|fatal| format!("witness: {fatal}"))?;
        match roots == [root; 2] {
            true => Ok(any),
            false => Err(format!("witness: {root} became {roots:?}")),
        }
    }

    /// The roots of the block when nobody looks at the state in between: on the state, and on a witness of
    /// what it needed of it.
    fn unwatched(&mut self, messages: &[InBlock]) -> Result<[Digest; 2], Fatal> {
        let mut parts = Parts {
            engine: self.engine.as_ref(),
            asked: &self.asked,
            cache: &mut self.cache,
        };
        let mut recording = Recording::new(self.stored.snapshot());
        let root = parts.run_plainly(messages, &mut recording)?;
        let witness = recording.finish()?.witness(self.stored.snapshot())?;
        let witness = Witness::open(&self.stored.root(), witness).map_err(Fatal::store)?;
        Ok([root, parts.run_plainly(messages, witness)?])
    }
}

impl Parts<'_> {
    /// Runs the messages of a block on a ledger.
    fn run_block(
        &mut self,
        messages: &[InBlock],
        ledger: impl Ledger,
        work: &mut Work,
        wrap: Option<&dyn Wrap>,
    ) -> Result<(bool, Digest), Finding> {
        let mut journal = Journal::new(ledger);
        let mut model = begun(&mut journal)?;
        let (mut slots, mut any) = (BTreeSet::new(), false);
        for sent in messages {
            let mut count = Count::default();
            let known = (&mut model, &mut slots);
            let ran = self.run_in_block(sent, &mut journal, &mut count, known, wrap);
            work.add(count, ran == Ok(true));
            any |= ran?;
        }
        let root = journal.commit().map_err(|fatal| fatal.to_string())?;
        match root == root_of(&model) {
            true => Ok((any, root)),
            false => Err(format!("root: what is committed is not {model:?}")),
        }
    }

    /// Runs the messages of a block on a ledger that nobody watches, those that are undone left out, and
    /// says the root.
    fn run_plainly(&mut self, messages: &[InBlock], ledger: impl Ledger) -> Result<Digest, Fatal> {
        let mut journal = Journal::new(ledger);
        for sent in messages.iter().filter(|sent| !sent.undone) {
            // Of frames that nobody asked for nothing is watched.
            self.asked.restart(Model::default());
            self.send(&sent.message, &mut journal, &mut Count::default())?;
            journal.end_transaction()?;
        }
        journal.commit()
    }

    /// Runs a message in a transaction of its own; the model and the transient keys go on.
    fn run_in_block(
        &mut self,
        sent: &InBlock,
        journal: &mut Journal<impl Ledger>,
        count: &mut Count,
        (model, slots): (&mut Model, &mut BTreeSet<Slot>),
        wrap: Option<&dyn Wrap>,
    ) -> Result<bool, Finding> {
        let checkpoint = journal.checkpoint();
        let ran = match wrap {
            Some(wrap) if wrap.place() == Place::Journal => {
                let mut around = wrap.around(journal, count.frames.clone());
                self.run_on(sent, around.as_mut(), count, (model, slots), None)
            }
            wrap => self.run_on(sent, journal, count, (model, slots), wrap),
        };
        let succeeded = ran?;
        let after = self.asked.model().clone();
        if sent.undone {
            journal.revert(checkpoint);
            return Ok(succeeded);
        }
        let ended = journal.end_transaction();
        let (events, told) = ended.map_err(|fatal| format!("state: {fatal}"))?;
        let expected = changes(model, &after);
        if (&events, &told) != (&after.events, &expected) {
            let wanted = (&after.events, &expected);
            return Err(format!("told: {:?}, not {wanted:?}", (events, told)));
        }
        *model = Model {
            transient: Default::default(),
            events: Vec::new(),
            ..after
        };
        Ok(succeeded)
    }

    fn run_on(
        &mut self,
        sent: &InBlock,
        state: &mut dyn State,
        count: &mut Count,
        (model, slots): (&Model, &mut BTreeSet<Slot>),
        host: Option<&dyn Wrap>,
    ) -> Result<bool, Finding> {
        let shared = (count.frames.clone(), self.asked.clone());
        let mut watched = Watched::on(state, shared, (model.clone(), slots.clone()));
        let succeeded = self.run_watched(&sent.message, &mut watched, count, host)?;
        *slots = watched.transient_keys();
        watched.finish()?;
        Ok(succeeded)
    }
}
