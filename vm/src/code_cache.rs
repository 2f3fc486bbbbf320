//! Compiled code kept in memory between frames.
//!
//! The key names everything that the compiled form depends on: the code, the protocol version,
//! the limits, the schedule, the version of the metering pass, the engine and its version. The
//! cache holds at most a given number of bytes, where each code counts as what an engine may keep of
//! memory for it ([`CodeCache::counted_bytes`]), and drops what was used longest ago. A hit
//! saves time and nothing else. What a message is charged for its code follows from the code's length
//! and from what its transaction has loaded before, and a cache that has the code knows the length
//! that the state would give.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockstep_abi::{CodeHash, Hash};
use lockstep_gas_meter::{
    INSTRUMENTER_VERSION, Limits, PrepareError, PreparedModule, Protocol, Refusal, Schedule,
    prepare, prepare_with_probes, prepare_with_result_probes,
};

use crate::bounded_map::BoundedMap;
use crate::engine::{CompiledModule, Engine, EngineIdentity};
use crate::fatal::Fatal;

/// The bound that [`CodeCache::default`] sets: 1 GiB, which 4,096 small codes fill.
const DEFAULT_BYTES_MAX: u64 = 1 << 30;

/// What a code counts as beside its bytes. However small it is, an engine takes some kilobytes of
/// memory for it, or two of the mappings of which a process has some 65,000, so the number of codes
/// must have a bound too.
const ENTRY_BYTES: u64 = 256 << 10;

/// What each prepared byte counts as: wasmi was measured to keep up to 13 bytes for one, in code that
/// is written for it.
const BYTES_PER_PREPARED_BYTE: u64 = 16;

/// What each byte of the longest function counts as: wasmi keeps the lists that its translation
/// needed, up to 28 bytes for one, with a module's engine.
const BYTES_PER_BYTE_OF_LONGEST_FUNCTION: u64 = 32;

/// Everything that compiled code depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeKey {
    /// The code as it was uploaded.
    pub code: CodeHash,
    /// The version that fixes policy and host functions.
    pub protocol_version: u32,
    /// The bounds that were checked, and those that were written into the code.
    pub limits: Hash,
    /// The prices that were injected.
    pub schedule: Hash,
    /// The version of the metering pass.
    pub instrumenter_version: u32,
    /// The engine and its version.
    pub engine: EngineIdentity,
}

/// Code that is ready to run.
pub(crate) struct LoadedCode {
    /// What the engine made of it.
    pub(crate) module: Box<dyn CompiledModule>,
    /// The names of the exported functions of type `() -> ()`.
    pub(crate) methods: BTreeSet<String>,
    /// The length in bytes of the code as it was uploaded.
    pub(crate) length: u64,
    /// What it costs to make an instance.
    pub(crate) instantiation_gas: u64,
}

/// How often the cache was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// How often it had the code.
    pub hits: u64,
    /// How often code that was to run was not there, so that it had to be prepared.
    pub misses: u64,
    /// How many entries were dropped to make room.
    pub evictions: u64,
}

/// A bounded map from [`CodeKey`] to compiled code.
pub struct CodeCache {
    /// By what each counts as.
    entries: BoundedMap<CodeKey, Arc<LoadedCode>>,
    statistics: CacheStatistics,
    hashed: Option<HashedRules>,
    /// How it prepares what it keeps.
    prepare: Prepare,
}

/// The rules that were asked for last, with their hashes.
struct HashedRules {
    limits: Limits,
    schedule: Schedule,
    limits_hash: Hash,
    schedule_hash: Hash,
}

/// A way from bytes to a prepared module.
type Prepare = fn(&[u8], &Protocol) -> Result<PreparedModule, PrepareError>;

impl Default for CodeCache {
    fn default() -> Self {
        CodeCache::new(DEFAULT_BYTES_MAX)
    }
}

impl CodeCache {
    /// An empty cache for codes that count as at most `bytes_max` bytes together; 0 keeps nothing.
    pub fn new(bytes_max: u64) -> CodeCache {
        CodeCache {
            entries: BoundedMap::new(bytes_max),
            statistics: CacheStatistics::default(),
            hashed: None,
            prepare,
        }
    }

    /// An empty cache of the default size that prepares code for profiling: when the code runs,
    /// its probes are reported to [`Observer::probe`](crate::Observer::probe). What is accepted,
    /// what code does and what it costs is the same, and it runs several times slower.
    pub fn with_probes() -> CodeCache {
        CodeCache {
            prepare: prepare_with_probes,
            ..CodeCache::default()
        }
    }

    /// An empty cache of the default size that prepares code to report what operators compute, to
    /// [`Observer::probe`](crate::Observer::probe) as well: the operand is the result, or half of it,
    /// and [`lockstep_gas_meter::result_probes`] says of which operator. What code does and what it
    /// costs is the same.
    pub fn with_result_probes() -> CodeCache {
        CodeCache {
            prepare: prepare_with_result_probes,
            ..CodeCache::default()
        }
    }

