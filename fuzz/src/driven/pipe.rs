//! The messages to and from a driver; `v8/driver.js` describes them.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lockstep_abi::{HostFunction, ValueType};
use lockstep_vm::{Call, Completion, EngineError, FinalState, HostCalls, Meter, Run, Unwind};

use super::ReadTrap;
use super::mirror::Mirror;

/// The size of a page of Wasm memory.
const PAGE_BYTES: usize = 1 << 16;

/// A driver that runs.
pub(super) struct Pipe {
    engine: &'static str,
    trap: ReadTrap,
    child: Child,
    requests: ChildStdin,
    answers: ChildStdout,
    next_id: u32,
}

impl Pipe {
    /// Starts a driver.
    pub(super) fn start(
        engine: &'static str,
        mut driver: Command,
        trap: ReadTrap,
    ) -> Result<Pipe, EngineError> {
        let program = driver.get_program().to_string_lossy().into_owned();
        let failed = |error: &dyn ToString| EngineError::Failed {
            engine,
            reason: format!("`{program}` does not start: {}", error.to_string()),
        };
        let mut child = driver
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        Ok(Pipe {
            engine,
            trap,
            child,
            requests: requests.ok_or_else(|| failed(&"it has no standard input"))?,
            answers: answers.ok_or_else(|| failed(&"it has no standard output"))?,
            next_id: 0,
        })
    }

    /// The version of the engine, which the driver tells first.
    pub(super) fn version(&mut self) -> Result<String, EngineError> {
        match self.receive()?.split_first() {
            Some((b'v', version)) => Ok(String::from_utf8_lossy(version).into_owned()),
            _ => Err(self.failed("its first message is not its version")),
        }
    }

    /// Compiles a module and returns its number.
    pub(super) fn compile(&mut self, module: &[u8]) -> Result<u32, EngineError> {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        self.send(&[b"C", &id.to_le_bytes(), module])?;
        match self.receive()?.split_first() {
            Some((b'c', _)) => Ok(id),
            Some((b'e', text)) => Err(EngineError::Refused {
                engine: self.engine,
                reason: String::from_utf8_lossy(text).into_owned(),
            }),
            _ => Err(self.failed("no answer to a module")),
        }
    }

    /// Lets the driver forget a module. Should it be gone, there is nothing to forget.
    pub(super) fn forget(&mut self, id: u32) {
        let _ = self.send(&[b"D", &id.to_le_bytes()]);
    }

    fn send(&mut self, parts: &[&[u8]]) -> Result<(), EngineError> {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let length = u32::try_from(length).map_err(|_| self.failed("a message of 4 GiB"))?;
        let mut message = length.to_le_bytes().to_vec();
        parts
            .iter()
            .for_each(|part| message.extend_from_slice(part));
        let written = self.requests.write_all(&message);
        written.map_err(|error| self.failed(&error.to_string()))
    }

    fn receive(&mut self) -> Result<Vec<u8>, EngineError> {
        let mut read = || {
            let mut length = [0; 4];
            self.answers.read_exact(&mut length)?;
            let mut message = vec![0; u32::from_le_bytes(length) as usize];
            self.answers.read_exact(&mut message)?;
            Ok::<_, std::io::Error>(message)
        };
        read().map_err(|error| self.failed(&format!("the driver is gone: {error}")))
    }

