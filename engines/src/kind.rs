//! The engines by name.

use std::fmt;
use std::sync::Arc;

use lockstep_vm::{Engine, EngineError, WasmiEngine};
use thiserror::Error;

use crate::disk_cache::DiskCodeCache;
use crate::wasmi1::Wasmi1Engine;
#[cfg(feature = "wasmtime")]
use crate::wasmtime::{Compiler, WasmtimeEngine};

/// An engine that can run prepared modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum EngineKind {
    /// The interpreter wasmi 2.0, on which the protocol's prices were calibrated.
    #[default]
    Wasmi,
    /// The interpreter wasmi 1.0.
    Wasmi1,
    /// Wasmtime, which compiles with Cranelift. Needs the feature `wasmtime`.
    Wasmtime,
    /// Wasmtime, which compiles with Winch. Needs the feature `wasmtime`.
    Winch,
}

/// Why an engine cannot be had.
#[derive(Debug, Error)]
pub enum BuildError {
    /// No engine has this name.
    #[error(
        "there is no engine \"{name}\"; the engines are {}",
        names(EngineKind::ALL)
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The program was built without it.
    #[error("the engine {name} is not built in; build with --features wasmtime")]
    NotBuilt {
        /// Its name.
        name: &'static str,
    },
    /// It does not run on this kind of machine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Names, with commas between them.
fn names(kinds: &[EngineKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

impl EngineKind {
    /// Every engine, built in or not.
    pub const ALL: &'static [EngineKind] = &[
        EngineKind::Wasmi,
        EngineKind::Wasmi1,
        EngineKind::Wasmtime,
        EngineKind::Winch,
    ];

    /// Every engine that is built in, the machine's own first.
    pub fn available() -> impl Iterator<Item = EngineKind> {
        EngineKind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_available())
    }

    /// The name by which users ask for it.
    pub const fn name(self) -> &'static str {
        match self {
            EngineKind::Wasmi => "wasmi",
            EngineKind::Wasmi1 => "wasmi1",
            EngineKind::Wasmtime => "wasmtime",
            EngineKind::Winch => "winch",
        }
    }

    /// Whether it is built in.
    pub const fn is_available(self) -> bool {
        match self {
            EngineKind::Wasmi | EngineKind::Wasmi1 => true,
            EngineKind::Wasmtime | EngineKind::Winch => cfg!(feature = "wasmtime"),
        }
    }

    /// Whether it compiles to native code.
    pub const fn is_native(self) -> bool {
        matches!(self, EngineKind::Wasmtime | EngineKind::Winch)
    }

    /// The engine of this name.
    ///
    /// # Errors
    /// [`BuildError::Unknown`], and [`BuildError::NotBuilt`] when the program was built without
    /// it.
    pub fn parse(name: &str) -> Result<EngineKind, BuildError> {
        let kind = EngineKind::ALL.iter().find(|kind| kind.name() == name);
        match kind {
            Some(kind) if kind.is_available() => Ok(*kind),
            Some(kind) => Err(BuildError::NotBuilt { name: kind.name() }),
            None => Err(BuildError::Unknown {
                name: name.to_string(),
            }),
        }
    }

    /// Makes the engine.
    ///
    /// # Errors
    /// [`BuildError::NotBuilt`], and [`BuildError::Engine`] when it does not run on this kind of
    /// machine.
    pub fn build(self) -> Result<Box<dyn Engine>, BuildError> {
        self.build_with(None)
    }

    /// Makes the engine. A native one keeps what it compiles in this directory, if one is given;
    /// interpreters have nothing to keep.
    ///
    /// # Errors
    /// As [`EngineKind::build`].
    pub fn build_with(
        self,
        disk: Option<&Arc<DiskCodeCache>>,
    ) -> Result<Box<dyn Engine>, BuildError> {
        match self {
            EngineKind::Wasmi => Ok(Box::new(WasmiEngine::new())),
            EngineKind::Wasmi1 => Ok(Box::new(Wasmi1Engine::new())),
            #[cfg(feature = "wasmtime")]
            EngineKind::Wasmtime => Ok(native(Compiler::Cranelift, disk)?),
            #[cfg(feature = "wasmtime")]
            EngineKind::Winch => Ok(native(Compiler::Winch, disk)?),
            #[cfg(not(feature = "wasmtime"))]
            EngineKind::Wasmtime | EngineKind::Winch => {
                let _ = disk;
                Err(BuildError::NotBuilt { name: self.name() })
            }
        }
    }
}

#[cfg(feature = "wasmtime")]
fn native(
    compiler: Compiler,
    disk: Option<&Arc<DiskCodeCache>>,
) -> Result<Box<dyn Engine>, EngineError> {
    let engine = WasmtimeEngine::new(compiler)?;
    Ok(Box::new(match disk {
        Some(disk) => engine.with_disk_cache(Arc::clone(disk)),
        None => engine,
    }))
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{BuildError, EngineKind};

    #[test]
    fn every_name_leads_to_its_engine_or_says_how_to_get_it() {
        for kind in EngineKind::ALL {
            match EngineKind::parse(kind.name()) {
                Ok(parsed) => assert_eq!(parsed, *kind),
                Err(error) => {
                    assert!(!kind.is_available());
                    assert!(error.to_string().contains("--features wasmtime"));
                }
            }
        }
    }

    #[test]
    fn an_engine_says_who_it_is() {
        for kind in EngineKind::available() {
            let engine = kind.build().expect("it is available");
            assert_eq!(engine.identity().name, kind.name());
        }
    }

    #[test]
    fn another_name_is_answered_with_all_names() {
        let error = EngineKind::parse("v8").expect_err("there is none");
        assert!(matches!(error, BuildError::Unknown { .. }));
        assert!(error.to_string().contains("wasmi, wasmi1, wasmtime, winch"));
    }
}
