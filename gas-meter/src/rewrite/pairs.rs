//! A loop that is paid two runs at a time.
//!
//! ```text
//! block $done
//!   loop $head
//!     counter := counter - 2 * cost, leave for $exit when it is below -cost
//!     block $second
//!       the body, with its branch to $second in place of the loop
//!       counter := counter + cost
//!       br $done
//!     end
//!     the body, with its branch to $head
//!   end
//! end
//! ```
//!
//! The counter is compared with -cost: the first run can be paid if what was there before was
//! cost at least. Whether the second can shows at the next comparison, in front of the third or
//! behind the loop; until then it is one more piece of code that a frame has gone through unpaid
//! once. A loop that ends with a first run gives the price of the second back.

use wasm_encoder::{BlockType, Encode, Instruction};

use super::counter::Counter;
use super::exit::Exit;
use crate::prepared::InternalError;

/// Writes what stands between the loop's opening and the second run. `body` is the loop's body,
/// its branch included.
pub(super) fn first_run(
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
    counter.charge_down_to(both, back, exit, sink);
    Instruction::Block(BlockType::Empty).encode(sink);
    sink.extend_from_slice(body);
    counter.charge(back, None, sink);
    Instruction::Br(2).encode(sink);
    Instruction::End.encode(sink);
    Ok(())
}
