//! Compiled code on disk: it is found again, and a file that was changed, cut short or made for
//! something else is refused and built again.
#![cfg(feature = "wasmtime")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_abi::HostFunction;
use lockstep_engines::{
    DiskCacheError, DiskCacheStatistics, DiskCodeCache, EngineKind, RefusedFile,
};
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{
    Call, CodeCache, CodeKey, CompiledModule, Completion, Engine, HostCalls, Meter, Run, Unwind,
    code_hash,
};

const MODULE: &str = r#"(module
    (global $sum (mut i32) (i32.const 0))
    (func (export "run") (local $i i32)
        i32.const 1000 local.set $i
        loop $again
            global.get $sum local.get $i i32.add global.set $sum
            local.get $i i32.const 1 i32.sub local.tee $i br_if $again
        end))"#;

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

/// An empty directory for one test.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("disk-cache-{test}"));
    let _ = fs::remove_dir_all(&path);
    path
}

fn prepared() -> PreparedModule {
    let bytes = wat::parse_str(MODULE).expect("the text is a module");
    prepare(&bytes, &Protocol::v1()).expect("it is accepted")
}

fn key(engine: &dyn Engine) -> CodeKey {
    let bytes = wat::parse_str(MODULE).expect("the text is a module");
    CodeCache::default().key(code_hash(&bytes), &Protocol::v1(), engine)
}

fn run(module: &dyn CompiledModule) -> Run {
    let call = Call {
        method: "run",
        gas: 1_000_000,
        stack_slots: 1_000,
    };
    module.run(call, &mut NoHost).expect("the engine works")
}

/// Compiles the module in a process's place: with a cache that is opened anew.
fn compile(kind: EngineKind, path: &Path) -> (Run, DiskCacheStatistics) {
    let disk = Arc::new(DiskCodeCache::open(path).expect("the directory is ours"));
    let engine = kind.build_with(Some(&disk)).expect("it is available");
    let key = key(engine.as_ref());
    let module = engine
        .compile_keyed(&key, &prepared())
        .expect("it compiles");
    (run(module.as_ref()), disk.statistics())
}

/// The only file of code in a directory.
fn code_file(path: &Path) -> PathBuf {
    let mut files = code_files(path);
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn code_files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).expect("a directory");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "code")
        })
        .collect()
}

#[test]
fn code_is_compiled_once_and_then_loaded() {
    let path = directory("once");
    for kind in [EngineKind::Wasmtime, EngineKind::Winch] {
        let (cold, statistics) = compile(kind, &path);
        assert_eq!((statistics.misses, statistics.written), (1, 1));
        let (warm, statistics) = compile(kind, &path);
        assert_eq!((statistics.hits, statistics.written), (1, 0));
        assert_eq!(statistics.refused, []);
        assert_eq!(cold, warm);
        assert_eq!(cold.completion, Completion::Returned);
    }
    assert_eq!(code_files(&path).len(), 2, "one file for each compiler");
}

/// Damages the file, and sees that it is refused for `reason`, built again, and found after that.
fn damaged(test: &str, damage: impl FnOnce(&mut Vec<u8>), reason: &RefusedFile) {
    let path = directory(test);
    let (expected, _) = compile(EngineKind::Wasmtime, &path);
    let file = code_file(&path);
    let mut bytes = fs::read(&file).expect("the file");
    damage(&mut bytes);
    fs::write(&file, &bytes).expect("it can be written");
    let (run, statistics) = compile(EngineKind::Wasmtime, &path);
    assert_eq!(run, expected);
    assert_eq!((statistics.hits, statistics.written), (0, 1));
    assert_eq!(statistics.refused, [(file, reason.clone())]);
    let (run, statistics) = compile(EngineKind::Wasmtime, &path);
    assert_eq!((run, statistics.hits), (expected, 1));
}

#[test]
fn a_poisoned_byte_is_refused() {
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    damaged("poisoned", flip, &RefusedFile::Changed);
}

#[test]
fn a_truncated_file_is_refused() {
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1);
    damaged("truncated", cut, &RefusedFile::Length);
}

#[test]
fn a_foreign_file_is_refused() {
    let replace = |bytes: &mut Vec<u8>| *bytes = b"\x7fELF and so on".to_vec();
    damaged("foreign", replace, &RefusedFile::Foreign);
}

#[test]
fn a_file_of_another_key_is_refused() {
    let path = directory("other-key");
    compile(EngineKind::Winch, &path);
    let of_winch = fs::read(code_file(&path)).expect("the file");
    let put = |bytes: &mut Vec<u8>| bytes.clone_from(&of_winch);
    // Another directory has another secret, so that is what shows first.
    damaged("other-secret", put, &RefusedFile::Changed);
    let cranelift = directory("other-key-2");
    fs::create_dir_all(&cranelift).expect("a directory");
    fs::copy(path.join("secret"), cranelift.join("secret")).expect("the secret");
    let (expected, _) = compile(EngineKind::Wasmtime, &cranelift);
    let file = code_file(&cranelift);
    fs::write(&file, &of_winch).expect("it can be written");
    let (run, statistics) = compile(EngineKind::Wasmtime, &cranelift);
    assert_eq!(run, expected);
    assert_eq!(statistics.refused, [(file, RefusedFile::OtherKey)]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let path = directory("permissions");
    DiskCodeCache::open(&path).expect("the directory is ours");
    let secret = path.join("secret");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    let refused = || {
        let error = DiskCodeCache::open(&path).expect_err("it is not safe");
        assert!(matches!(error, DiskCacheError::Unsafe { .. }), "{error}");
    };
    mode(&path, 0o777);
    refused();
    mode(&path, 0o700);
    mode(&secret, 0o644);
    refused();
    mode(&secret, 0o600);
    DiskCodeCache::open(&path).expect("it is safe again");
}
