//! Encoded arguments made shorter: elements of lists, bytes and letters are left out.
//!
//! Like the transactions of a candidate: pieces first, large ones before small ones, for as long as
//! the rest still shows what it shows; then each element by itself. So an argument that is a
//! program or a list of calls keeps the steps that are needed. Of an array, whose length stays,
//! pieces are made simple in place of that. All of it is done to one buffer; a value that becomes
//! shorter changes nothing in front of it, because lists begin with how many elements they have.

use std::ops::{ControlFlow, Range};

use lockstep_abi::{Field, Type};
use parity_scale_codec::Encode;

use super::split::{Parts, lengths, parts};
use super::{compact, integer_bytes, simplest};

/// How deep elements of elements are looked at.
const DEPTH_MAX: u32 = 16;

/// Whether these arguments still show what is looked for. A break ends the shortening.
pub(in crate::fuzz_det) type Shows<'s> = dyn FnMut(&[u8]) -> ControlFlow<(), bool> + 's;

/// Leaves of arguments the shortest encoding found that still shows what they show. Each is tried
/// as simple as it can be first. Bytes that are no values of these fields stay.
pub(in crate::fuzz_det) fn shorten(
    fields: &[Field],
    bytes: &mut Vec<u8>,
    shows: &mut Shows<'_>,
) -> ControlFlow<()> {
    let lengths = lengths(fields, bytes).unwrap_or_default();
    let mut shortening = Shortening { bytes, shows };
    let mut start = 0;
    for (field, length) in fields.iter().zip(lengths) {
        start = shortening.value(&field.ty, start..start + length, 0)?;
    }
    ControlFlow::Continue(())
}

/// The same of bytes of which nothing is known.
pub(in crate::fuzz_det) fn shorten_bytes(
    bytes: &mut Vec<u8>,
    shows: &mut Shows<'_>,
) -> ControlFlow<()> {
    let mut lengths = vec![1; bytes.len()];
    let mut shortening = Shortening { bytes, shows };
    shortening.leave_out(&Items::default(), &mut lengths)
}

/// Where the items of a value begin.
#[derive(Clone, Copy, Default)]
struct Items {
    /// Where the value begins.
    value: usize,
    /// Where the first item begins.
    first: usize,
    /// What the value begins with.
    count: Count,
}

/// What a value whose items can be left out begins with.
#[derive(Clone, Copy, Default)]
enum Count {
    #[default]
    Nothing,
    Items,
    Bytes,
}

struct Shortening<'s, 'q> {
    bytes: &'s mut Vec<u8>,
    shows: &'s mut Shows<'q>,
}

impl Shortening<'_, '_> {
    /// Puts parts in place of a range, if that still shows it.
    fn replace(&mut self, range: Range<usize>, by: &[&[u8]]) -> ControlFlow<(), bool> {
        let (before, behind) = (&self.bytes[..range.start], &self.bytes[range.end..]);
        let parts: [&[&[u8]]; 3] = [&[before], by, &[behind]];
        let other = parts.concat().concat();
        let shows = (self.shows)(&other)?;
        if shows {
            *self.bytes = other;
        }
        ControlFlow::Continue(shows)
    }

    /// Shortens the value in a range, and gives where it ends then.
    fn value(&mut self, ty: &Type, range: Range<usize>, depth: u32) -> ControlFlow<(), usize> {
        let start = range.start;
        if let Some(simple) = simplest(ty) {
            let is_simple = self.bytes[range.clone()] == *simple;
            if is_simple || self.replace(range.clone(), &[&simple])? {
                return ControlFlow::Continue(start + simple.len());
            }
        }
        let is_deep = depth >= DEPTH_MAX;
        let parts = parts(ty, &self.bytes[range.clone()]).filter(|_| !is_deep);
        let Some(parts) = parts else {
            return ControlFlow::Continue(range.end);
        };
        let Parts {
            head,
            types,
            mut lengths,
        } = parts;
        let mut at = start + head;
        if let Some(count) = count(ty) {
            let items = Items {
                value: start,
                first: at,
                count,
            };
            self.leave_out(&items, &mut lengths)?;
            at = start + count.of(&lengths).len();
        } else if let Type::Array(item, _) = ty {
            self.make_simple(item, at, &mut lengths)?;
        }
        if types.is_empty() || is_array_of_integers(ty) {
            // Bytes and letters have no parts, and the items of this were made simple one by one.
            return ControlFlow::Continue(at + lengths.iter().sum::<usize>());
        }
        for (ty, length) in types.iter().cycle().zip(lengths) {
            at = self.value(ty, at..at + length, depth + 1)?;
        }
        ControlFlow::Continue(at)
    }

    /// Leaves out runs of items, from the end and long ones first, for as long as the rest shows it.
    fn leave_out(&mut self, items: &Items, lengths: &mut Vec<usize>) -> ControlFlow<()> {
        let Items { value, count, .. } = *items;
        let mut first = items.first;
        let mut size = lengths.len().div_ceil(2);
        while size > 0 {
            let mut end = lengths.len();
            let mut end_at = first + lengths.iter().sum::<usize>();
            while end > 0 {
                let start = end.saturating_sub(size);
                let left_out = lengths[start..end].iter().sum::<usize>();
                let start_at = end_at - left_out;
                let head = count.less(lengths, start..end);
                let kept = self.bytes[first..start_at].to_vec();
                if self.replace(value..end_at, &[&head, &kept])? {
                    lengths.drain(start..end);
                    first = value + head.len();
                }
                end_at = first + kept.len();
                end = start;
            }
            size /= 2;
        }
        ControlFlow::Continue(())
    }

    /// Makes runs of an array's items as simple as they can be, in the same order.
    fn make_simple(&mut self, item: &Type, first: usize, lengths: &mut [usize]) -> ControlFlow<()> {
        let Some(simple) = simplest(item) else {
            return ControlFlow::Continue(());
        };
        let mut size = lengths.len().div_ceil(2);
        while size > 0 {
            let mut end = lengths.len();
            let mut end_at = first + lengths.iter().sum::<usize>();
            while end > 0 {
                let start = end.saturating_sub(size);
                let start_at = end_at - lengths[start..end].iter().sum::<usize>();
                let simple_run = simple.repeat(end - start);
                let is_simple = self.bytes[start_at..end_at] == *simple_run;
                if !is_simple && self.replace(start_at..end_at, &[&simple_run])? {
                    lengths[start..end].fill(simple.len());
                }
                (end, end_at) = (start, start_at);
            }
            size /= 2;
        }
        ControlFlow::Continue(())
    }
}

impl Count {
    /// What a value with items of these lengths begins with.
    fn of(self, lengths: &[usize]) -> Vec<u8> {
        self.less(lengths, 0..0)
    }

    /// The same without a range of the items.
    fn less(self, lengths: &[usize], without: Range<usize>) -> Vec<u8> {
        match self {
            Count::Nothing => Vec::new(),
            Count::Items => compact(lengths.len() - without.len()).encode(),
            Count::Bytes => {
                let bytes: usize = lengths.iter().sum();
                compact(bytes - lengths[without].iter().sum::<usize>()).encode()
            }
        }
    }
}

/// What a value of a type begins with, whose items can be left out.
fn count(ty: &Type) -> Option<Count> {
    match ty {
        Type::List(_) | Type::Map(..) => Some(Count::Items),
        Type::Bytes | Type::String => Some(Count::Bytes),
        _ => None,
    }
}

fn is_array_of_integers(ty: &Type) -> bool {
    matches!(ty, Type::Array(item, _) if integer_bytes(item).is_some())
}

#[cfg(test)]
mod tests;
