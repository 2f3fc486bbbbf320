//! The analysis of a module: functions by their arguments, and the work that it may take.
//!
//! A function is analysed once for every list of arguments that it is called with, so that the
//! cost of copying 32 bytes is not that of copying any number. Its summary is kept. A function
//! with very many lists is analysed once more for any arguments, and that is used from then on.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::answer::{Cause, Place, Source};
use super::code::{Codes, width};
use super::cost::Cost;
use super::flow::TableFunctions;
use super::notes::Notes;
use super::outcome::Outcomes;
use super::range::{Range, Width};
use super::state::State;
use super::value::{Symbols, Value};
use super::walk::{Walk, Walked};
use crate::prepared::InternalError;
use crate::schedule::Schedule;
use crate::validate::ValidModule;

/// The most operators that are gone through for one export.
const STEPS_MAX: usize = 400_000;

/// When fewer steps than this are left, loops are not followed repeat by repeat any more.
const STEPS_KEPT: usize = 200_000;

/// The deepest nesting of calls that is followed.
const CALL_DEPTH_MAX: usize = 64;

/// The most lists of arguments that one function is analysed for.
const CONTEXTS_MAX: u32 = 24;

/// Why the analysis ended early.
#[derive(Debug)]
pub(super) enum Halt {
    /// A mistake in this crate.
    Internal(InternalError),
    /// It took too long; it was here.
    TooComplex(Place),
}

impl From<InternalError> for Halt {
    fn from(error: InternalError) -> Halt {
        Halt::Internal(error)
    }
}

/// What is known about a number that goes into or comes out of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Passed {
    /// This value, whose symbols mean the same everywhere.
    Same(Value),
    /// Some number in a range.
    Within(Range, Width),
}

impl Passed {
    /// Any number of this width.
    pub(super) const fn any(width: Width) -> Passed {
        Passed::Within(Range::up_to(width.most()), width)
    }

    /// The number as a value.
    pub(super) fn value(self, source: Source, symbols: &mut Symbols) -> Value {
        match self {
            Passed::Same(value) => value,
            Passed::Within(range, width) => symbols.fresh(range, width, source),
        }
    }
}

/// What a call of a function does.
#[derive(Debug)]
pub(super) struct Summary {
    /// Cost and results when it returns, if it can.
    pub(super) returned: Option<(Cost, Vec<Passed>)>,
    /// The cost of the ways on which a host function ends the run.
    pub(super) ended: Option<Cost>,
    pub(super) notes: Notes,
}

/// The state of the analysis of one export.
pub(super) struct Analyser<'m, 'a> {
    pub(super) module: &'m ValidModule<'a>,
    /// The functions in the table.
    pub(super) groups: &'m TableFunctions<'m>,
    /// Which code can lead to an end that counts.
    pub(super) outcomes: &'m Outcomes,
    pub(super) symbols: Symbols,
    /// The symbols below this one mean the same in all functions.
    pub(super) global_symbols: usize,
    codes: &'m mut Codes<'a>,
    summaries: BTreeMap<(u32, Vec<Passed>), Rc<Summary>>,
    contexts: BTreeMap<u32, u32>,
    /// The functions that are being analysed, the outermost first.
    active: Vec<u32>,
    steps: usize,
}

impl<'m, 'a> Analyser<'m, 'a> {
    /// An analysis that has not begun.
    pub(super) fn new(
        module: &'m ValidModule<'a>,
        groups: &'m TableFunctions<'m>,
        outcomes: &'m Outcomes,
        codes: &'m mut Codes<'a>,
    ) -> Analyser<'m, 'a> {
        Analyser {
            module,
            groups,
            outcomes,
            symbols: Symbols::default(),
            global_symbols: 0,
            codes,
            summaries: BTreeMap::new(),
            contexts: BTreeMap::new(),
            active: Vec::new(),
            steps: 0,
        }
    }

