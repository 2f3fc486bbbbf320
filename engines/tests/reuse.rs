//! On every engine an instance that was used before cannot be told from a fresh one.

use lockstep_abi::HostFunction;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{Call, CompiledModule, EngineError, HostCalls, Meter, Run, Unwind};

/// Methods that spoil their instance, and one that looks at it.
const TEXT: &str = include_str!("../../vm/tests/execution/reuse.wat");

const METHODS: [&str; 13] = [
    "look",
    "returns",
    "returns_early",
    "reverts",
    "traps",
    "traps_outside",
    "traps_in_the_host",
    "runs_out",
    "overflows",
    "grows",
    "grows_by_none",
    "nests",
    "drops",
];

/// A host call as the host sees it: arguments, counters and all of the memory.
type Seen = (HostFunction, Vec<u64>, Meter, Vec<u8>);

/// Keeps what it sees. It ends the frame where the machine would, and answers `call` with a run of
/// `look` in another instance of the same module.
struct Host<'m> {
    module: &'m dyn CompiledModule,
    seen: Vec<Seen>,
}

impl HostCalls for Host<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        self.seen
            .push((function, args.to_vec(), *meter, memory.to_vec()));
        match function {
            HostFunction::HashBlake2b256 => {
                memory[0x200..0x204].copy_from_slice(b"hash");
                Ok(None)
            }
            HostFunction::Call => {
                let (run, seen) = run(self.module, "look");
                assert!(run.is_ok(), "{run:?}");
                self.seen.extend(seen);
                Ok(Some(0))
            }
            _ => Err(Unwind),
        }
    }
}

fn run(module: &dyn CompiledModule, method: &str) -> (Result<Run, EngineError>, Vec<Seen>) {
    let mut host = Host {
        module,
        seen: Vec::new(),
    };
    let call = Call {
        method,
        gas: 3_000_000,
        stack_slots: Protocol::v1().limits.stack_slots_max,
    };
    let run = module.run(call, &mut host);
    (run, host.seen)
}

fn prepared(text: &str) -> PreparedModule {
    let code = wat::parse_str(text).expect("the text is a module");
    prepare(&code, &Protocol::v1()).expect("it is accepted")
}

/// The module with a passive segment and a method that drops it.
fn dropping() -> String {
    let passive = r#"(data $passive "passive")
        (func (export "drops") (call $spoil)
            (memory.init $passive (i32.const 0xfff0) (i32.const 0) (i32.const 7))
            (data.drop $passive))"#;
    TEXT.replace("(;drops;)", passive)
}

#[test]
fn after_each_method_an_instance_is_as_new_on_every_engine() {
    for (text, methods) in [
        (TEXT.to_string(), &METHODS[..12]),
        (dropping(), &METHODS[..]),
    ] {
        let prepared = prepared(&text);
        for kind in EngineKind::available() {
            let engine = kind.build().expect("it is available");
            let used = engine.compile(&prepared).expect("it compiles");
            for method in methods {
                for then in [method, "look", "nests"] {
                    let fresh = engine.compile(&prepared).expect("it compiles");
                    let (expected, seen_fresh) = run(fresh.as_ref(), then);
                    let (found, seen_used) = run(used.as_ref(), then);
                    let (expected, found) = (expected.expect("runs"), found.expect("runs"));
                    assert_eq!(found, expected, "{kind}: {then} after {method}");
                    assert!(seen_used == seen_fresh, "{kind}: {then} after {method}");
                }
            }
        }
    }
}

/// How many runs of `look` behind one of a method were in an instance that was used before.
fn reused(kind: EngineKind, prepared: &PreparedModule, method: &str) -> u64 {
    let engine = kind.build().expect("it is available");
    let module = engine.compile(prepared).expect("it compiles");
    run(module.as_ref(), method).0.expect("it runs");
    let before = engine.instances_reused();
    run(module.as_ref(), "look").0.expect("it runs");
    engine.instances_reused() - before
}

#[test]
fn an_instance_is_used_again_unless_it_cannot_be_set_back() {
    let (whole, dropping) = (prepared(TEXT), prepared(&dropping()));
    for kind in EngineKind::available() {
        let keeps = kind != EngineKind::Wasmi1;
        for method in &METHODS[..12] {
            let expected = u64::from(keeps && *method != "grows");
            assert_eq!(reused(kind, &whole, method), expected, "{kind}: {method}");
        }
        for method in METHODS {
            assert_eq!(reused(kind, &dropping, method), 0, "{kind}: {method}");
        }
    }
}
