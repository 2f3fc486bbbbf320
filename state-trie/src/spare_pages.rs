//! Pages that were freed, for the next copies: asking for memory costs more than copying into it.

use alloc::vec::Vec;

use crate::page::Page;

/// How many pages with the same number of children are kept.
const SPARE_MAX: usize = 4_096;

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub(crate) struct SparePages {
    /// By their numbers of children.
    by_children: Vec<Vec<Page>>,
}

impl SparePages {
    /// Keeps a page that is not needed for another.
    pub(crate) fn put(&mut self, page: Page) {
        let children = page.links().count();
        if self.by_children.len() <= children {
            self.by_children
                .resize(children.saturating_add(1), Vec::new());
        }
        if let Some(pages) = self.by_children.get_mut(children)
            && pages.len() < SPARE_MAX
        {
            pages.push(page);
        }
    }

    /// A copy of a page.
    pub(crate) fn copy(&mut self, page: &Page) -> Page {
        let same_size = self.by_children.get_mut(page.links().count());
        match same_size.and_then(Vec::pop) {
            Some(mut spare) => {
                spare.copy_from(page);
                spare
            }
            None => page.clone(),
        }
    }
}
