//! The guest's memory on this side of the pipe, kept equal by sending what changed.

/// How much memory is compared and sent as one.
pub(super) const BLOCK_BYTES: usize = 4096;

/// A copy of a guest's memory, and of how it was when the other side last saw it.
#[derive(Default)]
pub(super) struct Mirror {
    /// The memory as it is now.
    pub(super) memory: Vec<u8>,
    sent: Vec<u8>,
}

impl Mirror {
    /// Takes over the memory's size and the blocks that the other side changed: for each its index
    /// (u32 LE) and its bytes. `None` when they are no such blocks.
    pub(super) fn receive(&mut self, memory_bytes: usize, mut blocks: &[u8]) -> Option<()> {
        self.memory.resize(memory_bytes, 0);
        self.sent.resize(memory_bytes, 0);
        while let Some((index, rest)) = blocks.split_first_chunk() {
            let start = usize::try_from(u32::from_le_bytes(*index)).ok()? * BLOCK_BYTES;
            let (block, rest) = rest.split_at_checked(BLOCK_BYTES)?;
            let range = start..start.checked_add(BLOCK_BYTES)?;
            self.memory.get_mut(range.clone())?.copy_from_slice(block);
            self.sent.get_mut(range)?.copy_from_slice(block);
            blocks = rest;
        }
        blocks.is_empty().then_some(())
    }

    /// Appends the blocks that changed on this side, which the other side then knows.
    pub(super) fn send(&mut self, out: &mut Vec<u8>) {
        let blocks = self.memory.chunks(BLOCK_BYTES);
        let sent = self.sent.chunks_mut(BLOCK_BYTES);
        for (index, (now, sent)) in (0_u32..).zip(blocks.zip(sent)) {
            if now != sent {
                out.extend(index.to_le_bytes());
                out.extend_from_slice(now);
                sent.copy_from_slice(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, Mirror};

    #[test]
    fn blocks_go_both_ways_and_only_what_changed() {
        let mut ours = Mirror::default();
        let mut block = 1_u32.to_le_bytes().to_vec();
        block.extend([7; BLOCK_BYTES]);
        ours.receive(4 * BLOCK_BYTES, &block).expect("a block");
        assert_eq!(ours.memory[BLOCK_BYTES], 7);
        assert_eq!(ours.memory[2 * BLOCK_BYTES], 0);

        let mut out = Vec::new();
        ours.send(&mut out);
        assert!(out.is_empty());
        ours.memory[2 * BLOCK_BYTES + 5] = 9;
        ours.send(&mut out);
        assert_eq!(out[..4], [2, 0, 0, 0]);
        assert_eq!(out.len(), 4 + BLOCK_BYTES);
        assert_eq!(out[4 + 5], 9);
    }

    #[test]
    fn what_is_no_block_is_refused() {
        let mut ours = Mirror::default();
        assert_eq!(ours.receive(BLOCK_BYTES, &[0; 10]), None);
        let mut beyond = 1_u32.to_le_bytes().to_vec();
        beyond.extend([7; BLOCK_BYTES]);
        assert_eq!(ours.receive(BLOCK_BYTES, &beyond), None);
    }
}
