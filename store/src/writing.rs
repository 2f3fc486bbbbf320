//! A frame on its way to the medium, beside which the store is read.
//!
//! Its nodes are in the cache. What has left the cache before the frame is written waits for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::address::Address;
use crate::commit::FRAME_BUFFER_BYTES_MAX;
use crate::error::StoreError;
use crate::segment::Segment;
use crate::threads::{Coming, Threads};

/// What became of it: the memory of the frame, for the next one, or why it is not written.
type Written = Result<Vec<u8>, StoreError>;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Writing {
    /// Where the frame begins.
    start: Address,
    result: OnceLock<Written>,
    /// Whether it is durable.
    is_durable: Arc<AtomicBool>,
    coming: Coming<Vec<u8>>,
}

impl Writing {
    /// Has a thread write a frame at a place of a segment and sync it.
    pub(crate) fn begin(
        frame: Vec<u8>,
        start: Address,
        segment: &Segment,
        threads: &Threads,
    ) -> Writing {
        let is_durable = Arc::<AtomicBool>::default();
        let durable = Arc::clone(&is_durable);
        let (file, path) = (Arc::clone(&segment.file), segment.path.clone());
        let coming = threads.begin_writing(move || {
            let written = file
                .write_at(&frame, start.offset())
                .map_err(StoreError::io("write", &path))
                .and_then(|()| file.sync().map_err(StoreError::sync(&path)));
            durable.store(written.is_ok(), Ordering::Release);
            let is_kept = frame.capacity() <= FRAME_BUFFER_BYTES_MAX;
            let buffer = if is_kept { frame } else { Vec::new() };
            written.map(|()| buffer)
        });
        Writing {
            start,
            result: OnceLock::new(),
            is_durable,
            coming,
        }
    }

    /// Waits for the frame if a place is in it.
    pub(crate) fn wait_for(&self, place: Address) -> Result<(), StoreError> {
        let failure = (place >= self.start).then(|| self.failure()).flatten();
        failure.map_or(Ok(()), Err)
    }

    /// Waits for the frame, and says whether it is written.
    pub(crate) fn is_written(&self) -> bool {
        self.result().is_ok()
    }

    /// Waits for the frame, and says why it is not written.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.result().as_ref().err().map(StoreError::again)
    }

    /// Whether it is durable, for what the thread that writes does next: by then it is known.
    pub(crate) fn is_durable(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_durable)
    }

    /// The memory of the frame; none if it is not written.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        let written = self.result.into_inner().and_then(Result::ok);
        written.unwrap_or_default()
    }

    fn result(&self) -> &Written {
        self.result.get_or_init(|| self.coming.wait())
    }
}
