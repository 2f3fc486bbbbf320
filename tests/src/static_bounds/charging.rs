//! The host of the reference interpreter, charging and refusing as the machine does.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::Protocol;
use lockstep_reference::{Host, HostCall, Refused};

/// What `input_length` answers.
pub(crate) const INPUT_BYTES: u64 = 300;

/// A host that charges by the schedule and answers within the limits.
pub(crate) struct Charging<'p> {
    protocol: &'p Protocol,
    state: u64,
    /// Whether a call was refused that the machine refuses, which is a trap.
    pub(crate) trapped: bool,
    /// Whether the run was ended with failure.
    pub(crate) failed: bool,
}

impl<'p> Charging<'p> {
    /// A host that has not been called.
    pub(crate) fn new(protocol: &'p Protocol) -> Charging<'p> {
        Charging {
            protocol,
            state: 7,
            trapped: false,
            failed: false,
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(1);
        self.state >> 33
    }

    /// Bytes in and out of a call, or `None` when the machine would refuse it.
    fn lengths(&mut self, name: &str, arguments: &[u64]) -> Option<(u64, u64)> {
        let limits = &self.protocol.limits;
        let within = |length: u64, limit: u32| (length <= u64::from(limit)).then_some(length);
        Some(match name {
            "return" | "revert" | "panic" => (within(arguments[1], limits.output_bytes_max)?, 0),
            "emit_event" => {
                let topics = within(arguments[1], limits.event_topics_max)? * 32;
                let data = within(arguments[3], limits.event_data_bytes_max)?;
                (topics + data, 0)
            }
            "storage_read" => {
                let key = within(arguments[1], limits.storage_key_bytes_max)?;
                let room = u64::from(limits.storage_value_bytes_max) + 1;
                (key, self.next() % room)
            }
            _ => (0, 0),
        })
    }
}

impl Host for Charging<'_> {
    fn call(&mut self, call: HostCall<'_>) -> Result<u64, Refused> {
        let function = HostFunction::from_name(call.name).expect("a host function");
        let price = self.protocol.schedule.host_price(function);
        let Some((bytes_in, bytes_out)) = self.lengths(call.name, call.arguments) else {
            self.trapped = true;
            return Err(Refused);
        };
        let cost = price.base + price.per_input_byte * bytes_in + price.per_output_byte * bytes_out;
        call.meter.gas_left -= i64::try_from(cost).expect("prices are small");
        if call.meter.gas_left < 0 {
            self.trapped = true;
            return Err(Refused);
        }
        match call.name {
            "return" | "terminate" => Err(Refused),
            "revert" | "panic" => {
                self.failed = true;
                Err(Refused)
            }
            "input_length" => Ok(INPUT_BYTES),
            "is_read_only" => Ok(self.next() & 1),
            "storage_read" => Ok(bytes_out),
            _ => Ok(self.next()),
        }
    }
}
