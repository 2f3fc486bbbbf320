//! What a native module with data costs a node goes by its length: not by how far apart its segments
//! lie, and no file stays open for it.
#![cfg(feature = "wasmtime")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lockstep_abi::HostFunction;
use lockstep_engines::{DiskCodeCache, EngineKind};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{
    Call, CodeCache, CompiledModule, Completion, Engine, HostCalls, Meter, Unwind, code_hash,
};

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

/// Compiles the text, as a machine does.
fn compiled(engine: &dyn Engine, text: &str) -> Box<dyn CompiledModule> {
    let protocol = Protocol::v1();
    let bytes = wat::parse_str(text).expect("the text is a module");
    let key = CodeCache::default().key(code_hash(&bytes), &protocol, engine);
    let prepared = prepare(&bytes, &protocol).expect("it is accepted");
    engine.compile_keyed(&key, &prepared).expect("it compiles")
}

/// Runs a method that looks at its data.
fn run(module: &dyn CompiledModule) {
    let call = Call {
        method: "run",
        gas: 100_000_000,
        stack_slots: 1_000,
    };
    let run = module.run(call, &mut NoHost).expect("the engine works");
    assert_eq!(run.completion, Completion::Returned);
}

#[test]
fn code_on_disk_does_not_hold_what_lies_between_segments() {
    // The first and the last byte of the largest memory.
    let text = r#"(module (memory 128)
        (data (i32.const 0) "a") (data (i32.const 8388607) "b")
        (func (export "run")
            (if (i32.ne (i32.load8_u (i32.const 8388607)) (i32.const 98)) (then unreachable))
            (if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 97)) (then unreachable))))"#;
    for kind in [EngineKind::Wasmtime, EngineKind::Winch] {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("far-segments-{kind}"));
        let _ = fs::remove_dir_all(&path);
        let disk = Arc::new(DiskCodeCache::open(&path).expect("the directory is ours"));
        let engine = kind.build_with(Some(&disk)).expect("it is available");
        run(compiled(engine.as_ref(), text).as_ref());
        assert_eq!(disk.statistics().written, 1);
        let files = fs::read_dir(&path).expect("a directory");
        let lengths = files.map(|file| file.expect("an entry").metadata().expect("a file").len());
        let bytes: u64 = lengths.sum();
        assert!(bytes < 256 << 10, "{kind}: {bytes} bytes");
    }
}

/// A node has thousands of modules ready, and often a thousand descriptors.
#[cfg(target_os = "linux")]
#[test]
fn modules_that_are_ready_keep_no_file_open() {
    const MODULES: usize = 100;
    let open = || {
        fs::read_dir("/proc/self/fd")
            .expect("the system tells")
            .count()
    };
    for kind in [EngineKind::Wasmtime, EngineKind::Winch] {
        let engine = kind.build().expect("it is available");
        let before = open();
        let modules: Vec<Box<dyn CompiledModule>> = (0..MODULES)
            .map(|number| {
                let text = format!(
                    "(module (memory 1) (data (i32.const 8) \"{number}\") (func (export \"run\")))"
                );
                let module = compiled(engine.as_ref(), &text);
                run(module.as_ref());
                module
            })
            .collect();
        // The other test has a few files open meanwhile.
        let opened = open().saturating_sub(before);
        assert!(
            opened < MODULES / 4,
            "{kind}: {opened} for {}",
            modules.len()
        );
    }
}
