//! Replaying a bundle on engines in lockstep.

use lockstep_vm::{
    Bundle, Fatal, Machine, NoObserver, ReplayError, ReplayPlace, Replayed, replay_by,
};
use thiserror::Error;

use super::{Divergence, SideBySide, SideBySideError};

/// Why a bundle was not confirmed by engines in lockstep.
#[derive(Debug, Error)]
pub enum SideBySideReplayError {
    /// The engines agree, and not with the bundle; or the replay could not begin or go on.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Engines came to different results, whatever the bundle says.
    #[error("{divergence}")]
    Diverged {
        /// Where; `None` outside of a block.
        place: Option<ReplayPlace>,
        /// What differs.
        divergence: Box<Divergence>,
    },
}

impl SideBySide {
    /// Executes a bundle as [`replay`](lockstep_vm::replay) does, each transaction on all machines
    /// as in [`push`](SideBySide::push). So it also finds what no receipt shows: other host calls, and
    /// other memory and globals that a frame leaves.
    ///
    /// When the place of a difference is not [exact](Divergence::is_exact), it replays the bundle
    /// once more to find it. If an engine does something else then, the first difference counts.
    ///
    /// # Errors
    /// [`SideBySideReplayError`], by the first thing that was found.
    pub fn replay(
        &mut self,
        bundle: &Bundle,
        machine: &mut Machine,
    ) -> Result<Replayed, SideBySideReplayError> {
        let replayed = self.replay_once(bundle, machine);
        match &replayed {
            Err(SideBySideReplayError::Diverged { divergence, .. }) if !divergence.is_exact() => {
                let again = self.replay_once(bundle, machine);
                match &again {
                    Err(SideBySideReplayError::Diverged { divergence, .. })
                        if divergence.is_exact() =>
                    {
                        again
                    }
                    _ => replayed,
                }
            }
            _ => replayed,
        }
    }

    fn replay_once(
        &mut self,
        bundle: &Bundle,
        machine: &mut Machine,
    ) -> Result<Replayed, SideBySideReplayError> {
        let replayed = replay_by(bundle, machine, |builder, signed| {
            let pushed = self.push(builder, signed, &mut NoObserver);
            pushed.map_err(|error| match error {
                SideBySideError::Diverged(divergence) => Fatal::engine(*divergence),
                SideBySideError::Fatal { fatal, .. } => fatal,
            })
        });
        replayed.map_err(|error| match error {
            ReplayError::Stopped {
                place,
                error: Fatal::Engine(source),
            } => match source.downcast::<Divergence>() {
                Ok(divergence) => SideBySideReplayError::Diverged { place, divergence },
                Err(source) => SideBySideReplayError::Replay(ReplayError::Stopped {
                    place,
                    error: Fatal::Engine(source),
                }),
            },
            error => SideBySideReplayError::Replay(error),
        })
    }
}
