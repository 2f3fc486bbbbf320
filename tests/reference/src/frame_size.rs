//! The greatest height of a function's operand stack, and the heights at its labels.
//!
//! This follows the validation algorithm in the appendix of the Wasm specification to the letter,
//! without the types: a stack of control frames, each with the height at its start; in code that
//! cannot be reached the stack is polymorphic, so that popping below the control frame's height
//! takes nothing while pushing still adds. The result is the greatest height after any push, in
//! values, reachable or not. Every operator pops first and pushes last, so that this is the height
//! behind the operator, and what it holds in between does not count.

/// An open block, loop, if or the function body.
#[derive(Clone, Copy, Debug)]
struct Frame {
    height: usize,
    unreachable: bool,
}

/// The operand stack's height while a body is read from front to back.
#[derive(Debug, Default)]
pub(crate) struct Heights {
    now: usize,
    greatest: usize,
    frames: Vec<Frame>,
}

impl Heights {
    /// The greatest height so far.
    pub(crate) fn greatest(&self) -> usize {
        self.greatest
    }

    /// Pushes `count` values.
    pub(crate) fn push(&mut self, count: usize) {
        self.now += count;
        self.greatest = self.greatest.max(self.now);
    }

    /// Pops `count` values, or as many as there are when the code cannot be reached.
    pub(crate) fn pop(&mut self, count: usize) {
        let frame = self.frames.last().expect("popping inside a body");
        let available = self.now - frame.height;
        assert!(
            count <= available || frame.unreachable,
            "valid code never pops more than there is"
        );
        self.now -= count.min(available);
    }

    /// Opens a control frame above its parameters and returns the height below them.
    pub(crate) fn open(&mut self, params: usize) -> usize {
        if !self.frames.is_empty() {
            self.pop(params);
        }
        let height = self.now;
        self.frames.push(Frame {
            height,
            unreachable: false,
        });
        self.push(params);
        height
    }

    /// Closes the innermost control frame, which leaves its results.
    pub(crate) fn close(&mut self, results: usize) {
        self.pop(results);
        let frame = self.frames.pop().expect("closing an open frame");
        self.now = frame.height;
        self.push(results);
    }

    /// `else`: the first arm ends, the second begins with the parameters.
    pub(crate) fn alternate(&mut self, params: usize, results: usize) {
        self.pop(results);
        let frame = self.frames.last_mut().expect("else inside an if");
        frame.unreachable = false;
        self.now = frame.height;
        self.push(params);
    }

    /// What follows cannot be reached.
    pub(crate) fn stop(&mut self) {
        let frame = self.frames.last_mut().expect("stopping inside a body");
        frame.unreachable = true;
        self.now = frame.height;
    }
}

#[cfg(test)]
mod tests {
    use super::Heights;

    #[test]
    fn unreachable_code_still_raises_the_height() {
        let mut heights = Heights::default();
        heights.open(0);
        heights.push(1);
        heights.stop();
        heights.pop(3);
        heights.push(2);
        assert_eq!(heights.greatest(), 2);
        heights.close(2);
        assert_eq!(heights.greatest(), 2);
    }

    #[test]
    fn a_block_keeps_what_is_below_its_parameters() {
        let mut heights = Heights::default();
        heights.open(0);
        heights.push(3);
        assert_eq!(heights.open(1), 2);
        heights.pop(1);
        heights.push(4);
        assert_eq!(heights.greatest(), 6);
        heights.stop();
        heights.close(1);
        heights.push(1);
        heights.pop(4);
        assert_eq!(heights.greatest(), 6);
    }
}
