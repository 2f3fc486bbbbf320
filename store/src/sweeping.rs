//! What a commit does for a sweep (`sweep.rs`), and when a sweep begins.
//!
//! No commit needs a sweep, and it may be acknowledged already. So if a node that is to be copied is damaged or
//! cannot be read, the commit is made without that, and so are those after it.

use lockstep_state_trie::Link;

use crate::error::StoreError;
use crate::frame::SweepState;
use crate::frame_builder::FrameBuilder;
use crate::log_store::LogStore;
use crate::put::NewNodes;
use crate::sweep::SweepStep;

/// The least that a commit does for a sweep that is under way, in bytes.
const SWEEP_BYTES_MIN: u64 = 64 << 10;

impl LogStore {
    /// Goes on with the sweep, or begins one if too much of the log is dead. The tree may begin
    /// at another place afterwards, and the new nodes are in the cache then.
    pub(crate) fn sweep_on(
        &mut self,
        builder: &mut FrameBuilder,
        top: &mut Option<Link>,
        nodes: &mut NewNodes,
        bytes_min: u64,
    ) -> Result<Option<SweepState>, StoreError> {
        let needs_sweep = bytes_min > 0;
        // What is made again is what was acknowledged, and nothing of a sweep.
        if self.replaying.is_some() || self.unswept.is_some() && !needs_sweep {
            return Ok(self.ledger.sweep.clone());
        }
        let begin = || {
            self.is_mostly_dead().then(|| SweepState {
                floor: builder.place(),
                cursor: Vec::new(),
            })
        };
        let sweep = self.ledger.sweep.clone().or_else(begin);
        let (Some(sweep), Some(link)) = (sweep, *top) else {
            return Ok(None);
        };
        // A sweep goes through all of the tree.
        std::mem::take(nodes).put(&mut self.cache);
        let bytes_left = builder.node_bytes().max(bytes_min).max(SWEEP_BYTES_MIN);
        let before = builder.mark();
        let step = SweepStep {
            log: &self.log,
            cache: &mut self.cache,
            builder,
            bytes_left,
        };
        match step.run(link, &sweep) {
            Ok((link, sweep)) => {
                *top = Some(link);
                Ok(sweep)
            }
            Err(error) if needs_sweep => Err(error),
            Err(error) => {
                builder.go_back(before);
                // It has nodes under numbers that others will have.
                self.cache.clear();
                self.unswept = Some(error);
                Ok(self.ledger.sweep.clone())
            }
        }
    }

    /// Whether the dead bytes of the log are over what the settings allow.
    fn is_mostly_dead(&self) -> bool {
        let (log_bytes, live_bytes) = self.log_and_live_bytes();
        let allowed = live_bytes
            .saturating_mul(u64::from(self.settings.dead_percent_max))
            .checked_div(100)
            .unwrap_or_default()
            .saturating_add(self.settings.segment_bytes);
        log_bytes.saturating_sub(live_bytes) > allowed
    }

    /// Says what a sweep could not read.
    pub(crate) fn check_swept(&self) -> Result<(), StoreError> {
        self.unswept.as_ref().map_or(Ok(()), |why| Err(why.again()))
    }
}
