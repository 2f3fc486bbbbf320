//! What strangers do to bytes that a verifier reads: they tamper with them, cut them off, put their
//! parts in another order, double some, and make them longer.

/// Every way to flip one bit, to cut bytes off, to double some and to add some.
pub(crate) fn alterations(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for place in 0..bytes.len() {
        for mask in (0..8).map(|bit| 1_u8 << bit).chain([0xff]) {
            let mut altered = bytes.to_vec();
            altered[place] ^= mask;
            all.push(altered);
        }
        all.push(bytes[..place].to_vec());
        all.push([&bytes[..place], &bytes[place + 1..]].concat());
        all.push([&bytes[..=place], &bytes[place..]].concat());
    }
    for extra in [&[0][..], &[0xff], &[0; 32], bytes] {
        all.push([bytes, extra].concat());
        all.push([extra, bytes].concat());
    }
    // Digests and leaves in another order.
    if bytes.len() > 66 {
        for start in 0..bytes.len() - 64 {
            let (front, rest) = bytes.split_at(start);
            let swapped = [front, &rest[32..64], &rest[..32], &rest[64..]].concat();
            all.push(swapped);
        }
    }
    all.retain(|altered| altered != bytes);
    all
}
