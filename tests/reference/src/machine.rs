//! The loop that executes flat steps, with frames of its own instead of native recursion.
//!
//! Each step does three things in this order: where a segment begins, the segment's sum is
//! charged; the operator's price is counted; the operator is executed. Operators that cost by
//! their operand (growth and bulk memory) charge and count that before they touch anything. A
//! run first takes what its cycle reserves, a recursive call the caller's frame; then the entry
//! price is charged, then the first segment runs.

use wasmparser::ValType;

use crate::instance::Instance;
use crate::meter::Meter;
use crate::module::{Function, Module};
use crate::op::{Jump, Op};

/// Why a run stopped before it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A charge was not covered.
    OutOfGas,
    /// A frame did not fit the stack bound.
    StackOverflow,
    /// `unreachable` was executed.
    Unreachable,
    /// Memory or a data segment was accessed outside its bounds.
    MemoryOutOfBounds,
    /// The table was accessed outside its bounds.
    TableOutOfBounds,
    /// A call through an empty table entry.
    IndirectCallNull,
    /// A call through a table entry of another type.
    SignatureMismatch,
    /// An integer was divided by zero.
    DivisionByZero,
    /// The quotient of a signed division does not fit.
    IntegerOverflow,
    /// A host function ended the run.
    Host,
}

/// What a host function returns to end the run with [`Stop::Host`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// A call of an imported function.
#[derive(Debug)]
pub struct HostCall<'a> {
    /// The import's module name.
    pub module: &'a str,
    /// The import's name.
    pub name: &'a str,
    /// The arguments as raw 64-bit words.
    pub arguments: &'a [u64],
    /// The guest's memory; empty when it has none.
    pub memory: &'a mut [u8],
    /// What is left, with the call itself charged. The host may take from it.
    pub meter: &'a mut Meter,
}

