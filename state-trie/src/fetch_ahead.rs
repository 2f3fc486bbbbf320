//! Going down to several keys together, so that what is on the way comes into the processor's
//! caches.
//!
//! What is not in a cache takes as long to come as a hundred instructions, and a search cannot ask
//! for the next page before it has the one above. But no search waits for another's: here all go
//! down level by level, so that memory comes for many at once. Nothing is computed; an update that
//! follows finds its pages and leaves near.

use alloc::vec::Vec;
use core::hint::black_box;

use crate::key_bits::slot_of;
use crate::leaf::Leaf;
use crate::link::Link;
use crate::page::Page;

/// Goes down from a stored node to some keys, as far as the two functions find the pages and
/// leaves with the numbers that they are given. For [`crate::NodeStore::fetch_ahead`].
pub fn go_down_together<'s>(
    from: Link,
    keys: &[&[u8]],
    page: impl Fn(u64) -> Option<&'s Page>,
    leaf: impl Fn(u64) -> Option<&'s Leaf>,
) {
    let mut ways: Vec<(Link, &[u8])> = keys.iter().map(|key| (from, *key)).collect();
    while !ways.is_empty() {
        for (link, _) in &ways {
            if let Link::Page(number) = *link {
                black_box(page(number).map(Page::half_byte));
            }
        }
        let mut last = None;
        ways.retain_mut(|(link, key)| {
            let is_there = last.replace(*link) == Some(*link);
            let below = match *link {
                Link::Page(number) => page(number).and_then(|page| {
                    if !is_there {
                        page.touch();
                    }
                    page.link_in(slot_of(key, page.half_byte()))
                }),
                Link::Leaf(number) => {
                    black_box(leaf(number).map(|leaf| leaf.value().last()));
                    None
                }
                Link::NewPage(_) | Link::NewLeaf(_) => None,
            };
            below.map(|below| *link = below).is_some()
        });
    }
}
