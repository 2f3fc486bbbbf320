//! What takes slots of the stack and gives them back, as lines.

use wasmparser::Operator;

use crate::reading::exit;

/// Slots taken and given back, by a fixed number or by what locals keep.
pub(crate) fn slots(code: &[Operator<'_>], stack: u32) -> Option<(String, usize)> {
    use Operator as O;
    let ours = |index: &u32| *index == stack;
    match code {
        [
            O::GlobalGet { global_index },
            O::LocalTee { local_index },
            rest @ ..,
        ] if ours(global_index) => {
            let [O::I32Const { value }, O::I32Sub, O::LocalSet { .. }, ..] = rest else {
                return None;
            };
            Some((format!("keep slots in {local_index}, less {value}"), 5))
        }
        [
            O::GlobalGet { global_index: g1 },
            O::I32Const { value },
            next,
            rest @ ..,
        ] if ours(g1) => {
            let [O::GlobalSet { global_index: g2 }, rest @ ..] = rest else {
                return None;
            };
            match next {
                O::I32Sub if ours(g2) => {
                    let (exit, length) = look(rest, &code[..1]);
                    Some((format!("take {value} slots{exit}"), length + 4))
                }
                O::I32Add if ours(g2) => Some((format!("give {value} slots"), 4)),
                _ => None,
            }
        }
        [
            O::LocalGet { local_index },
            O::GlobalSet { global_index },
            rest @ ..,
        ] if ours(global_index) => {
            let (exit, length) = look(rest, &code[..1]);
            Some((format!("slots of {local_index}{exit}"), length + 2))
        }
        _ => None,
    }
}

/// A look at a stack counter that `read` reads, if there is one.
fn look(code: &[Operator<'_>], read: &[Operator<'_>]) -> (String, usize) {
    use Operator as O;
    let rest = match code {
        [first, O::I32Const { value: 0 }, O::I32LtS, rest @ ..] if *read == [first.clone()] => rest,
        _ => return (String::new(), 0),
    };
    exit(rest).map_or_else(Default::default, |(exit, length)| (exit, length + 3))
}
