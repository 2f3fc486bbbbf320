//! The types of the operands of the block that the code is in.
//!
//! The youngest of them are in a word (see `values`); where a block has more, the older ones are in
//! a list, which compiled code hardly ever needs. Operands of the blocks around are out of reach.

use super::values::{BITS, UNKNOWN, Values, type_in};

/// How many bits the word has.
const WORD: u32 = 64;

/// How many of them are of the younger half.
const HALF: u32 = 32;

/// The operands of a block, but for those in [`Older`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Operands {
    /// The types of the youngest, the top one in the lowest bits.
    pub(super) types: u64,
    /// How many bits of the word they take.
    pub(super) held: u32,
}

/// Operands that do not fit in the word, of all blocks that are open, the youngest last.
#[derive(Default)]
pub(super) struct Older {
    types: Vec<u8>,
    block: Floor,
}

/// What a block stands on.
#[derive(Clone, Copy, Default)]
pub(super) struct Floor {
    /// How many operands lie below those in the word, of this block and of those around it.
    below: u32,
    /// How many operands in the list belong to the blocks around.
    around: usize,
    /// Whether the code of the block cannot be reached any more: there are operands of unknown
    /// types below all others.
    dead: bool,
}

impl Older {
    /// Begins a function.
    pub(super) fn clear(&mut self) {
        self.types.clear();
        self.block = Floor::default();
    }

    /// How many operands lie below those in the word.
    #[inline(always)]
    pub(super) fn below(&self) -> u32 {
        self.block.below
    }

    /// The number of all operands of the function.
    #[inline(always)]
    pub(super) fn height(&self, operands: Operands) -> u32 {
        self.block.below.wrapping_add(operands.held / BITS)
    }

    /// Begins a block above these operands. Yields what [`Older::close`] takes.
    #[inline(always)]
    pub(super) fn open(&mut self, operands: Operands) -> Floor {
        // Field by field: to copy what was written in parts as a whole makes the processor wait.
        let Floor {
            below,
            around,
            dead,
        } = self.block;
        self.block.below = self.height(operands);
        self.block.around = self.types.len();
        self.block.dead = false;
        Floor {
            below,
            around,
            dead,
        }
    }

    /// Ends a block.
    #[inline(always)]
    pub(super) fn close(&mut self, outer: Floor) {
        self.clear_block();
        self.block.below = outer.below;
        self.block.around = outer.around;
        self.block.dead = outer.dead;
    }

    /// Begins the second arm of an `if`.
    #[inline(always)]
    pub(super) fn restart(&mut self) {
        self.clear_block();
        self.block.dead = false;
    }

    /// Takes the operands of the block that are here.
    #[inline(always)]
    fn clear_block(&mut self) {
        if self.is_used() {
            std::hint::cold_path();
            self.block.below = self.block.below.wrapping_sub(self.own());
            self.types.truncate(self.block.around);
        }
    }

    /// How many operands of the block are here.
    fn own(&self) -> u32 {
        let own = self.types.len().saturating_sub(self.block.around);
        u32::try_from(own).unwrap_or(u32::MAX)
    }

    /// Whether the block has operands here.
    fn is_used(&self) -> bool {
        self.types.len() > self.block.around
    }

    /// The type of the operand with `depth` others above it, if the block has one.
    fn type_at(&self, operands: Operands, depth: u32) -> Option<u8> {
        let in_word = operands.held / BITS;
        if depth < in_word {
            return Some(type_in(operands.types, depth));
        }
        let depth = usize::try_from(depth.wrapping_sub(in_word)).ok()?;
        let own = self.types.get(self.block.around..)?;
        match own
            .len()
            .checked_sub(depth)
            .and_then(|at| at.checked_sub(1))
        {
            Some(at) => own.get(at).copied(),
            None => self.block.dead.then_some(UNKNOWN),
        }
    }

    /// The type of the operand with `depth` others above it, if there is one that has all the bits
    /// of `wants`.
    pub(super) fn wanted_at(&self, operands: Operands, depth: u32, wants: u8) -> Option<u8> {
        self.type_at(operands, depth)
            .filter(|found| !found & wants == 0)
    }

    /// Whether these values are on top.
    #[inline]
    pub(super) fn has(&self, operands: Operands, values: &Values) -> bool {
        if values.width <= operands.held {
            return !operands.types & values.bits == 0;
        }
        std::hint::cold_path();
        (0..values.count).all(|depth| self.wanted_at(operands, depth, values.at(depth)).is_some())
    }

    /// Takes one operand of any type, which the block has. The word is filled again when it has
    /// few.
    pub(super) fn drop_one(&mut self, mut operands: Operands) -> Operands {
        while operands.held < HALF && self.is_used() {
            let Some(youngest) = self.types.pop() else {
                break;
            };
            let above = 1_u64.wrapping_shl(operands.held).wrapping_sub(1);
            operands.types &= above;
            operands.types |= u64::from(youngest).wrapping_shl(operands.held);
            operands.held = operands.held.wrapping_add(BITS);
            self.block.below = self.block.below.wrapping_sub(1);
        }
        if operands.held > 0 {
            operands.types >>= BITS;
            operands.held = operands.held.wrapping_sub(BITS);
        }
        operands
    }

    /// Takes these values from the top, if they are there.
    #[inline]
    pub(super) fn pop(&mut self, operands: Operands, values: &Values) -> Option<Operands> {
        if values.width <= operands.held {
            let popped = Operands {
                types: operands.types.wrapping_shr(values.width),
                held: operands.held.wrapping_sub(values.width),
            };
            return (!operands.types & values.bits == 0).then_some(popped);
        }
        std::hint::cold_path();
        let is_there = self.has(operands, values);
        let drop_one = |operands, _| self.drop_one(operands);
        is_there.then(|| (0..values.count).fold(operands, drop_one))
    }

    /// Adds these values on top.
    #[inline]
    pub(super) fn push(&mut self, operands: Operands, values: &Values) -> Operands {
        let held = operands.held.saturating_add(values.width);
        if held <= WORD {
            let types = operands.types.wrapping_shl(values.width);
            return Operands {
                types: types | values.bits,
                held,
            };
        }
        std::hint::cold_path();
        (0..values.count).rev().fold(operands, |operands, depth| {
            self.push_one(operands, values.at(depth))
        })
    }

    /// Adds one operand on top. The older half of the word makes room when it is full.
    pub(super) fn push_one(&mut self, mut operands: Operands, of: u8) -> Operands {
        if operands.held >= WORD {
            let older = (HALF / BITS..WORD / BITS).rev();
            self.types
                .extend(older.map(|depth| type_in(operands.types, depth)));
            operands.held = HALF;
            self.block.below = self.block.below.wrapping_add(HALF / BITS);
        }
        operands.types = operands.types << BITS | u64::from(of);
        operands.held = operands.held.wrapping_add(BITS);
        operands
    }

    /// Takes all operands of the block: what follows cannot be reached.
    #[inline]
    pub(super) fn leave(&mut self) -> Operands {
        self.clear_block();
        self.block.dead = true;
        Operands::default()
    }

    /// Whether the block may end with these results: they are all that is there.
    #[inline]
    pub(super) fn ends_with(&self, operands: Operands, results: &Values) -> bool {
        if operands.held == results.width && !self.is_used() {
            return !operands.types & results.bits == 0;
        }
        std::hint::cold_path();
        let all = self.own().saturating_add(operands.held / BITS);
        let enough = all == results.count || self.block.dead && all < results.count;
        enough && self.has(operands, results)
    }
}
