//! A loop that is paid two runs at a time.
//!
//! ```text
//! block $done
//!   loop $head
//!     block $next
//!       the body, with its branch to $next in place of the loop
//!       br $done
//!     end
//!     counter := counter - 2 * cost, leave for $exit when it is below -cost
//!     the body, with its branch to $head
//!     counter := counter + cost
//!   end
//! end
//! ```
//!
//! The first run is paid in front of the loop (see `plan::groups::turns`), so most loops that end
//! with it pay nothing here. The counter is compared with -cost: the run that follows can be paid
//! if what was there before was cost at least. Whether the one behind it can shows at the next
//! comparison; until then it is one more piece of code that a frame has gone through unpaid once.
//! If it does not come, its price is given back.

use wasm_encoder::{BlockType, Encode, Instruction};

use super::counter::Counter;
use super::exit::Exit;
use crate::prepared::InternalError;

/// Writes what stands between the loop's opening and the run behind the charge. `body` is the
/// loop's body, its branch included.
pub(super) fn two_runs(
    body: &[u8],
    cost: u64,
    exit: Exit,
    counter: &Counter,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    let overflows = || InternalError::new("a charge overflows");
    let cost = i64::try_from(cost).map_err(|_| overflows())?;
    let both = cost.checked_mul(2).ok_or_else(overflows)?;
    let back = cost.checked_neg().ok_or_else(overflows)?;
    Instruction::Block(BlockType::Empty).encode(sink);
    sink.extend_from_slice(body);
    Instruction::Br(2).encode(sink);
    Instruction::End.encode(sink);
    counter.charge(both, Some((back, exit)), sink);
    Ok(())
}
