//! What a host call costs: a base price, and a price per byte in and out.
//!
//! Bytes in are the lengths that the guest gives; ids, balances, digests, salts and signatures
//! of fixed size are part of the base price. Bytes out are what a function is asked to copy to
//! the guest, at its full length even if the guest's room is smaller; for `storage_write` they
//! are the value, which goes out to the state, because a byte of a key costs far more than one of
//! a value. Where the length is an argument it is charged with the call; the length of a stored
//! value or key is charged when it is known, before the contract gets it. A call that cannot be paid traps with
//! [`Status::OutOfGas`] before it does anything.

use lockstep_abi::{Family, HostFunction};
use lockstep_gas_meter::HostPrice;

use super::events::TOPIC_BYTES;
use super::{HostCall, Stop};
use crate::gas::GasBucket;
use crate::status::Status;

impl HostCall<'_, '_, '_> {
    /// Charges the base price and the lengths that are arguments.
    pub(super) fn charge_lengths_given(&mut self) -> Result<(), Stop> {
        let (input, output) = self.lengths_given()?;
        let price = self.price();
        let amount = price
            .base
            .saturating_add(price.per_input_byte.saturating_mul(input))
            .saturating_add(price.per_output_byte.saturating_mul(output));
        self.charge(amount)
    }

    /// Charges bytes out whose number was found out during the call.
    pub(super) fn charge_output(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let price = self.price();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.charge(price.per_output_byte.saturating_mul(length))
    }

    /// What the function costs.
    fn price(&self) -> HostPrice {
        let protocol = &self.frame.session.environment.protocol;
        protocol.schedule.host_price(self.function)
    }

    /// The bytes in and out that the arguments name.
    fn lengths_given(&self) -> Result<(u64, u64), Stop> {
        Ok(match self.function {
            HostFunction::InputRead | HostFunction::ReturnedRead => (0, self.arg64(2)?),
            HostFunction::Return
            | HostFunction::Revert
            | HostFunction::Panic
            | HostFunction::DebugLog
            | HostFunction::StorageRead
            | HostFunction::StorageRemove
            | HostFunction::StorageLength
            | HostFunction::StorageNext
            | HostFunction::StoragePrevious
            | HostFunction::TransientRead
            | HostFunction::TransientRemove
            | HostFunction::HashSha2x256
            | HostFunction::HashSha3x256
            | HostFunction::HashKeccak256
            | HostFunction::HashBlake2b256
            | HostFunction::HashBlake2b128 => (self.arg64(1)?, 0),
            HostFunction::StorageWrite => (self.arg64(1)?, self.arg64(3)?),
            HostFunction::TransientWrite => (self.arg64(1)?.saturating_add(self.arg64(3)?), 0),
            HostFunction::Call | HostFunction::DelegateCall => {
                (self.arg64(2)?.saturating_add(self.arg64(4)?), 0)
            }
            HostFunction::Instantiate | HostFunction::Ed25519Verify => (self.arg64(3)?, 0),
            HostFunction::Upgrade => (self.arg64(2)?, 0),
            HostFunction::EmitEvent => {
                let topics = self.arg64(1)?.saturating_mul(u64::from(TOPIC_BYTES));
                (topics.saturating_add(self.arg64(3)?), 0)
            }
            HostFunction::InputLength
            | HostFunction::Caller
            | HostFunction::SelfId
            | HostFunction::Origin
            | HostFunction::Value
            | HostFunction::Balance
            | HostFunction::BlockHeight
            | HostFunction::BlockTimestamp
            | HostFunction::ChainId
            | HostFunction::GasLeft
            | HostFunction::IsReadOnly
            | HostFunction::Transfer
            | HostFunction::Terminate
            | HostFunction::ReturnedLength
            | HostFunction::Secp256k1Recover
            | HostFunction::P256Verify => (0, 0),
        })
    }

    /// Takes gas from the guest and books it under the function's family.
    fn charge(&mut self, amount: u64) -> Result<(), Stop> {
        let left = i64::try_from(amount)
            .ok()
            .and_then(|amount| self.meter.gas.checked_sub(amount))
            .filter(|left| *left >= 0)
            .ok_or(Status::OutOfGas)?;
        self.meter.gas = left;
        let bucket = match self.function.family() {
            Family::Storage => GasBucket::Storage,
            Family::Result
            | Family::Context
            | Family::Call
            | Family::Event
            | Family::Hashing
            | Family::Signature
            | Family::Debug => GasBucket::Host,
        };
        self.frame.session.gas.add(bucket, amount);
        Ok(())
    }
}