    fn failed(&self, reason: &str) -> EngineError {
        EngineError::Failed {
            engine: self.engine,
            reason: reason.to_string(),
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // It holds nothing that would be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a method of a module and answers its host calls.
pub(super) fn run(
    pipe: &RefCell<Pipe>,
    id: u32,
    call: Call<'_>,
    host: &mut dyn HostCalls,
) -> Result<Run, EngineError> {
    let broken = |reason: &str| pipe.borrow().failed(reason);
    let Meter { gas, stack } = call
        .meter()
        .ok_or_else(|| broken("more gas or stack than a counter holds"))?;
    pipe.borrow_mut().send(&[
        b"R",
        &id.to_le_bytes(),
        &gas.to_le_bytes(),
        &stack.to_le_bytes(),
        call.method.as_bytes(),
    ])?;
    let mut mirror = Mirror::default();
    loop {
        let message = pipe.borrow_mut().receive()?;
        let (kind, fields) = message.split_first().ok_or_else(|| broken("no message"))?;
        let mut fields = Fields(fields);
        match kind {
            b'r' => {
                let trap = pipe.borrow().trap;
                let run = ended(&mut fields, trap).ok_or_else(|| broken("no ending"))?;
                let run = run.map_err(|text| broken(&text))?;
                let shown = show(fields, run.memory_pages, &mut mirror, host);
                shown.ok_or_else(|| broken("nothing was left behind"))?;
                return Ok(run);
            }
            b'p' => {
                let numbers = (fields.u32(), fields.u32());
                let (Some(number), Some(operand)) = numbers else {
                    return Err(broken("no probe"));
                };
                host.probe(number, operand);
            }
            b'h' => {
                let answer = host_call(fields, &mut mirror, host);
                let answer = answer.ok_or_else(|| broken("no host call"))?;
                pipe.borrow_mut().send(&[&answer])?;
            }
            _ => return Err(broken("a message of another kind")),
        }
    }
}

/// How a run ended, or what the engine said if that is no way for a run to end.
fn ended(fields: &mut Fields<'_>, trap: ReadTrap) -> Option<Result<Run, String>> {
    let ending = fields.bytes(1)?;
    let meter = fields.meter()?;
    let memory_pages = fields.u32()?;
    let length = usize::try_from(fields.u32()?).ok()?;
    let text = String::from_utf8_lossy(fields.bytes(length)?).into_owned();
    let completion = match (ending, trap(&text)) {
        ([0], _) => Completion::Returned,
        ([1], _) => Completion::Unwound,
        (_, Some(trap)) => Completion::Trapped(trap),
        (_, None) => return Some(Err(text)),
    };
    Some(Ok(Run {
        completion,
        meter,
        memory_pages,
    }))
}

/// Shows the host what the run left behind, if there was an instance.
fn show(
    mut fields: Fields<'_>,
    memory_pages: u32,
    mirror: &mut Mirror,
    host: &mut dyn HostCalls,
) -> Option<()> {
    if fields.0.is_empty() || !host.wants_final_state() {
        return Some(());
    }
    let count = fields.u32()?;
    let globals: Vec<u64> = (0..count).map(|_| fields.u64()).collect::<Option<_>>()?;
    let pages = usize::try_from(memory_pages).ok()?;
    mirror.receive(pages.checked_mul(PAGE_BYTES)?, fields.0)?;
    host.final_state(FinalState {
        memory: &mirror.memory,
        globals: &globals,
    });
    Some(())
}

/// Hands a host call to the host; what the driver is to be told.
fn host_call(
    mut fields: Fields<'_>,
    mirror: &mut Mirror,
    host: &mut dyn HostCalls,
) -> Option<Vec<u8>> {
    let mut meter = fields.meter()?;
    let memory_bytes = usize::try_from(fields.u32()?).ok()?;
    let name = fields.short()?;
    let function = HostFunction::from_name(std::str::from_utf8(name).ok()?)?;
    let count = usize::from(*fields.bytes(1)?.first()?);
    let params = function.signature().params.iter();
    let mut arg = |ty: &ValueType| match ty {
        ValueType::I32 => Some(fields.u64()? & u64::from(u32::MAX)),
        ValueType::I64 => fields.u64(),
    };
    let args: Vec<u64> = params.map(&mut arg).collect::<Option<_>>()?;
    if args.len() != count {
        return None;
    }
    mirror.receive(memory_bytes, fields.0)?;
    let outcome = host.call(function, &args, &mut mirror.memory, &mut meter);
    let (gives, value) = match (outcome, function.signature().result) {
        (Ok(None), None) => (0, 0),
        (Ok(Some(value)), Some(ValueType::I32)) => (1, value),
        (Ok(Some(value)), Some(ValueType::I64)) => (2, value),
        (Err(Unwind), _) => (3, 0),
        _ => return None,
    };
    let mut answer = vec![b'a', gives];
    answer.extend(value.to_le_bytes());
    answer.extend(meter.gas.to_le_bytes());
    answer.extend(meter.stack.to_le_bytes());
    mirror.send(&mut answer);
    Some(answer)
}

/// The fields of a message that were not read yet.
struct Fields<'m>(&'m [u8]);

impl<'m> Fields<'m> {
    fn bytes(&mut self, count: usize) -> Option<&'m [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Bytes with their count (u8) before them.
    fn short(&mut self) -> Option<&'m [u8]> {
        let count = usize::from(*self.bytes(1)?.first()?);
        self.bytes(count)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn meter(&mut self) -> Option<Meter> {
        Some(Meter {
            gas: self.u64()?.cast_signed(),
            stack: self.u32()?.cast_signed(),
        })
    }
}
