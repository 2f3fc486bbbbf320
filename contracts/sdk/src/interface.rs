//! What all typed callers have: the settings of their calls.

use crate::Remote;

/// A typed caller of another contract, as `#[interface]` makes it. Where the interface has a method
/// of the same name as one here, that one is meant.
pub trait Interface: From<Remote> {
    /// The contract, with the settings of the calls.
    fn remote(&self) -> Remote;

    /// Sends this value along with each call. A method with `&self` takes none: it is called
    /// read-only.
    fn with_value(self, value: u128) -> Self {
        Self::from(Interface::remote(&self).with_value(value))
    }

    /// Passes on at most this much gas with each call.
    fn with_gas_limit(self, gas_limit: u64) -> Self {
        Self::from(Interface::remote(&self).with_gas_limit(gas_limit))
    }

    /// Allows that this contract is called again before a call returns.
    fn allow_reentry(self) -> Self {
        Self::from(Interface::remote(&self).allow_reentry())
    }
}