/// The functions that a module imports.
pub trait Host {
    /// Executes an imported function and returns its result as a raw 64-bit word. The word is cut
    /// to the result's type, and ignored when the function has no result.
    ///
    /// # Errors
    /// [`Refused`] to end the run.
    fn call(&mut self, call: HostCall<'_>) -> Result<u64, Refused>;
}

/// A call in progress.
struct Frame<'m> {
    function: &'m Function,
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
        let stop = match self.go(function) {
            Ok(()) => return Ok(self.values),
            Err(stop) => stop,
        };
        if self.meter.gas_left >= 0 || matches!(stop, Stop::OutOfGas | Stop::Host) {
            return Err(stop);
        }
        self.meter.late_trap = Some(stop);
        Err(Stop::OutOfGas)
    }

    /// Runs a function and all that it calls.
    fn go(&mut self, function: u32) -> Result<(), Stop> {
        let module = self.module;
        let defined = (function as usize).checked_sub(module.imports.len());
        let reserve = defined.map_or(0, |defined| module.functions[defined].reserve);
        self.meter.enter(reserve)?;
        self.call(function, reserve)?;
        while let Some(frame) = self.frames.last_mut() {
            let step = &frame.function.steps[frame.next];
            frame.next += 1;
            if let Some(charge) = step.opens {
                self.meter.charge(charge)?;
            }
            self.meter.count(step.price);
            self.meter.operators += 1;
            self.step(&step.op)?;
        }
        self.meter.end_grace()?;
        self.meter.observe();
        Ok(())
    }

    /// Executes one operator: control here, everything else in the methods below.
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

    /// Constants, variables and arithmetic.
    fn plain(&mut self, op: &Op) -> Result<(), Stop> {
        match op {
            Op::Nop => {}
            Op::Drop => drop(self.pop()),
            Op::Select => {
                let condition = self.pop_32();
                let (first, second) = self.pop_two();
                self.push(if condition != 0 { first } else { second });
            }
            Op::Const(value) => self.push(*value),
            Op::LocalGet(index) => {
                let value = *self.local(*index);
                self.push(value);
            }
            Op::LocalSet(index) => *self.local(*index) = self.pop(),
            Op::LocalTee(index) => {
                let value = self.pop();
                *self.local(*index) = value;
                self.push(value);
            }
            Op::GlobalGet(index) => self.push(self.instance.globals[*index as usize]),
            Op::GlobalSet(index) => self.instance.globals[*index as usize] = self.pop(),
            Op::Unary32(operation) => {
                let result = operation(self.pop_32());
                self.push(u64::from(result));
            }
            Op::Unary64(operation) => {
                let result = operation(self.pop());
                self.push(result);
            }
            Op::Binary32(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a as u32, b as u32)?));
            }
            Op::Binary64(operation) => {
                let (a, b) = self.pop_two();
                self.push(operation(a, b)?);
            }
            Op::Compare32(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a as u32, b as u32)));
            }
            Op::Compare64(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a, b)));
            }
            _ => self.access(op)?,
        }
        Ok(())
    }

    /// Memory and data segments.
    fn access(&mut self, op: &Op) -> Result<(), Stop> {
        let prices = self.module.dynamic;
        match op {
            Op::Load(load) => {
                let address = self.pop_32();
                let memory = &self.instance.memory;
                let raw = memory.load(address, load.offset, load.bytes)?;
                self.push((load.extend)(raw));
            }
            Op::Store(store) => {
                let (address, value) = self.pop_two();
                let memory = &mut self.instance.memory;
                memory.store(address as u32, store.offset, store.bytes, value)?;
            }
            Op::MemorySize => self.push(u64::from(self.instance.memory.pages())),
            Op::MemoryGrow => {
                let pages = self.pop_32();
                self.charge_operand(pages, prices.grow_per_page)?;
                let old = self.instance.memory.grow(pages);
                self.push(u64::from(old));
            }
            Op::MemoryFill => {
                let (to, value, length) = self.pop_three();
                self.charge_operand(length, prices.bulk_per_byte)?;
                self.instance.memory.fill(to, value as u8, length)?;
            }
            Op::MemoryCopy => {
                let (to, from, length) = self.pop_three();
                self.charge_operand(length, prices.bulk_per_byte)?;
                self.instance.memory.copy(to, from, length)?;
            }
            Op::MemoryInit(segment) => {
                let (to, from, length) = self.pop_three();
                self.charge_operand(length, prices.bulk_per_byte)?;
                let data = match self.instance.dropped[*segment as usize] {
                    true => &[],
                    false => self.module.data[*segment as usize].bytes.as_slice(),
                };
                self.instance.memory.init(to, data, from, length)?;
            }
            Op::DataDrop(segment) => self.instance.dropped[*segment as usize] = true,
            _ => unreachable!("control is handled before"),
        }
        Ok(())
    }

    /// A charge that depends on an operand, taken as unsigned.
    fn charge_operand(&mut self, operand: u32, price: u64) -> Result<(), Stop> {
        let amount = u64::from(operand) * price;
        self.meter.charge(amount)?;
        self.meter.end_grace()?;
        self.meter.count(amount);
        self.meter.operand_gas += amount;
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
        self.meter.charge(function.entry_price)?;
        self.meter.count(function.entry_price);
        let locals = self.values.len() - function.params;
        self.values.resize(self.values.len() + function.locals, 0);
        self.frames.push(Frame {
            function,
            next: 0,
            locals,
            operands: self.values.len(),
            slots,
        });
        self.meter.frames_most = self.meter.frames_most.max(self.frames.len() as u64);
        Ok(())
    }

    /// Calls an imported function whose arguments are on the stack.
    fn call_host(&mut self, index: u32) -> Result<(), Stop> {
        self.meter.end_grace()?;
        self.meter.observe();
        let module = self.module;
        let import = &module.imports[index as usize];
        let ty = module.type_of(index);
        let first = self.values.len() - ty.params.len();
        let arguments = self.values.split_off(first);
        let result = self.host.call(HostCall {
            module: &import.module,
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
