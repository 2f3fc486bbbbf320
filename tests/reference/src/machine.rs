//! The loop that executes flat steps, with frames of its own instead of native recursion.
//!
//! Each step does three things in this order: where a segment begins, the segment's sum is
//! charged; the operator's price is counted; the operator is executed. A run first
//! takes what its cycle reserves, a recursive call the caller's frame; then the entry price is
//! charged, then the first segment runs. Control is here; the other operators are in `operators`.

mod operators;

use wasmparser::ValType;

use crate::host::{Host, HostCall, Refused};
use crate::instance::Instance;
use crate::meter::{ChargeKind, Meter};
use crate::module::{Function, Module};
use crate::op::{Jump, Op};
use crate::stop::Stop;

/// A call in progress.
struct Frame<'m> {
    function: &'m Function,
    /// The function's position among those with a body.
    position: usize,
    /// The next step.
    next: usize,
    /// Where the parameters and locals begin in the values.
    locals: usize,
    /// Where the operand stack begins in the values.
    operands: usize,
    /// The slots that it gives back when it returns.
    slots: u64,
}

/// One run of an instance.
pub(crate) struct Machine<'a, 'm> {
    module: &'m Module,
    instance: &'a mut Instance,
    meter: &'a mut Meter,
    host: &'a mut dyn Host,
    values: Vec<u64>,
    frames: Vec<Frame<'m>>,
}

