//! Compiled code on its way to the disk and back.

use std::hash::{Hash, Hasher};

use blake2b_simd::{Params, State};
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{CodeKey, EngineError};
use wasmtime::{Engine, Module};

use super::failure::{failed, uncompiled};
use crate::disk_cache::{ArtifactKey, DiskCodeCache, RefusedFile};

/// The module's native code: from the cache, or compiled and put there.
pub(super) fn module(
    engine: &Engine,
    cache: &DiskCodeCache,
    key: &CodeKey,
    prepared: &PreparedModule,
) -> Result<Module, EngineError> {
    let key = ArtifactKey::new(key, prepared, settings(engine));
    if let Some(artifact) = cache.load(&key) {
        // SAFETY: The bytes must be those that `Module::serialize` gave, unchanged. The cache
        // hands out only files whose keyed hash is right. The secret is read from a file that only
        // this user can read, so whoever wrote the file is this user's Lockstep: `store` below is
        // the only place that writes one, right after `serialize`. The key says that it was for
        // this prepared module, this version of Wasmtime, these settings and this processor's
        // features; Wasmtime checks version, settings and features once more. The directory is not
        // writable by others, and the bytes were read to memory before they were checked.
        match unsafe { Module::deserialize(engine, &artifact) } {
            Ok(module) => return Ok(module),
            Err(error) => cache.refuse(&key, RefusedFile::Engine(error.to_string())),
        }
    }
    let module = Module::new(engine, prepared.bytes()).map_err(uncompiled)?;
    cache.store(&key, &module.serialize().map_err(failed)?);
    Ok(module)
}

/// What stands for the compiler's settings and the processor's features.
fn settings(engine: &Engine) -> [u8; 32] {
    let mut state = SettingsDigest(Params::new().hash_length(32).to_state());
    engine.precompile_compatibility_hash().hash(&mut state);
    let mut digest = [0; 32];
    digest.copy_from_slice(state.0.finalize().as_bytes());
    digest
}

/// Takes what is hashed to a digest of full length.
struct SettingsDigest(State);

impl Hasher for SettingsDigest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not asked for: the digest is taken in its place.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Strategy};

    use super::super::configuration::configuration;
    use super::settings;

    #[test]
    fn the_settings_tell_the_compilers_apart() {
        let of = |strategy| {
            let engine = Engine::new(&configuration(strategy));
            settings(&engine.expect("the compiler is available"))
        };
        assert_eq!(of(Strategy::Cranelift), of(Strategy::Cranelift));
        assert_ne!(of(Strategy::Cranelift), of(Strategy::Winch));
    }
}
