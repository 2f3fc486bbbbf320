//! Profiles of all scenarios: they add up to the receipts, and profiling changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lockstep_cli::{Cost, FrameKind, GasProfile, Hottest, Summary, load, profile, run};
use lockstep_vm::{GasBucket, GasUsed};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/scenarios");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    assert!(paths.len() >= 2);
    paths
}

fn profiled(path: &Path) -> (GasProfile, lockstep_cli::Finished) {
    let name = path.file_name().expect("a file").to_string_lossy();
    let scenario = load(path, &name).unwrap_or_else(|failure| panic!("{failure}"));
    profile(&scenario, None).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn every_transaction_adds_up_bucket_by_bucket() {
    let mut traps = 0;
    for path in scenarios() {
        let (profile, finished) = profiled(&path);
        let blocks = finished.report.blocks.iter();
        let receipts: Vec<GasUsed> = blocks
            .flat_map(|block| &block.transactions)
            .filter_map(|transaction| transaction.receipt.as_ref())
            .map(|receipt| GasUsed {
                intrinsic: receipt.gas.intrinsic,
                wasm: receipt.gas.wasm,
                host: receipt.gas.host,
                storage: receipt.gas.storage,
                forfeited: receipt.gas.forfeited,
            })
            .collect();
        let sums: Vec<GasUsed> = profile
            .transactions
            .iter()
            .map(|transaction| {
                // Added up here again, so that the profile's own sums are checked, too.
                let mut sums = GasUsed::default();
                for stack in &transaction.stacks {
                    sums.add(stack.bucket, stack.gas);
                }
                assert_eq!(transaction.sums(), sums);
                sums
            })
            .collect();
        assert_eq!(sums, receipts, "{}", path.display());
        traps += receipts.iter().filter(|used| used.forfeited > 0).count();
    }
    assert!(
        traps > 0,
        "no scenario forfeits gas, so traps were not tested"
    );
}

/// A profile that does not add up is a failure, so it is enough that there is one.
#[test]
fn a_frame_whose_gas_runs_out_in_front_of_a_host_call_adds_up() {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/artifacts/token.wasm");
    let calls: String = (0..70)
        .map(|step| {
            let gas_limit = 2_140_000 + step * 83;
            format!(
                "[[block.transaction]]\nfrom = \"alice\"\ncall = \"@gold.transfer\"\n\
                 input = \"0x{}\"\ngas_limit = {gas_limit}\n\n",
                "00".repeat(48)
            )
        })
        .collect();
    let text = format!(
        "schema = \"lockstep.scenario/1\"\nname = \"gas\"\n[chain]\nblock_gas_limit = 1000000000\n\
         [accounts]\nalice = 1000000000000\n[code]\ntoken = {module:?}\n\n[[block]]\n\
         [[block.transaction]]\nfrom = \"alice\"\nupload = \"token\"\n\n\
         [[block.transaction]]\nfrom = \"alice\"\ninstantiate = \"token\"\nas = \"gold\"\n\
         input = \"0x{}\"\n\n{calls}",
        "00".repeat(18)
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("gas-runs-out.toml");
    fs::write(&path, text).expect("a file");
    let (profile, _) = profiled(&path);
    assert_eq!(profile.transactions.len(), 72);
}

#[test]
fn profiling_changes_nothing() {
    for path in scenarios() {
        let name = path.file_name().expect("a file").to_string_lossy();
        let scenario = load(&path, &name).unwrap_or_else(|failure| panic!("{failure}"));
        let plain = run(&scenario).unwrap_or_else(|failure| panic!("{failure}"));
        let (_, watched) = profiled(&path);
        assert_eq!(watched.report, plain.report, "{name}");
        assert_eq!(watched.exit, plain.exit, "{name}");
    }
}

#[test]
fn stacks_have_the_promised_shape() {
    for path in scenarios() {
        let (profile, _) = profiled(&path);
        for stack in profile.stacks() {
            let kinds: Vec<FrameKind> = stack.frames.iter().map(|frame| frame.kind).collect();
            assert_eq!(kinds[0], FrameKind::Transaction);
            let inner = &kinds[1..];
            assert!(!inner.contains(&FrameKind::Transaction), "{stack:?}");
            let ends = |kind: &FrameKind| matches!(kind, FrameKind::Line | FrameKind::Other);
            let last = inner.len().saturating_sub(1);
            assert!(!inner[..last].iter().any(ends), "{stack:?}");
        }
        for transaction in &profile.transactions {
            let mut seen = BTreeSet::new();
            for stack in &transaction.stacks {
                let key = (&stack.frames, &stack.entry, &stack.line, &stack.own_line);
                assert!(seen.insert(key), "twice: {stack:?}");
            }
        }
    }
}

fn is_function(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::Function | FrameKind::Inlined)
}

/// An inlined function may be called as the one that it is in, and counts once there.
#[test]
fn the_functions_add_up_to_the_gas_of_their_operators() {
    let mut same_names = 0;
    for path in scenarios() {
        let (profile, _) = profiled(&path);
        let summary = Summary::of(profile.stacks());
        let mut in_functions = 0;
        for stack in profile.stacks() {
            let names = stack.frames.iter().filter(|frame| is_function(frame.kind));
            let names: Vec<&str> = names.map(|frame| &*frame.name).collect();
            let is_operators = stack.bucket == GasBucket::Wasm && stack.calls == 0;
            if is_operators && !names.is_empty() {
                in_functions += stack.gas;
            }
            same_names += usize::from(names.windows(2).any(|pair| pair[0] == pair[1]));
        }
        let own: u64 = summary.functions.iter().map(|cost| cost.gas).sum();
        assert_eq!(own, in_functions, "{}", path.display());
        let used = profile.gas().total();
        for cost in &summary.functions {
            assert!(cost.gas <= cost.total && cost.total <= used, "{cost:?}");
        }
    }
    assert!(same_names > 0, "no function is in one of its own name");
}

/// Contracts share libraries, so functions and lines of several codes have one name.
#[test]
fn functions_and_lines_of_different_codes_have_rows_of_their_own() {
    let mut shared = 0;
    for path in scenarios() {
        let (profile, _) = profiled(&path);
        let mut functions: BTreeMap<_, u64> = BTreeMap::new();
        let mut lines: BTreeMap<_, u64> = BTreeMap::new();
        let mut own_lines: BTreeMap<_, u64> = BTreeMap::new();
        for stack in profile.stacks() {
            let code = stack.entry.as_ref().map(|entry| entry.code);
            let mut inner = stack.frames.iter().rev();
            let function = inner.find(|frame| is_function(frame.kind));
            if let Some(function) = function.filter(|_| stack.calls == 0) {
                *functions.entry((&function.name, code)).or_default() += stack.gas;
            }
            if let Some(line) = &stack.line {
                *lines.entry((line, code)).or_default() += stack.gas;
            }
            if let Some(line) = &stack.own_line {
                *own_lines.entry((line, code)).or_default() += stack.gas;
            }
        }
        let names: BTreeSet<&str> = functions.keys().map(|(name, _)| &***name).collect();
        shared += functions.len() - names.len();
        let summary = Summary::of(profile.stacks());
        let shown = path.display();
        let rows = |costs: &[Cost]| sorted(costs.iter().map(|cost| cost.gas));
        let used = |sums: Vec<u64>| sorted(sums.into_iter());
        assert_eq!(
            rows(&summary.functions),
            used(functions.into_values().collect()),
            "{shown}"
        );
        assert_eq!(
            rows(&summary.lines),
            used(lines.into_values().collect()),
            "{shown}"
        );
        assert_eq!(
            rows(&summary.own_lines),
            used(own_lines.into_values().collect()),
            "{shown}"
        );
    }
    assert!(shared > 0, "no two codes have a function of one name");
}

/// What used gas, without the rows of what only called something.
fn sorted(gas: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut gas: Vec<u64> = gas.filter(|gas| *gas > 0).collect();
    gas.sort_unstable();
    gas
}

/// The contracts of the repository come with their sidecars: profiles name their sources.
#[test]
fn the_examples_have_names_and_lines() {
    let path = scenarios()
        .into_iter()
        .find(|path| path.ends_with("token.toml"))
        .expect("the token's scenario");
    let (profile, _) = profiled(&path);
    assert_eq!(profile.remarks, Vec::<String>::new());
    let summary = Summary::of(profile.stacks());
    let named = |name: &str| {
        summary
            .functions
            .iter()
            .any(|cost| cost.name.contains(name))
    };
    assert!(named("move_amount"), "{:#?}", summary.functions);
    assert!(
        summary
            .keys
            .iter()
            .any(|cost| cost.name == "@gold balances[@alice]")
    );
    let (line, wasm) = (summary.lines.iter(), profile.gas().wasm);
    let known: u64 = line.map(|cost| cost.gas).sum();
    assert!(known * 10 > wasm * 7, "{known} of {wasm} have a line");
    let places = profile.places();
    let transfer = places
        .iter()
        .filter(|(entry, _)| entry.method == "transfer")
        .find_map(|(_, places)| Hottest::of(places.clone()))
        .expect("the scenario transfers");
    assert!(
        transfer
            .place
            .starts_with("/lockstep/contracts/examples/token/src/lib.rs:"),
        "{transfer:?}"
    );
    assert!(transfer.gas > 0);
}