    /// How often it was asked so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.statistics
    }

    /// The key of code under a protocol and an engine.
    pub fn key(&mut self, code: CodeHash, protocol: &Protocol, engine: &dyn Engine) -> CodeKey {
        let (limits, schedule) = self.hashes(protocol);
        CodeKey {
            code,
            protocol_version: protocol.version,
            limits,
            schedule,
            instrumenter_version: INSTRUMENTER_VERSION,
            engine: engine.identity(),
        }
    }

    /// The hashes of a protocol's limits and schedule.
    fn hashes(&mut self, protocol: &Protocol) -> (Hash, Hash) {
        let is_same = |hashed: &&HashedRules| {
            hashed.limits == protocol.limits && hashed.schedule == protocol.schedule
        };
        if let Some(hashed) = self.hashed.as_ref().filter(is_same) {
            return (hashed.limits_hash, hashed.schedule_hash);
        }
        let hashes = (protocol.limits.hash(), protocol.schedule.hash());
        self.hashed = Some(HashedRules {
            limits: protocol.limits.clone(),
            schedule: protocol.schedule.clone(),
            limits_hash: hashes.0,
            schedule_hash: hashes.1,
        });
        hashes
    }

    /// What a code counts as in a cache, in bytes: about the most that code of that length was seen to
    /// take of memory. Ordinary code takes a part of that.
    pub fn counted_bytes(prepared: &PreparedModule) -> u64 {
        let bytes = u64::try_from(prepared.bytes().len()).unwrap_or(u64::MAX);
        let bodies = prepared.functions().iter().map(|body| body.body_bytes);
        let longest = bodies.max().unwrap_or(0);
        let counted = bytes.saturating_mul(BYTES_PER_PREPARED_BYTE);
        let kept = longest.saturating_mul(BYTES_PER_BYTE_OF_LONGEST_FUNCTION);
        counted.saturating_add(kept).saturating_add(ENTRY_BYTES)
    }

    /// Prepares and compiles code that is about to be uploaded, unless it is here, and keeps the
    /// result.
    ///
    /// # Errors
    /// The inner error is the policy's refusal, with all reasons. [`Fatal`] when the engine
    /// refuses what the policy accepts.
    pub fn admit(
        &mut self,
        hash: CodeHash,
        bytes: &[u8],
        protocol: &Protocol,
        engine: &dyn Engine,
    ) -> Result<Result<(), Refusal>, Fatal> {
        let key = self.key(hash, protocol, engine);
        if self.entries.get(&key).is_some() {
            // Its bytes are those that were accepted before.
            return Ok(Ok(()));
        }
        let prepared = match (self.prepare)(bytes, protocol) {
            Ok(prepared) => prepared,
            Err(PrepareError::Refused(refusal)) => return Ok(Err(refusal)),
            Err(PrepareError::Internal(error)) => return Err(Fatal::engine(error)),
        };
        let module = engine.compile_keyed(&key, &prepared);
        self.keep(key, &prepared, module.map_err(Fatal::engine)?);
        Ok(Ok(()))
    }

    /// The compiled code, if it is here.
    pub(crate) fn get(&mut self, key: &CodeKey) -> Option<Arc<LoadedCode>> {
        let code = self.entries.get(key).map(Arc::clone);
        let count = match code {
            Some(_) => &mut self.statistics.hits,
            None => &mut self.statistics.misses,
        };
        *count = count.saturating_add(1);
        code
    }

    /// Prepares and compiles code from the state, which was accepted when it was uploaded.
    pub(crate) fn load(
        &mut self,
        key: CodeKey,
        bytes: &[u8],
        protocol: &Protocol,
        engine: &dyn Engine,
    ) -> Result<Arc<LoadedCode>, Fatal> {
        let prepared = (self.prepare)(bytes, protocol).map_err(|error| match error {
            PrepareError::Refused(_) => {
                Fatal::Internal("the policy refuses code that is in the state")
            }
            PrepareError::Internal(error) => Fatal::engine(error),
        })?;
        let module = engine.load(&key, &prepared).map_err(Fatal::engine)?;
        Ok(self.keep(key, &prepared, module))
    }

    fn keep(
        &mut self,
        key: CodeKey,
        prepared: &PreparedModule,
        module: Box<dyn CompiledModule>,
    ) -> Arc<LoadedCode> {
        let code = Arc::new(LoadedCode {
            module,
            methods: prepared.methods().map(str::to_owned).collect(),
            length: prepared.code_length(),
            instantiation_gas: prepared.instantiation_gas(),
        });
        let bytes = CodeCache::counted_bytes(prepared);
        let dropped = self.entries.insert(key, Arc::clone(&code), bytes);
        self.statistics.evictions = self.statistics.evictions.saturating_add(dropped);
        code
    }
}
