//! Where segments begin: the leaders of the flat code.
//!
//! A segment is a run of steps that is entered only at its first and left only behind its last.
//! It begins
//! - at the start of the body and at the start of every loop's body,
//! - wherever a branch that can be reached lands, among them the jump behind the second arm of an
//!   `if` and the way round the first,
//! - behind every operator that may go elsewhere or that calls; that operator is the last of its
//!   own segment.
//!
//! What can be reached is found by following every branch from the start, whatever its condition.

use crate::op::{Op, Step};

/// Enters the sum of every segment's prices at its first step.
pub(crate) fn mark_segments(steps: &mut [Step], loops: &[usize]) {
    let mut leads = vec![false; steps.len()];
    for start in loops.iter().chain(&[0]) {
        leads[*start] = true;
    }
    let mut reached = vec![false; steps.len()];
    let mut waiting = vec![0];
    while let Some(index) = waiting.pop() {
        if std::mem::replace(&mut reached[index], true) {
            continue;
        }
        let op = &steps[index].op;
        for target in targets(op) {
            leads[target] = true;
            waiting.push(target);
        }
        if goes_on(op) {
            waiting.push(index + 1);
        }
    }
    let ends: Vec<bool> = steps.iter().map(|step| ends_segment(&step.op)).collect();
    let mut sum = 0;
    for (index, step) in steps.iter_mut().enumerate().rev() {
        sum += step.price;
        if leads[index] || ends[index.saturating_sub(1)] {
            step.opens = Some(sum);
            sum = 0;
        }
    }
}

/// Where a step may go besides the next.
fn targets(op: &Op) -> Vec<usize> {
    match op {
        Op::Jump(jump) | Op::JumpIf(jump) => vec![jump.target],
        Op::JumpTable(jumps) => jumps.iter().map(|jump| jump.target).collect(),
        Op::Unless(target) => vec![*target],
        _ => Vec::new(),
    }
}

/// Whether a step may go on with the next.
fn goes_on(op: &Op) -> bool {
    !matches!(
        op,
        Op::Jump(_) | Op::JumpTable(_) | Op::Return | Op::Unreachable
    )
}

/// Whether a step is the last of its segment wherever it stands.
fn ends_segment(op: &Op) -> bool {
    !goes_on(op)
        || matches!(
            op,
            Op::JumpIf(_) | Op::Unless(_) | Op::Call(_) | Op::CallIndirect(_)
        )
}

#[cfg(test)]
mod tests {
    use super::mark_segments;
    use crate::op::{Jump, Op, Step};

    fn jump(target: usize) -> Jump {
        Jump {
            target,
            keep: 0,
            height: 0,
        }
    }

    fn segments(ops: Vec<Op>, loops: &[usize]) -> Vec<Option<u64>> {
        let mut steps: Vec<Step> = ops
            .into_iter()
            .map(|op| Step {
                op,
                price: 1,
                opens: None,
            })
            .collect();
        mark_segments(&mut steps, loops);
        steps.iter().map(|step| step.opens).collect()
    }

    #[test]
    fn a_branch_ends_a_segment_and_its_target_begins_one() {
        let ops = vec![Op::Nop, Op::JumpIf(jump(3)), Op::Nop, Op::Nop, Op::Return];
        let sums = [Some(2), None, Some(1), Some(2), None];
        assert_eq!(segments(ops, &[]), sums);
    }

    #[test]
    fn a_branch_that_cannot_be_reached_lands_nowhere() {
        let ops = vec![Op::Call(0), Op::Return, Op::Jump(jump(4)), Op::Nop, Op::Nop];
        assert_eq!(segments(ops, &[])[4], None);
    }

    #[test]
    fn the_start_of_a_loop_begins_a_segment_even_when_nothing_repeats_it() {
        let ops = vec![Op::Nop, Op::Nop, Op::Return];
        assert_eq!(segments(ops, &[1]), [Some(1), Some(2), None]);
    }
}
