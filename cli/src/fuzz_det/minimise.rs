//! Cutting a candidate down: fewer transactions, fewer blocks, fewer calls, simpler arguments.
//!
//! Delta debugging: pieces of transactions are left out, large pieces first, for as long as the
//! rest still shows the difference. A transaction gives way to a call that it leads to, made by its
//! sender (`nested`), so that the contracts above it are needed no more. Then blocks are joined, and
//! each transaction is made simpler and its arguments shorter, part by part. Nothing here knows what
//! the difference is; the [`Judge`] says whether it is there. An interrupt ends it with the best so
//! far.

mod simpler;

use std::ops::ControlFlow;
use std::sync::Arc;

use super::arguments::{shorten, shorten_bytes};
use super::candidate::{Candidate, Planned};
use super::control::Control;
use super::nested::Judge;
use super::surface::Surface;
use simpler::{input, set_input, simpler, without};

/// The most candidates that are tried.
const TRIES_MAX: usize = 2_000;

/// The smallest candidate found that still shows what `candidate` shows. Ends early when `control`
/// is interrupted, or as many candidates were tried as may be.
pub(super) fn minimise(
    candidate: &Candidate,
    surface: &Surface,
    control: &dyn Control,
    judge: impl Judge,
) -> Candidate {
    let mut search = Search {
        best: candidate.clone(),
        judge,
        control,
        tries_left: TRIES_MAX,
    };
    loop {
        let before = search.best.clone();
        if search.round(surface).is_break() || search.best == before {
            return search.best;
        }
    }
}

struct Search<'c, J> {
    best: Candidate,
    judge: J,
    control: &'c dyn Control,
    tries_left: usize,
}

impl<J: Judge> Search<'_, J> {
    /// Everything once. A break says that no more is to be tried.
    fn round(&mut self, surface: &Surface) -> ControlFlow<()> {
        self.remove_transactions()?;
        self.call_directly()?;
        self.drop_empty_blocks()?;
        self.join_blocks()?;
        self.simplify(surface)
    }

    /// Takes `smaller` if it still shows the difference, and says whether it does.
    fn try_it(&mut self, smaller: Candidate) -> ControlFlow<(), bool> {
        if self.tries_left == 0 || self.control.is_interrupted() {
            return ControlFlow::Break(());
        }
        if smaller == self.best {
            return ControlFlow::Continue(false);
        }
        self.tries_left -= 1;
        let tries = TRIES_MAX - self.tries_left;
        self.control.tried(tries, self.best.transactions());
        let shows = self.judge.shows(&smaller);
        if shows {
            self.best = smaller;
        }
        ControlFlow::Continue(shows)
    }

    fn remove_transactions(&mut self) -> ControlFlow<()> {
        let mut size = self.best.transactions().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.transactions() {
                // From the end: what comes later is less often needed by what is left.
                let end = self.best.transactions() - at;
                let smaller = without(&self.best, end.saturating_sub(size), end);
                if !self.try_it(smaller)? {
                    at += size;
                }
            }
            size /= 2;
        }
        ControlFlow::Continue(())
    }

    /// Puts calls within transactions in their place, the deepest and last first.
    fn call_directly(&mut self) -> ControlFlow<()> {
        if self.control.is_interrupted() {
            return ControlFlow::Break(());
        }
        let mut nested = self.judge.nested(&self.best);
        nested.sort_by_key(|call| (call.transaction, call.depth));
        let mut replaced = None;
        for call in nested.into_iter().rev() {
            let position = call.transaction;
            let planned = self.best.each().nth(position).cloned();
            let Some(planned) = planned.filter(|_| replaced != Some(position)) else {
                continue;
            };
            if self.replace(position, call.alone(planned))? {
                replaced = Some(position);
            }
        }
        ControlFlow::Continue(())
    }

    fn drop_empty_blocks(&mut self) -> ControlFlow<()> {
        let mut smaller = self.best.clone();
        smaller
            .blocks
            .retain(|block| !block.transactions.is_empty());
        if !self.try_it(smaller)? {
            for position in (0..self.best.blocks.len()).rev() {
                let mut smaller = self.best.clone();
                if smaller.blocks[position].transactions.is_empty() {
                    smaller.blocks.remove(position);
                    self.try_it(smaller)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn join_blocks(&mut self) -> ControlFlow<()> {
        let mut at = 0;
        while at + 1 < self.best.blocks.len() {
            let mut smaller = self.best.clone();
            let next = smaller.blocks.remove(at + 1);
            let block = Arc::make_mut(&mut smaller.blocks[at]);
            block.transactions.extend(next.transactions.iter().cloned());
            if !self.try_it(smaller)? {
                at += 1;
            }
        }
        ControlFlow::Continue(())
    }

    fn simplify(&mut self, surface: &Surface) -> ControlFlow<()> {
        for position in 0..self.best.transactions() {
            let Some(planned) = self.best.each().nth(position).cloned() else {
                continue;
            };
            for simpler in simpler(&planned) {
                self.replace(position, simpler)?;
            }
            let Some(mut input) = input(&planned.action).cloned() else {
                continue;
            };
            let method = surface.method(&planned.action);
            let mut shows = |shorter: &[u8]| self.replace_input(position, shorter);
            match method {
                Some(method) => shorten(&method.params, &mut input, &mut shows)?,
                // Nothing is known of these bytes.
                None => shorten_bytes(&mut input, &mut shows)?,
            }
        }
        ControlFlow::Continue(())
    }

    fn replace_input(&mut self, position: usize, input: &[u8]) -> ControlFlow<(), bool> {
        let Some(mut simpler) = self.best.each().nth(position).cloned() else {
            return ControlFlow::Continue(false);
        };
        set_input(&mut simpler.action, input.to_vec());
        self.replace(position, simpler)
    }

    fn replace(&mut self, position: usize, planned: Planned) -> ControlFlow<(), bool> {
        let mut smaller = self.best.clone();
        match smaller.transaction_mut(position) {
            Some(place) => *place = planned,
            None => return ControlFlow::Continue(false),
        }
        self.try_it(smaller)
    }
}

#[cfg(test)]
mod tests;
