//! Compiled code on its way to the disk and back.

use std::hash::{Hash, Hasher};

use blake2b_simd::{Params, State};
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{CodeKey, EngineError};
use wasmtime::{Engine, Module};

use super::failure::{failed, uncompiled};
use crate::disk_cache::{ArtifactKey, DiskCodeCache};

/// The module's native code: from the cache, or compiled and put there.
pub(super) fn module(
    engine: &Engine,
    cache: &DiskCodeCache,
    key: &CodeKey,
    prepared: &PreparedModule,
) -> Result<Module, EngineError> {
    let key = ArtifactKey::new(key, prepared, settings(engine));
    let loaded = cache.load(&key, |artifact| {
        // SAFETY: The bytes must be those that `Module::serialize` gave, unchanged. The cache hands
        // out only files whose hash, keyed with a secret, is right, and checks bytes that it has
        // read to memory. The secret is in a file that, on Unix, only this user can read and in a
        // directory that only this user can write to; nobody guesses it. So this user's Lockstep
        // wrote the file. What does that is `DiskCodeCache::store`, which nothing outside of this
        // crate can call, and nothing in it calls but the line below, right after `serialize`.
        // The key says that it was for this prepared module, this version of Wasmtime, these
        // settings and this processor's features; Wasmtime checks version, settings and features
        // once more.
        let module = unsafe { Module::deserialize(engine, &artifact) };
        module.map_err(|error| error.to_string())
    });
    if let Some(module) = loaded {
        return Ok(module);
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
mod tests;
