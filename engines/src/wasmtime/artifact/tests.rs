//! What only the crate itself can put into a directory of compiled code.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{
    Call, CodeCache, CodeKey, Completion, Engine as _, HostCalls, Meter, Run, Unwind, code_hash,
};
use wasmtime::{Engine, Module, Strategy};

use super::super::configuration::configuration;
use super::super::{Compiler, WasmtimeEngine};
use super::settings;
use crate::disk_cache::{ArtifactKey, DiskCacheStatistics, DiskCodeCache, RefusedFile};

struct NoHost;

impl HostCalls for NoHost {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Err(Unwind)
    }
}

fn engine(strategy: Strategy) -> Engine {
    Engine::new(&configuration(strategy)).expect("the compiler is available")
}

fn code() -> Vec<u8> {
    let text = r#"(module (func (export "run") (local $i i32)
        i32.const 1000 local.set $i
        loop $again local.get $i i32.const 1 i32.sub local.tee $i br_if $again end))"#;
    wat::parse_str(text).expect("the text is a module")
}

fn prepared() -> PreparedModule {
    prepare(&code(), &Protocol::v1()).expect("it is accepted")
}

fn key(engine: &WasmtimeEngine) -> CodeKey {
    CodeCache::default().key(code_hash(&code()), &Protocol::v1(), engine)
}

/// Compiles and runs the module in a process's place: with a cache that is opened anew.
fn compile_and_run(path: &Path) -> (Run, DiskCacheStatistics) {
    let disk = Arc::new(DiskCodeCache::open(path).expect("the directory is ours"));
    let engine = WasmtimeEngine::new(Compiler::Cranelift).expect("it is available");
    let engine = engine.with_disk_cache(Arc::clone(&disk));
    let module = engine.compile_keyed(&key(&engine), &prepared());
    let call = Call {
        method: "run",
        gas: 1_000_000,
        stack_slots: 1_000,
    };
    let run = module.expect("it compiles").run(call, &mut NoHost);
    (run.expect("the engine works"), disk.statistics())
}

/// The only file of code in a directory.
fn code_file(path: &Path) -> PathBuf {
    let entries = fs::read_dir(path).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn the_settings_tell_the_compilers_apart() {
    let of = |strategy| settings(&engine(strategy));
    assert_eq!(of(Strategy::Cranelift), of(Strategy::Cranelift));
    assert_ne!(of(Strategy::Cranelift), of(Strategy::Winch));
}

/// Nobody but this user's Lockstep can write such a file, so the test has the cache write it.
#[test]
fn an_artifact_that_the_engine_does_not_take_is_refused() {
    let name = format!("lockstep-artifact-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let of_winch = Module::new(&engine(Strategy::Winch), prepared().bytes());
    let of_winch = of_winch.expect("it compiles").serialize();
    let of_winch = of_winch.expect("it can be kept");
    for artifact in [&b"not what Wasmtime wrote"[..], &of_winch] {
        let _ = fs::remove_dir_all(&path);
        let (expected, statistics) = compile_and_run(&path);
        assert_eq!(expected.completion, Completion::Returned);
        assert_eq!((statistics.misses, statistics.written), (1, 1));

        let engine = WasmtimeEngine::new(Compiler::Cranelift).expect("it is available");
        let settings = settings(engine.linker.engine());
        let key = ArtifactKey::new(&key(&engine), &prepared(), settings);
        let disk = DiskCodeCache::open(&path).expect("the directory is ours");
        assert!(
            disk.load(&key, Ok).is_some(),
            "the engine asks for this file"
        );
        disk.store(&key, artifact);
        assert_eq!(disk.load(&key, Ok).as_deref(), Some(artifact));

        let file = code_file(&path);

        let (run, statistics) = compile_and_run(&path);
        assert_eq!(run, expected, "it was compiled anew");
        let [(refused, RefusedFile::Engine(reason))] = statistics.refused.as_slice() else {
            panic!("it was not refused by the engine: {statistics:?}");
        };
        assert_eq!(refused, &file);
        assert!(!reason.is_empty());
        assert_eq!((statistics.hits, statistics.misses), (0, 1));
        assert_eq!((statistics.refused_count, statistics.written), (1, 1));

        let (run, statistics) = compile_and_run(&path);
        assert_eq!((run, statistics.hits), (expected, 1));
        assert_eq!(statistics.refused, []);
    }
    let _ = fs::remove_dir_all(&path);
}
