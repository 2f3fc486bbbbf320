//! Calls: of functions of the module, through the table, and of the host.

use lockstep_abi::HostFunction;
use wasmparser::Operator;

use super::analyser::{Halt, Passed, Summary};
use super::answer::Source;
use super::code::{Step, width};
use super::frame::{Target, merge_cost};
use super::notes::Notes;
use super::state::State;
use super::walk::{Walk, unreached};
use crate::module_facts::FunctionType;
use crate::prepared::InternalError;

impl<'a> Walk<'_, '_, 'a> {
    /// `call` and `call_indirect`.
    pub(super) fn call(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        let missing = || InternalError::new("a callee is missing");
        let module = self.analyser.module;
        let facts = &module.facts;
        match &step.operator {
            Operator::Call { function_index } => {
                let callee = *function_index;
                let position = usize::try_from(callee).unwrap_or(usize::MAX);
                if let Some(host) = facts.imports.get(position) {
                    return self.call_host(*host, step);
                }
                let callee_type = facts.type_of_function(callee).ok_or_else(missing)?;
                let arguments = self.take_arguments(callee_type)?;
                let summary = self.analyser.summary(callee, arguments, step.place)?;
                self.apply(&summary, step)
            }
            Operator::CallIndirect { type_index, .. } => {
                // The element that is called.
                self.pop()?;
                let callee_type = facts.type_at(*type_index).ok_or_else(missing)?;
                let arguments = self.take_arguments(callee_type)?;
                let summary = self.any_of_table(callee_type, &arguments, step)?;
                self.apply(&summary, step)
            }
            _ => Err(InternalError::new("a call of an unknown kind").into()),
        }
    }

    /// A call of a host function.
    fn call_host(&mut self, host: HostFunction, step: &Step<'a>) -> Result<(), Halt> {
        let mut arguments = Vec::new();
        for _ in host.signature().params {
            arguments.push(self.pop()?);
        }
        arguments.reverse();
        let state = self.state.as_ref().ok_or_else(unreached)?;
        let Some(called) = self.analyser.host(host, &arguments, state, step.place) else {
            self.state = None;
            return Ok(());
        };
        self.notes.calls_contracts |= called.calls_contracts;
        let state = self.here()?;
        state.charge(&called.cost);
        if called.ends {
            let cost = state.cost();
            self.state = None;
            self.deliver(Target::Ended, State::ended(cost))?;
            return Ok(());
        }
        state.stack.extend(called.result);
        Ok(())
    }

    /// Takes arguments off the stack, in the order of the parameters.
    fn take_arguments(&mut self, callee: &FunctionType) -> Result<Vec<Passed>, InternalError> {
        let mut arguments = Vec::with_capacity(callee.params.len());
        for _ in &callee.params {
            let value = self.pop()?;
            let state = self.state.as_ref().ok_or_else(unreached)?;
            arguments.push(self.analyser.passed(value, state));
        }
        arguments.reverse();
        Ok(arguments)
    }

    /// What a call of some function in the table with this type does. The table never changes;
    /// when no function in it has the type, the call traps.
    fn any_of_table(
        &mut self,
        callee_type: &FunctionType,
        arguments: &[Passed],
        step: &Step<'a>,
    ) -> Result<Summary, Halt> {
        let module = self.analyser.module;
        let mut joined = Summary {
            returned: None,
            ended: None,
            notes: Notes::default(),
        };
        let groups = self.analyser.groups;
        for function in groups.of_type(callee_type).iter().copied() {
            self.analyser.spend(1, step.place)?;
            if function < module.facts.imported_functions {
                // A host function in the table: its cost depends on its arguments.
                joined = self.join_host(joined, function, arguments, step)?;
                continue;
            }
            if !self.analyser.outcomes.leads_on(function) {
                continue;
            }
            let summary = self
                .analyser
                .summary(function, arguments.to_vec(), step.place)?;
            join(&mut joined, &summary, callee_type);
        }
        Ok(joined)
    }

    /// Adds a host function to the functions that may be called.
    fn join_host(
        &mut self,
        mut joined: Summary,
        function: u32,
        arguments: &[Passed],
        step: &Step<'a>,
    ) -> Result<Summary, Halt> {
        let facts = &self.analyser.module.facts;
        let position = usize::try_from(function).unwrap_or(usize::MAX);
        let host = facts.imports.get(position).copied();
        let host = host.ok_or_else(|| InternalError::new("an import is missing"))?;
        if !self.analyser.outcomes.counts(host) {
            return Ok(joined);
        }
        let function_type = facts.type_of_function(function).cloned();
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(argument.value(Source::Computed, &mut self.analyser.symbols));
        }
        let state = self.state.as_ref().ok_or_else(unreached)?;
        let Some(called) = self.analyser.host(host, &values, state, step.place) else {
            return Ok(joined);
        };
        joined.notes.calls_contracts |= called.calls_contracts;
        if called.ends {
            merge_cost(&mut joined.ended, &called.cost);
            return Ok(joined);
        }
        let results = function_type.map(|it| it.results).unwrap_or_default();
        let results = results.into_iter().map(|it| Passed::any(width(it)));
        let summary = Summary {
            returned: Some((called.cost, results.collect())),
            ended: None,
            notes: Notes::default(),
        };
        let empty = FunctionType::default();
        let callee = self.analyser.module.facts.type_of_function(function);
        join(&mut joined, &summary, callee.unwrap_or(&empty));
        Ok(joined)
    }

    /// Goes on behind a call.
    fn apply(&mut self, summary: &Summary, step: &Step<'a>) -> Result<(), Halt> {
        self.notes.take_over(&summary.notes);
        if let Some(ended) = &summary.ended {
            let mut cost = self.here()?.cost();
            cost.add(ended);
            self.deliver(Target::Ended, State::ended(cost))?;
        }
        let Some((cost, results)) = &summary.returned else {
            self.state = None;
            return Ok(());
        };
        let source = Source::Call {
            offset: step.place.offset,
        };
        let mut values = Vec::with_capacity(results.len());
        for result in results {
            values.push(result.value(source, &mut self.analyser.symbols));
        }
        let state = self.here()?;
        state.charge(cost);
        state.stack.extend(values);
        Ok(())
    }
}

/// One call or the other.
fn join(joined: &mut Summary, other: &Summary, callee: &FunctionType) {
    joined.notes.take_over(&other.notes);
    if let Some(ended) = &other.ended {
        merge_cost(&mut joined.ended, ended);
    }
    let Some((cost, results)) = &other.returned else {
        return;
    };
    joined.returned = Some(match joined.returned.take() {
        None => (cost.clone(), results.clone()),
        Some((mut before, others)) => {
            before.join(cost);
            let pairs = others.iter().zip(results).zip(&callee.results);
            let results = pairs.map(|((one, other), value_type)| {
                if one == other {
                    *one
                } else {
                    Passed::any(width(*value_type))
                }
            });
            (before, results.collect())
        }
    });
}