    /// The prices.
    pub(super) const fn schedule(&self) -> &'m Schedule {
        &self.module.protocol.schedule
    }

    /// The pages that the memory can have.
    pub(super) fn memory_pages(&self) -> Range {
        let limits = &self.module.protocol.limits;
        self.module.facts.memory.map_or(Range::only(0), |memory| {
            let most = memory.maximum_pages(limits).max(memory.initial);
            Range {
                low: u64::from(memory.initial),
                high: u64::from(most),
            }
        })
    }

    /// The most pages that the memory can grow by in a run.
    pub(super) fn growth_pages(&self) -> u64 {
        let pages = self.memory_pages();
        pages.high.saturating_sub(pages.low)
    }

    /// The most bytes that the memory can have.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.memory_pages()
            .high
            .saturating_mul(super::plain::PAGE_BYTES)
    }

    /// Accounts for work.
    pub(super) fn spend(&mut self, steps: usize, place: Place) -> Result<(), Halt> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS_MAX {
            return Err(Halt::TooComplex(place));
        }
        Ok(())
    }

    /// Whether there is work left for following loops repeat by repeat.
    pub(super) const fn may_follow(&self) -> bool {
        self.steps < STEPS_KEPT
    }

    /// What is known about a value, in terms that mean the same in another function.
    pub(super) fn passed(&self, value: Value, state: &State) -> Passed {
        if value.symbols().all(|symbol| symbol < self.global_symbols) {
            return Passed::Same(value);
        }
        Passed::Within(state.range(value, &self.symbols), value.width)
    }

    /// What a call of a defined function does.
    pub(super) fn summary(
        &mut self,
        function: u32,
        arguments: Vec<Passed>,
        place: Place,
    ) -> Result<Rc<Summary>, Halt> {
        if let Some(position) = self.active.iter().position(|active| *active == function) {
            let functions = self.active.iter().skip(position).copied().collect();
            return self.given_up(function, Cause::Recursion { functions, place });
        }
        if self.active.len() >= CALL_DEPTH_MAX {
            return self.given_up(function, Cause::CallDepth { place });
        }
        let mut key = (function, arguments);
        if let Some(summary) = self.summaries.get(&key) {
            return Ok(Rc::clone(summary));
        }
        let contexts = self.contexts.entry(function).or_insert(0);
        *contexts = contexts.saturating_add(1);
        if *contexts > CONTEXTS_MAX {
            let code = self.codes.of(function, self.module)?;
            let params = code.locals.iter().take(code.params);
            key.1 = params.map(|width| Passed::any(*width)).collect();
            if let Some(summary) = self.summaries.get(&key) {
                return Ok(Rc::clone(summary));
            }
        }
        let summary = Rc::new(self.analyse(function, &key.1)?);
        self.summaries.insert(key, Rc::clone(&summary));
        Ok(summary)
    }

    /// Goes through a function.
    fn analyse(&mut self, function: u32, arguments: &[Passed]) -> Result<Summary, Halt> {
        let code = self.codes.of(function, self.module)?;
        let symbols_before = self.symbols.count();
        let mut locals = Vec::with_capacity(code.locals.len());
        for (index, argument) in arguments.iter().enumerate() {
            let source = Source::Parameter {
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            locals.push(argument.value(source, &mut self.symbols));
        }
        for width in code.locals.iter().skip(locals.len()) {
            locals.push(Value::constant(0, *width));
        }
        let state = State::new(locals, Cost::fixed(code.entry));
        self.active.push(function);
        let walked = Walk::new(self, function, code, state).run();
        self.active.pop();
        let Walked {
            returned,
            ended,
            notes,
        } = walked?;
        let returned = returned.map(|state| {
            let results = state.stack.iter();
            let results = results.map(|value| self.passed(*value, &state)).collect();
            (state.cost(), results)
        });
        self.symbols.forget(symbols_before);
        Ok(Summary {
            returned,
            ended,
            notes,
        })
    }

    /// A call that is not followed: it may return anything.
    fn given_up(&self, function: u32, cause: Cause) -> Result<Rc<Summary>, Halt> {
        let function_type = self.module.facts.type_of_function(function);
        let function_type =
            function_type.ok_or_else(|| InternalError::new("a callee is missing"))?;
        let results = function_type.results.iter();
        let results = results.map(|it| Passed::any(width(*it))).collect();
        let mut notes = Notes::default();
        notes.causes.insert(cause);
        Ok(Rc::new(Summary {
            returned: Some((Cost::default(), results)),
            ended: None,
            notes,
        }))
    }
}
