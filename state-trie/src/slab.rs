//! An array of things under stable numbers, with the places of removed things used again.

use alloc::vec::Vec;

/// The alignment of places that take whole lines of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct CacheLine;

/// A place of the array, aligned as `A` is.
#[derive(Clone, Debug)]
struct Place<T, A> {
    _alignment: [A; 0],
    item: Option<T>,
    /// The version that the item came with.
    born: u64,
}

/// See the module's description. The places are aligned as `A` is.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T, A = u64> {
    places: Vec<Place<T, A>>,
    free: Vec<usize>,
}

impl<T, A> Default for Slab<T, A> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T, A> Slab<T, A> {
    /// How many things there are.
    pub(crate) fn count(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }

    /// Adds a thing that came with the version `born` and returns its number.
    pub(crate) fn insert(&mut self, item: T, born: u64) -> u64 {
        let place = Place {
            _alignment: [],
            item: Some(item),
            born,
        };
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.places.len(),
        };
        match self.places.get_mut(index) {
            Some(free) => *free = place,
            None => self.places.push(place),
        }
        u64::try_from(index).unwrap_or(u64::MAX)
    }

    /// The thing with a number.
    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        self.place(number).and_then(|place| place.item.as_ref())
    }

    /// The thing with a number, to change it where it is.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let index = usize::try_from(number).ok()?;
        self.places.get_mut(index)?.item.as_mut()
    }

    /// Whether the thing with a number came after a version; `None` stands before all of them.
    pub(crate) fn came_after(&self, number: u64, version: Option<u64>) -> bool {
        self.place(number)
            .is_some_and(|place| place.item.is_some() && Some(place.born) > version)
    }

    /// Takes a thing away.
    pub(crate) fn remove(&mut self, number: u64) -> Option<T> {
        let index = usize::try_from(number).ok()?;
        let item = self.places.get_mut(index)?.item.take();
        if item.is_some() {
            self.free.push(index);
        }
        item
    }

    fn place(&self, number: u64) -> Option<&Place<T, A>> {
        let index = usize::try_from(number).ok()?;
        self.places.get(index)
    }
}
