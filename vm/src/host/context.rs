//! Who calls, with what, in which block.

use super::{Answer, HostCall};
use crate::fatal::Fatal;

impl HostCall<'_, '_, '_> {
    pub(super) fn caller(&mut self) -> Answer {
        let id = self.frame.context.caller;
        self.write_first(&id.0)
    }

    pub(super) fn self_id(&mut self) -> Answer {
        let id = self.frame.context.contract;
        self.write_first(&id.0)
    }

    pub(super) fn origin(&mut self) -> Answer {
        let id = self.frame.session.environment.origin;
        self.write_first(&id.0)
    }

    pub(super) fn value(&mut self) -> Answer {
        let value = self.frame.context.value;
        self.write_first(&value.to_le_bytes())
    }

    pub(super) fn balance(&mut self) -> Answer {
        let (account, out) = (self.arg(0)?, self.arg(1)?);
        let account = self.read_account(account)?;
        let balance = self.frame.session.state.account(&account)?.balance;
        self.write(out, &balance.to_le_bytes())?;
        Ok(None)
    }

    pub(super) fn block_height(&mut self) -> Answer {
        Ok(Some(self.frame.session.environment.block.height))
    }

    pub(super) fn block_timestamp(&mut self) -> Answer {
        Ok(Some(self.frame.session.environment.block.timestamp_ms))
    }

    pub(super) fn chain_id(&mut self) -> Answer {
        Ok(Some(self.frame.session.environment.block.chain_id))
    }

    pub(super) fn gas_left(&mut self) -> Answer {
        let gas = u64::try_from(self.meter.gas);
        Ok(Some(gas.map_err(|_| {
            Fatal::Internal("a host call was paid with negative gas")
        })?))
    }

    pub(super) fn is_read_only(&mut self) -> Answer {
        Ok(Some(u64::from(self.frame.context.read_only)))
    }

    /// Writes to the pointer that is the only argument.
    fn write_first(&mut self, bytes: &[u8]) -> Answer {
        let out = self.arg(0)?;
        self.write(out, bytes)?;
        Ok(None)
    }
}