impl<'a, 'm> Machine<'a, 'm> {
    /// A machine that is about to run.
    pub(crate) fn new(
        module: &'m Module,
        instance: &'a mut Instance,
        meter: &'a mut Meter,
        host: &'a mut dyn Host,
    ) -> Machine<'a, 'm> {
        Machine {
            module,
            instance,
            meter,
            host,
            values: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// Calls a function and runs until it returns.
    pub(crate) fn run(mut self, function: u32, arguments: &[u64]) -> Result<Vec<u64>, Stop> {
        self.values.extend_from_slice(arguments);
        let module = self.module;
        let defined = (function as usize).checked_sub(module.imports.len());
        let reserve = defined.map_or(0, |defined| module.functions[defined].reserve);
        self.meter.enter(reserve)?;
        self.call(function, reserve)?;
        while let Some(frame) = self.frames.last_mut() {
            let place = (frame.position, frame.next);
            let step = &frame.function.steps[frame.next];
            frame.next += 1;
            if let Some(charge) = step.opens {
                self.meter.charge(ChargeKind::Segment, charge, place)?;
            }
            self.meter.count(step.price);
            self.meter.operators += 1;
            self.step(&step.op)?;
        }
        self.meter.paid()?;
        self.meter.observe();
        Ok(self.values)
    }

    /// Executes one operator: control here, everything else in `operators`.
    fn step(&mut self, op: &'m Op) -> Result<(), Stop> {
        match op {
            Op::Unreachable => return Err(Stop::Unreachable),
            Op::Jump(jump) => self.jump(*jump),
            Op::JumpIf(jump) => {
                if self.pop_32() != 0 {
                    self.jump(*jump);
                }
            }
            Op::JumpTable(jumps) => {
                let index = self.pop_32() as usize;
                self.jump(jumps[index.min(jumps.len() - 1)]);
            }
            Op::Unless(target) => {
                if self.pop_32() == 0 {
                    self.frame().next = *target;
                }
            }
            Op::Return => self.leave(),
            Op::Call(function) => {
                let slots = self.leave_behind()?;
                self.call(*function, slots)?;
            }
            Op::CallIndirect(ty) => {
                let slots = self.leave_behind()?;
                let function = self.table_entry(*ty)?;
                self.call(function, slots)?;
            }
            _ => self.plain(op)?,
        }
        Ok(())
    }

    /// Takes the caller's frame when the call that is being executed is recursive. Returns what
    /// was taken.
    fn leave_behind(&mut self) -> Result<u64, Stop> {
        let frame = self.frame();
        let function = frame.function;
        let slots = match function.recursive[frame.next - 1] {
            true => function.frame_slots,
            false => 0,
        };
        self.meter.enter(slots)?;
        Ok(slots)
    }

    /// Calls a function whose arguments are on the stack. It gives `slots` back when it returns.
    fn call(&mut self, index: u32, slots: u64) -> Result<(), Stop> {
        let module = self.module;
        let Some(defined) = (index as usize).checked_sub(module.imports.len()) else {
            self.call_host(index)?;
            self.meter.leave(slots);
            return Ok(());
        };
        let function = &module.functions[defined];
        let open = self.frames.len() as u64 + 1;
        self.meter.frames_most = self.meter.frames_most.max(open);
        let price = function.entry_price;
        self.meter.charge(ChargeKind::Entry, price, (defined, 0))?;
        self.meter.count(price);
        let locals = self.values.len() - function.params;
        self.values.resize(self.values.len() + function.locals, 0);
        self.frames.push(Frame {
            function,
            position: defined,
            next: 0,
            locals,
            operands: self.values.len(),
            slots,
        });
        Ok(())
    }

    /// Calls an imported function whose arguments are on the stack.
    fn call_host(&mut self, index: u32) -> Result<(), Stop> {
        self.meter.paid()?;
        self.meter.observe();
        let module = self.module;
        let import = &module.imports[index as usize];
        let ty = module.type_of(index);
        let first = self.values.len() - ty.params.len();
        let arguments = self.values.split_off(first);
        let result = self.host.call(HostCall {
            name: &import.name,
            arguments: &arguments,
            memory: self.instance.memory.bytes_mut(),
            meter: self.meter,
        });
        let word = result.map_err(|Refused| Stop::Host)?;
        match ty.results.first() {
            Some(ValType::I32) => self.push(word & 0xffff_ffff),
            Some(_) => self.push(word),
            None => {}
        }
        Ok(())
    }

    /// The function in the table entry that the top of the stack names.
    fn table_entry(&mut self, ty: u32) -> Result<u32, Stop> {
        let index = self.pop_32() as usize;
        let entry = self
            .instance
            .table
            .get(index)
            .ok_or(Stop::TableOutOfBounds)?;
        let function = entry.ok_or(Stop::IndirectCallNull)?;
        let module = self.module;
        if module.type_of(function) != &module.types[ty as usize] {
            return Err(Stop::SignatureMismatch);
        }
        Ok(function)
    }

    /// Ends the innermost frame; its results replace its locals and operands.
    fn leave(&mut self) {
        let frame = self.frames.pop().expect("a frame is returning");
        self.meter.leave(frame.slots);
        let results = self.values.len() - frame.function.results;
        self.values.drain(frame.locals..results);
    }

    /// Takes a branch.
    fn jump(&mut self, jump: Jump) {
        let from = self.values.len() - jump.keep;
        let to = self.frame().operands + jump.height;
        self.values.drain(to..from);
        self.frame().next = jump.target;
    }

    fn frame(&mut self) -> &mut Frame<'m> {
        self.frames.last_mut().expect("a frame is running")
    }

    fn local(&mut self, index: u32) -> &mut u64 {
        let first = self.frame().locals;
        &mut self.values[first + index as usize]
    }

    fn push(&mut self, value: u64) {
        self.values.push(value);
    }

    fn pop(&mut self) -> u64 {
        self.values.pop().expect("valid code has the operand")
    }

    fn pop_32(&mut self) -> u32 {
        self.pop() as u32
    }

    fn pop_two(&mut self) -> (u64, u64) {
        let second = self.pop();
        (self.pop(), second)
    }

    fn pop_three(&mut self) -> (u32, u32, u32) {
        let third = self.pop_32();
        let (first, second) = self.pop_two();
        (first as u32, second as u32, third)
    }
}
