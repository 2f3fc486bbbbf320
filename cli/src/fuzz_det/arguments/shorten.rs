//! Encoded arguments made shorter: elements of lists, bytes and letters are left out.
//!
//! Like the transactions of a candidate: pieces first, large ones before small ones, for as long as
//! the rest still shows what it shows; then each element by itself. So an argument that is a
//! program or a list of calls keeps the steps that are needed.

use lockstep_abi::Type;
use parity_scale_codec::Encode;

use super::split::{Parts, parts};
use super::{compact, simplest};

/// How deep elements of elements are looked at.
const DEPTH_MAX: u32 = 16;

/// The shortest encoding found of a value of this type that still shows what `bytes` shows. The
/// whole is tried as simple as it can be first.
pub(in crate::fuzz_det) fn shorten(
    ty: &Type,
    bytes: Vec<u8>,
    shows: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Vec<u8> {
    shorten_at(ty, bytes, 0, shows)
}

/// The same of bytes of which nothing is known.
pub(in crate::fuzz_det) fn shorten_bytes(
    bytes: Vec<u8>,
    shows: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Vec<u8> {
    let mut items: Vec<Vec<u8>> = bytes.into_iter().map(|byte| vec![byte]).collect();
    leave_out(&mut items, &mut |fewer| shows(fewer.concat()));
    items.concat()
}

fn shorten_at(
    ty: &Type,
    bytes: Vec<u8>,
    depth: u32,
    shows: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Vec<u8> {
    let simple = simplest(ty);
    if bytes == simple || shows(simple.clone()) {
        return simple;
    }
    let is_deep = depth >= DEPTH_MAX;
    let Some(Parts { head, types, items }) = parts(ty, &bytes).filter(|_| !is_deep) else {
        return bytes;
    };
    let whole = |items: &[Vec<u8>]| {
        let content = items.concat();
        let head = match ty {
            Type::List(_) | Type::Map(..) => compact(items.len()).encode(),
            Type::Bytes | Type::String => compact(content.len()).encode(),
            _ => head.clone(),
        };
        [head, content].concat()
    };
    let mut items = items;
    if is_counted(ty) {
        leave_out(&mut items, &mut |fewer| shows(whole(fewer)));
    }
    for position in 0..items.len() {
        // Bytes and letters have no parts.
        let Some(ty) = types.get(position.checked_rem(types.len()).unwrap_or_default()) else {
            break;
        };
        let item = items[position].clone();
        let mut others = items.clone();
        items[position] = shorten_at(ty, item, depth + 1, &mut |shorter| {
            others[position] = shorter;
            shows(whole(&others))
        });
    }
    whole(&items)
}

/// Whether a value begins with how many items it has.
fn is_counted(ty: &Type) -> bool {
    matches!(
        ty,
        Type::List(_) | Type::Map(..) | Type::Bytes | Type::String
    )
}

/// Leaves out runs of items, from the end and long ones first, for as long as `shows` is true of the
/// rest.
fn leave_out(items: &mut Vec<Vec<u8>>, shows: &mut dyn FnMut(&[Vec<u8>]) -> bool) {
    let mut size = items.len().div_ceil(2);
    while size > 0 {
        let mut end = items.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            let mut fewer = items.clone();
            fewer.drain(start..end);
            if shows(&fewer) {
                *items = fewer;
            }
            end = start;
        }
        size /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::shorten;
    use lockstep_abi::{Field, Type, Variant};
    use parity_scale_codec::Encode;

    fn field(name: &str, ty: Type) -> Field {
        Field {
            name: name.to_string(),
            ty,
        }
    }

    #[test]
    fn of_bytes_and_letters_those_are_left_that_are_needed() {
        let program: Vec<u8> = (0..200).collect();
        let left = shorten(&Type::Bytes, program.encode(), &mut |bytes| {
            [7, 90, 91].iter().all(|byte| bytes[1..].contains(byte))
        });
        assert_eq!(left, vec![7_u8, 90, 91].encode());
        let text = "a long t\u{e9}xt".to_string().encode();
        let left = shorten(&Type::String, text, &mut |bytes| {
            String::from_utf8(bytes[1..].to_vec()).is_ok_and(|text| text.contains('\u{e9}'))
        });
        assert_eq!(left, "\u{e9}".to_string().encode());
    }

    #[test]
    fn of_a_list_of_calls_the_one_is_left_that_is_needed_and_its_arguments_are_simple() {
        let variants = vec![
            Variant {
                name: "Stop".into(),
                index: 0,
                fields: vec![],
            },
            Variant {
                name: "Call".into(),
                index: 1,
                fields: vec![
                    field("input", Type::Bytes),
                    field("gas", Type::Option(Box::new(Type::U32))),
                ],
            },
        ];
        let step = Type::Enum {
            name: "Step".into(),
            variants,
        };
        let call = |input: &[u8]| [vec![1], input.encode(), Some(9_u32).encode()].concat();
        let steps = [
            call(&[1, 2]),
            vec![0],
            call(&[3, 4, 5]),
            vec![0],
            call(&[6]),
        ];
        let encoded = [vec![5 << 2], steps.concat()].concat();
        let list = Type::List(Box::new(step));
        let left = shorten(&list, encoded, &mut |bytes| bytes.contains(&4));
        // The list's length, 1, is a 4.
        assert_eq!(left, [vec![4, 0]].concat());
        let encoded = [vec![5 << 2], steps.concat()].concat();
        let left = shorten(&list, encoded, &mut |bytes| bytes[1..].contains(&5));
        assert_eq!(left, [vec![4, 1], vec![5_u8].encode(), vec![0]].concat());
    }

    #[test]
    fn what_is_no_value_of_the_type_stays() {
        let wrong = vec![8, 1];
        let left = shorten(&Type::Bytes, wrong.clone(), &mut |_| false);
        assert_eq!(left, wrong);
    }
}
