//! The batch update as a whole: its changes go through an editor (`edit.rs`), some at a time.
//!
//! A large batch is parted in two at a page (`halves.rs`), and the store decides whether the halves
//! are worked through one after the other or at the same time. Each has an editor of its own, which
//! stops with that page still open; then the first takes over what the second has made of the page,
//! and goes on behind it. The new tree is the same either way.

use alloc::vec::Vec;

use crate::batch_order::{Change, look_at_values};
use crate::draft::Draft;
use crate::edit::{Editor, Half};
use crate::error::TrieError;
use crate::halves::halves;
use crate::link::Child;
use crate::store::NodeStore;

/// How many changes are looked at before they are made, to ask the store for what they need, and
/// hashed together: so many that vector lanes are full, so few that all of it stays in the cache.
const CHANGES_AHEAD: usize = 64;

/// Makes the draft for changes with ascending keys, each once. Returns it with where the new tree
/// begins.
pub(crate) fn draft_batch<S: NodeStore>(
    store: &S,
    root: Option<Child>,
    changes: &[Change<'_>],
) -> Result<(Draft, Option<Child>), TrieError<S::Error>> {
    let Some(halves) = halves(store, root, changes)? else {
        return draft(store, root, changes, changes.len())?.finish();
    };
    let (front, behind) = changes.split_at_checked(halves.end).unwrap_or_default();
    let (first, second) = front.split_at_checked(halves.middle).unwrap_or_default();
    let (first, second) = store.both(
        || draft(store, root, first, changes.len()),
        || -> Result<Half, TrieError<S::Error>> {
            draft(store, root, second, second.len())?.into_half(halves.half_byte)
        },
    );
    let mut editor = first?;
    editor.join(second?, &halves)?;
    make(&mut editor, root, behind)?;
    editor.finish()
}

/// Makes changes with a new editor, which has room for so many.
fn draft<'s, S: NodeStore>(
    store: &'s S,
    root: Option<Child>,
    changes: &[Change<'_>],
    room: usize,
) -> Result<Editor<'s, S>, TrieError<S::Error>> {
    let first = changes.first().map(|(key, _)| *key);
    let mut editor = Editor::new(store, root, first, room)?;
    make(&mut editor, root, changes)?;
    Ok(editor)
}

/// Makes changes, and hashes what comes of them as far as it is closed.
fn make<S: NodeStore>(
    editor: &mut Editor<'_, S>,
    root: Option<Child>,
    changes: &[Change<'_>],
) -> Result<(), TrieError<S::Error>> {
    for changes in changes.chunks(CHANGES_AHEAD) {
        if let Some(root) = root {
            let keys: Vec<&[u8]> = changes.iter().map(|(key, _)| *key).collect();
            editor.store.fetch_ahead(root.link, &keys);
        }
        look_at_values(changes);
        for (key, value) in changes {
            editor.change(key, *value)?;
        }
        editor.hash_added()?;
    }
    Ok(())
}
