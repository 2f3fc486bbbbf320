//! The functions that an operator stands in. Those of a module share most of what is around them.

use std::sync::Arc;

/// The most frames of one location. Compilers write a few dozen at the most.
const FRAMES_MAX: usize = 256;

/// One function that an operator stands in, inlined or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// The function's name, if it is known.
    pub function: Option<Arc<str>>,
    /// The source file, if it is known.
    pub file: Option<Arc<str>>,
    /// The line in it, from 1; 0 when unknown.
    pub line: u32,
}

/// A frame and those around it, which many chains share. Without any when nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain(Option<Arc<Link>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    frame: Frame,
    around: Chain,
    depth: usize,
}

impl Chain {
    /// This frame within all of these; nothing when they are as many as there may be.
    pub fn with(&self, frame: Frame) -> Option<Chain> {
        let depth = self.depth().saturating_add(1);
        let around = self.clone();
        (depth <= FRAMES_MAX).then(|| {
            Chain(Some(Arc::new(Link {
                frame,
                around,
                depth,
            })))
        })
    }

    /// How many frames there are.
    pub fn depth(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.depth)
    }

    /// The frames, outermost first.
    pub fn frames(&self) -> Vec<&Frame> {
        let links = std::iter::successors(self.0.as_deref(), |link| link.around.0.as_deref());
        let mut frames: Vec<&Frame> = links.map(|link| &link.frame).collect();
        frames.reverse();
        frames
    }
}
