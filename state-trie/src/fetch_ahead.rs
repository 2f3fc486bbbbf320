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
/// leaves with the numbers that they are given. `approach` is called with a link before a function
/// is, for all keys first: where looking a number up has to wait for memory, it can have that
/// brought. For [`crate::NodeStore::fetch_ahead`].
pub fn go_down_together<'s>(
    from: Link,
    keys: &[&[u8]],
    approach: impl Fn(Link),
    page: impl Fn(u64) -> Option<&'s Page>,
    leaf: impl Fn(u64) -> Option<&'s Leaf>,
) {
    let mut ways: Vec<Way<'_, 's>> = keys.iter().map(|key| (from, *key, None)).collect();
    while !ways.is_empty() {
        ways.iter().for_each(|(link, ..)| approach(*link));
        let mut last = None;
        for (link, _, found) in &mut ways {
            let (link, is_there) = (*link, last.is_some_and(|(last, _)| last == *link));
            *found = match (link, last) {
                (_, Some((_, last))) if is_there => last,
                (Link::Page(number), _) => page(number),
                _ => None,
            };
            last = Some((link, *found));
            black_box(found.map(Page::half_byte));
        }
        let mut last = None;
        ways.retain_mut(|(link, key, found)| {
            let is_there = last.replace(*link) == Some(*link);
            let below = match (*link, *found) {
                (Link::Page(_), Some(page)) => {
                    if !is_there {
                        page.touch();
                    }
                    page.link_in(slot_of(key, page.half_byte()))
                }
                (Link::Leaf(number), _) => {
                    black_box(leaf(number).map(|leaf| leaf.value().last()));
                    None
                }
                _ => None,
            };
            below.map(|below| *link = below).is_some()
        });
    }
}

/// How far the way to a key has come, the key, and the page there.
type Way<'k, 's> = (Link, &'k [u8], Option<&'s Page>);
