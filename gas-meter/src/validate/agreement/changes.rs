//! Changes of function bodies.

/// A sequence of numbers that look random.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % below.max(1)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next(256) as u8
    }
}

/// What a byte is changed by: nothing, each bit, and a few bits together.
pub(super) const CHANGES: [u8; 14] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 3, 6, 0x0f, 0x7f, 0xff];

/// What may follow a byte whose highest bit is set: longer forms of the same number, and numbers
/// that are too long or too large.
const LONGER: [&[u8]; 14] = [
    &[0],
    &[1],
    &[0x7f],
    &[0x80, 0],
    &[0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0],
    &[0x80, 0x80, 0x80, 0x08],
    &[0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0x10],
    &[0x80, 0x80, 0x80, 0x70],
    &[0x80, 0x80, 0x80, 0x80, 0],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
];

/// Each byte of a body made another, made longer, left out, and preceded by an operator.
pub(super) fn change_bytes(body: &[u8], with: &[u8], each: &mut dyn FnMut(Vec<u8>)) {
    for position in 0..=body.len() {
        for opcode in [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0x41, 0x6a, 0x7c] {
            let mut changed = body.to_vec();
            changed.insert(position, opcode);
            each(changed);
        }
        if position == body.len() {
            continue;
        }
        for other in with {
            let mut changed = body.to_vec();
            changed[position] ^= other;
            each(changed);
        }
        for longer in LONGER {
            let mut changed = body.to_vec();
            changed[position] |= 0x80;
            changed.splice(position + 1..position + 1, longer.iter().copied());
            each(changed);
        }
        let mut changed = body.to_vec();
        changed.remove(position);
        each(changed);
    }
}

/// A few bytes of a body changed at once.
pub(super) fn change_at_random(body: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut changed = body.to_vec();
    for _ in 0..=numbers.next(3) {
        let position = numbers.next(changed.len());
        let other = numbers.next(body.len());
        match numbers.next(6) {
            0 if !changed.is_empty() => changed[position] = numbers.byte(),
            1 if !changed.is_empty() => changed[position] ^= 1 << numbers.next(8),
            2 if !changed.is_empty() => drop(changed.remove(position)),
            3 => changed.insert(position, body[other]),
            4 => changed.insert(position, numbers.byte()),
            _ if !changed.is_empty() => changed[position] = body[other],
            _ => {}
        }
    }
    changed
}
