//! The code cache changes nothing but time: cold, warm, evicted and absent give the same, and
//! each part of the key makes a miss.

use lockstep_abi::HostFunction as F;
use lockstep_gas_meter::{Limits, Protocol, Schedule, prepare};
use lockstep_vm::{CodeCache, Engine, EngineIdentity, Message, WasmiEngine, code_hash};

use crate::script::Script;
use crate::world::{Ran, World};

/// Contract 1 calls contract 2 twice, so three loads of two codes.
fn world(cache: CodeCache) -> (World, Message) {
    let mut world = World::new();
    world.cache = cache;
    let work = Script::new()
        .method("work")
        .call(F::StorageWrite, &[0, 1, 0, 1]);
    world.deploy(2, &work.wat());
    let call = [0, 0x40, 4, 0, 0, 0x80, u64::MAX, 0];
    let script = Script::new()
        .data(0, &[2; 32])
        .data(0x40, b"work")
        .call(F::Call, &call)
        .call(F::Call, &call)
        .give_result(F::GasLeft, &[]);
    let id = world.deploy(1, &script.wat());
    let message = world.message(id, "main", &[]);
    (world, message)
}

/// The hits, misses and evictions of the cache so far.
fn counts(world: &World) -> (u64, u64, u64) {
    let statistics = world.cache.statistics();
    (statistics.hits, statistics.misses, statistics.evictions)
}

#[test]
fn cold_warm_evicted_and_absent_caches_give_the_same() {
    let (mut usual, message) = world(CodeCache::default());
    let cold = usual.run(message.clone());
    assert_eq!(
        counts(&usual),
        (0, 2, 0),
        "a transaction keeps what it loads"
    );
    let warm = usual.run(message.clone());
    assert_eq!(counts(&usual), (2, 2, 0), "the second run finds all");
    assert_eq!(warm, cold);
    usual.cache = CodeCache::default();
    assert_eq!(usual.run(message.clone()), cold);

    let (mut without, message) = world(CodeCache::new(0));
    assert_eq!(without.run(message.clone()), cold);
    assert_eq!(without.run(message.clone()), cold);
    assert_eq!(counts(&without), (0, 4, 0), "each code once in each run");

    // Room for one of the two: each load throws the other out.
    let (mut small, _) = world(CodeCache::new(0));
    let larger = (1_000..).map(|step| step * 64).find(|bytes| {
        small.cache = CodeCache::new(*bytes);
        small.run(message.clone());
        counts(&small).2 > 0
    });
    assert!(larger.is_some());
    assert_eq!(small.run(message), cold);
}

fn protocol(change: impl FnOnce(&mut Protocol)) -> Protocol {
    let mut protocol = Protocol::v1();
    change(&mut protocol);
    protocol
}

#[test]
fn every_part_of_the_key_counts() {
    struct Renamed(WasmiEngine, EngineIdentity);
    impl Engine for Renamed {
        fn identity(&self) -> EngineIdentity {
            self.1
        }
        fn compile(
            &self,
            module: &lockstep_gas_meter::PreparedModule,
        ) -> Result<Box<dyn lockstep_vm::CompiledModule>, lockstep_vm::EngineError> {
            self.0.compile(module)
        }
    }
    let engine = WasmiEngine::new();
    let other_name = Renamed(
        WasmiEngine::new(),
        EngineIdentity {
            name: "other",
            ..engine.identity()
        },
    );
    let other_version = Renamed(
        WasmiEngine::new(),
        EngineIdentity {
            version: "2.0.1",
            ..engine.identity()
        },
    );
    let code = lockstep_abi::CodeHash([1; 32]);
    let mut cache = CodeCache::default();
    let v1 = Protocol::v1();
    let later = protocol(|protocol| protocol.version += 1);
    let dearer = protocol(|protocol| protocol.schedule.code.load_base += 1);
    let narrower = protocol(|protocol| protocol.limits.memory_pages_max -= 1);
    let keys = [
        cache.key(code, &v1, &engine),
        cache.key(lockstep_abi::CodeHash([2; 32]), &v1, &engine),
        cache.key(code, &later, &engine),
        cache.key(code, &dearer, &engine),
        cache.key(code, &narrower, &engine),
        cache.key(code, &v1, &other_name),
        cache.key(code, &v1, &other_version),
    ];
    let unique: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len());
    assert_eq!(cache.key(code, &v1, &engine), keys[0]);
    assert_eq!(keys[0].schedule, Schedule::v1().hash());
    assert_eq!(keys[0].limits, Limits::v1().hash());
    assert_eq!(
        keys[0].instrumenter_version,
        lockstep_gas_meter::INSTRUMENTER_VERSION
    );
}

#[test]
fn a_change_of_prices_misses_the_cache_and_changes_the_gas() {
    let (mut world, message) = world(CodeCache::default());
    let before = world.run(message.clone());
    world.protocol = protocol(|protocol| protocol.schedule.wasm.constant += 1);
    let misses = world.cache.statistics().misses;
    let after: Ran = world.run(message);
    assert_eq!(world.cache.statistics().misses, misses + 2);
    assert!(after.gas.wasm > before.gas.wasm, "{after:?} {before:?}");
    assert_eq!(after.gas.host, before.gas.host);
}

/// What a tiny code takes beside its bytes, memory and mappings, does not go by its length.
#[test]
fn codes_however_small_are_bounded_in_number() {
    const CODES: u64 = 40;
    let (protocol, engine) = (Protocol::v1(), WasmiEngine::new());
    let mut cache = CodeCache::new(10 * (256 << 10));
    for number in 0..CODES {
        let text = format!("(module (func (export \"run\") i32.const {number} drop))");
        let code = wat::parse_str(text).unwrap();
        let prepared = prepare(&code, &protocol).unwrap();
        assert!(prepared.bytes().len() < 500, "it is small");
        let counted = CodeCache::counted_bytes(&prepared);
        assert!(counted > 256 << 10, "{counted}");
        assert!(counted < 270 << 10, "{counted}");
        let admitted = cache.admit(code_hash(&code), &code, &protocol, &engine);
        admitted.unwrap().unwrap();
    }
    assert_eq!(cache.statistics().evictions, CODES - 9);
}

/// What an engine keeps for code is a multiple of its length, above all of its longest function's: of a
/// `br_table` with 8,192 targets wasmi keeps 28 bytes for each of them.
#[test]
fn code_counts_as_what_an_engine_may_keep_for_it() {
    let targets = "0 1 ".repeat(4_096);
    let table = format!("block block local.get 0 br_table {targets} end end\n");
    let text = format!(
        "(module (func (export \"run\") (local i32) {}))",
        table.repeat(31)
    );
    let prepared = prepare(&wat::parse_str(text).unwrap(), &Protocol::v1()).unwrap();
    let bytes = prepared.bytes().len() as u64;
    // Ten megabytes for each were measured with sixty such codes on wasmi 2.0.0.
    assert!((250_000..260_000).contains(&bytes), "{bytes}");
    assert!(CodeCache::counted_bytes(&prepared) > 10_100_000);
}

/// A machine of other limits and the same version takes nothing that was made ready for others.
#[test]
fn a_change_of_limits_misses_the_cache() {
    let mut world = World::new();
    let script = Script::new().give_result(F::GasLeft, &[]);
    let id = world.deploy(1, &script.wat());
    let message = world.message(id, "main", &[]);
    world.run(message.clone());
    world.protocol = protocol(|protocol| protocol.limits.memory_pages_max -= 1);
    world.run(message);
    let statistics = world.cache.statistics();
    assert_eq!((statistics.hits, statistics.misses), (0, 2));
}
