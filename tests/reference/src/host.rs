//! What an imported function is given and what it answers.

use crate::meter::Meter;

/// What a host function returns to end the run with `Stop::Host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// A call of an imported function.
#[derive(Debug)]
pub struct HostCall<'a> {
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
