//! A host for tests: it knows no contracts, but answers every host function the same way on both
//! sides, from nothing but what it was asked and how often.

use crate::outcome::HostEvent;

/// The host functions that end the frame.
const ENDINGS: [&str; 4] = ["return", "revert", "panic", "terminate"];

/// An input has fewer bytes than this.
const INPUT_BYTES_MAX: u64 = 80;

/// What the host does in answer to a call.
pub(crate) struct Answer {
    /// The result; the caller narrows it to the function's type.
    pub(crate) result: u64,
    /// The gas that the host takes for the call.
    pub(crate) gas: i64,
    /// Whether the frame ends here.
    pub(crate) ends: bool,
}

/// Records the calls it gets and answers with numbers that depend on all of them so far.
///
/// `gas_left` answers as in the machine, `input_length` with few bytes, so that contracts do not
/// ask for memory that they cannot pay; `return`, `revert`, `panic` and `terminate` end the
/// frame; any other function writes eight bytes at its first argument, if they lie within the
/// memory, and returns a number mixed from its arguments and the calls before it.
#[derive(Clone, Debug, Default)]
pub struct ScriptedHost {
    /// The gas that each call costs.
    pub price: u32,
    events: Vec<HostEvent>,
    state: u64,
}

impl ScriptedHost {
    /// A host whose functions cost `price` gas each.
    pub fn new(price: u32) -> ScriptedHost {
        ScriptedHost {
            price,
            ..ScriptedHost::default()
        }
    }

    /// The calls so far, which are forgotten here.
    pub fn take_events(&mut self) -> Vec<HostEvent> {
        std::mem::take(&mut self.events)
    }

    /// Answers one call.
    pub(crate) fn call(
        &mut self,
        name: &str,
        arguments: &[u64],
        memory: &mut [u8],
        gas_left: i64,
        stack_left: i64,
    ) -> Answer {
        self.events.push(HostEvent {
            name: name.to_string(),
            arguments: arguments.to_vec(),
            gas_left,
            stack_left,
        });
        for argument in arguments {
            self.mix(*argument);
        }
        self.mix(name.len() as u64);
        let gas = i64::from(self.price);
        if name == "gas_left" {
            return Answer {
                result: gas_left.saturating_sub(gas) as u64,
                gas,
                ends: gas_left < gas,
            };
        }
        self.write(arguments, memory);
        let result = match name {
            "input_length" => (self.state >> 7) % INPUT_BYTES_MAX,
            _ => self.state >> 7,
        };
        Answer {
            result,
            gas,
            ends: gas_left < gas || ENDINGS.contains(&name),
        }
    }

    /// Leaves a trace in the guest's memory.
    fn write(&self, arguments: &[u64], memory: &mut [u8]) {
        let Some(start) = arguments.first() else {
            return;
        };
        let start = *start as usize;
        if let Some(target) = memory.get_mut(start..start.saturating_add(8)) {
            target.copy_from_slice(&self.state.to_le_bytes());
        }
    }

    /// One step of a multiplicative hash.
    fn mix(&mut self, value: u64) {
        self.state = (self.state.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
