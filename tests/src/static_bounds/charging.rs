//! The host of the reference interpreter, charging and refusing as the machine does.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::Protocol;
use lockstep_reference::{Host, HostCall, Refused};

use crate::stated::stated_bytes;

/// What `input_length` answers.
pub(crate) const INPUT_BYTES: u64 = 300;

/// A host that charges by the schedule and answers within the limits.
pub(crate) struct Charging<'p> {
    protocol: &'p Protocol,
    state: u64,
    /// Whether a call was refused that the machine refuses, which is a trap.
    pub(crate) trapped: bool,
    /// Whether a call could not be paid, which is out of gas.
    pub(crate) unpaid: bool,
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
            unpaid: false,
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

    /// A number up to this.
    fn up_to(&mut self, most: u32) -> u64 {
        self.next() % (u64::from(most) + 1)
    }

    /// Bytes in and out of a call, or `None` when the machine would refuse it. What is found in
    /// storage is of any length that it can have; a message that is sent uses no gas of its own.
    fn lengths(
        &mut self,
        function: HostFunction,
        arguments: &[u64],
        memory_bytes: u64,
    ) -> Option<(u64, u64)> {
        use HostFunction as F;
        let limits = &self.protocol.limits;
        let (input, output) = stated_bytes(function, arguments, limits, memory_bytes)?;
        let found = match function {
            F::InputRead if output > INPUT_BYTES => return None,
            F::StorageRead | F::TransientRead => self.up_to(limits.storage_value_bytes_max),
            F::StorageNext | F::StoragePrevious => self.up_to(limits.storage_key_bytes_max),
            _ => 0,
        };
        Some((input, output + found))
    }

    /// What a call answers that was paid, or that it ends the run.
    fn answer(&mut self, function: HostFunction, bytes_out: u64) -> Result<u64, Refused> {
        use HostFunction as F;
        match function {
            F::Return | F::Terminate => Err(Refused),
            F::Revert | F::Panic => {
                self.failed = true;
                Err(Refused)
            }
            F::InputLength => Ok(INPUT_BYTES),
            F::ReturnedLength => Ok(self.up_to(self.protocol.limits.output_bytes_max)),
            F::IsReadOnly
            | F::StorageRemove
            | F::TransientRemove
            | F::Ed25519Verify
            | F::Secp256k1Recover
            | F::P256Verify => Ok(self.up_to(1)),
            F::StorageRead | F::TransientRead | F::StorageNext | F::StoragePrevious => {
                Ok(bytes_out)
            }
            _ => Ok(self.next()),
        }
    }
}

impl Host for Charging<'_> {
    fn call(&mut self, call: HostCall<'_>) -> Result<u64, Refused> {
        let function = HostFunction::from_name(call.name).expect("a host function");
        let price = self.protocol.schedule.host_price(function);
        let memory_bytes = call.memory.len() as u64;
        let Some((bytes_in, bytes_out)) = self.lengths(function, call.arguments, memory_bytes)
        else {
            self.trapped = true;
            return Err(Refused);
        };
        let cost = price.base + price.per_input_byte * bytes_in + price.per_output_byte * bytes_out;
        // What cannot be paid takes no gas.
        let left = call.meter.gas_left - i64::try_from(cost).expect("prices are small");
        if left < 0 {
            self.unpaid = true;
            return Err(Refused);
        }
        call.meter.gas_left = left;
        self.answer(function, bytes_out)
    }
}
