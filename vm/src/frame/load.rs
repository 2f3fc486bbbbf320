//! Step 3 of a message: its code is made ready.
//!
//! The transaction keeps what it loads, up to a bound that follows from the lengths of the code
//! alone. What it keeps is there at once and free. Anything else is charged and then made ready,
//! by the cache or from the state. So code is never prepared for nothing, however little the cache
//! holds, and the cache does not decide what is charged.

use std::sync::Arc;

use super::admit::Admitted;
use super::pay;
use crate::code_cache::LoadedCode;
use crate::fatal::Fatal;
use crate::observer::MessageCharge;
use crate::session::Session;

/// Takes the price and gives the code. `None` when the gas does not suffice; the code was then not
/// looked at, only its length.
pub(super) fn load(
    session: &mut Session<'_>,
    admitted: &Admitted,
    gas: &mut u64,
) -> Result<Option<Arc<LoadedCode>>, Fatal> {
    let hash = admitted.code;
    if let Some(code) = session.loaded(&hash) {
        return Ok(Some(code));
    }
    let protocol = session.environment.protocol;
    let engine = session.environment.engine;
    let key = session.cache.key(hash, protocol, engine);
    let length = session.state.code_length(&hash)?;
    let length = length.map(u64::from).ok_or_else(Fatal::no_code)?;
    let prices = &protocol.schedule.code;
    let price = prices
        .load_per_byte
        .saturating_mul(length)
        .saturating_add(prices.load_base);
    if !pay(session, gas, price, (admitted, MessageCharge::Load)) {
        return Ok(None);
    }
    let code = match session.cache.get(&key) {
        Some(code) => {
            session.state.require_code(&hash)?;
            code
        }
        None => {
            let bytes = session.state.code(&hash)?.ok_or_else(Fatal::no_code)?;
            session.cache.load(key, &bytes, protocol, engine)?
        }
    };
    if code.length != length {
        return Err(Fatal::Corrupt("length of code"));
    }
    session.keep_loaded(hash, Arc::clone(&code));
    Ok(Some(code))
}
