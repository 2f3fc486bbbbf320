//! What bytes from strangers take in memory: at most a fixed number of times their length.
//!
//! The documents of the formats name the numbers (`docs/state-trie.md` and `docs/bundle.md` under
//! their decoders). Each is held here against the inputs that come closest to it: those with the
//! most items for each byte. An allocator that counts is installed for all of this program, so the
//! measurements take turns.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, MultiProof, ProofError, Witness};
use lockstep_vm::{
    Action, BlockEnvironment, Bundle, BundleBlock, Event, GasUsed, Machine, NoObserver, Receipt,
    SignedTransaction, Status, Transaction, WasmiEngine, replay,
};
use parity_scale_codec::Decode;

/// Counts the bytes that are allocated, and the most that were at once.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TURN: Mutex<()> = Mutex::new(());

// SAFETY: every call goes to the system's allocator unchanged. `realloc` is left at its default: a
// new allocation and a copy, so both are counted at once.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), SeqCst) + layout.size();
        PEAK.fetch_max(live, SeqCst);
        // SAFETY: the caller keeps to the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), SeqCst);
        // SAFETY: the place came from `alloc` with this layout, that is from the system's.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What does not grow with the input: a chunk of a value, an error, a few small lists.
const FIXED_BYTES: usize = 16 << 10;
/// `docs/state-trie.md`: decoding a proof of several keys.
const PROOF_FACTOR: usize = 24;
/// `docs/state-trie.md`: decoding a witness and opening it.
const WITNESS_FACTOR: usize = 48;
/// `docs/bundle.md`: decoding a bundle.
const BUNDLE_FACTOR: usize = 24;
/// `docs/bundle.md`: replaying a bundle, up to its first transaction.
const REPLAY_FACTOR: usize = 64;

/// Waits until no other test of this program runs. The harness allocates little meanwhile.
fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The result of some work, and the most bytes that it had allocated at once.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(SeqCst);
    PEAK.store(before, SeqCst);
    let result = work();
    (result, PEAK.load(SeqCst) - before)
}

fn assert_bounded(what: &str, length: usize, peak: usize, factor: usize) {
    println!(
        "{what}: {length} bytes take {peak}, {} times",
        peak / length
    );
    assert!(
        peak <= factor * length + FIXED_BYTES,
        "{what}: {length} bytes take {peak}, over {factor} times"
    );
}

/// The bits of the shape of a full tree of so many levels.
fn full_tree(levels: u32, bits: &mut String) {
    if levels == 0 {
        return bits.push_str("01");
    }
    bits.push_str("11");
    full_tree(levels - 1, bits);
    full_tree(levels - 1, bits);
}

/// A proof with a shape, and the same leaf at all its ends.
fn proof(shape: &str, leaves: usize, leaf: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1];
    for part in shape.as_bytes().chunks(8) {
        let bit = |place: usize| u8::from(part.get(place) == Some(&b'1')) << (7 - place);
        bytes.push((0..8).map(bit).sum());
    }
    bytes.extend(leaf.repeat(leaves));
    bytes
}

/// Proofs with as many nodes for each byte as their form allows.
fn dense_proofs() -> Vec<(&'static str, Vec<u8>)> {
    let mut full = String::new();
    full_tree(16, &mut full);
    let leaves = 1 << 16;
    let spine = 30_000;
    let chain = format!("{}{}", "11".repeat(spine), "01".repeat(spine + 1));
    vec![
        ("leaves without anything", proof(&full, leaves, &[1])),
        ("empty values", proof(&full, leaves, &[0, 0])),
        ("empty keys and values", proof(&full, leaves, &[2, 0, 0])),
        (
            "keys and values of a byte",
            proof(&full, leaves, &[2, 4, 7, 4, 7]),
        ),
        (
            "keys with hashes",
            proof(&full, leaves, &[[3, 0].as_slice(), &[9; 32]].concat()),
        ),
        ("a chain", proof(&chain, spine + 1, &[1])),
    ]
}

#[test]
fn proofs_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    for (what, bytes) in dense_proofs() {
        let (decoded, peak) = measured(|| MultiProof::from_bytes(&bytes));
        assert_eq!(decoded.expect("it decodes").to_bytes(), bytes, "{what}");
        assert_bounded(what, bytes.len(), peak, PROOF_FACTOR);
    }
}

#[test]
fn proofs_that_promise_more_than_they_have_take_no_more() {
    let _turn = turn();
    let whole: Vec<Vec<u8>> = dense_proofs().into_iter().map(|(_, bytes)| bytes).collect();
    let cut = whole.iter().map(|bytes| bytes[..bytes.len() / 2].to_vec());
    let forks = [vec![1], vec![0xff; 100_000]].concat();
    let long_value = [&proof("01", 1, &[0]), &[0xfe, 0xff, 0xff, 0xff, 1][..]].concat();
    for bytes in cut.chain([forks, long_value]) {
        let (decoded, peak) = measured(|| MultiProof::from_bytes(&bytes));
        assert!(decoded.is_err());
        assert_bounded("cut off", bytes.len(), peak, PROOF_FACTOR);
    }
}

/// As a member of another SCALE type the length of a proof is not known beforehand, and lists grow
/// by doubling.
#[test]
fn proofs_within_other_types_are_bounded_as_well() {
    let _turn = turn();
    for (what, bytes) in dense_proofs() {
        let (decoded, peak) = measured(|| MultiProof::decode(&mut &bytes[..]));
        assert_eq!(decoded.expect("it decodes").to_bytes(), bytes, "{what}");
        assert_bounded(what, bytes.len(), peak, 2 * PROOF_FACTOR);
    }
}

/// The root that the nodes of a proof come to, whether or not they make a trie.
fn root_of(bytes: &[u8]) -> Option<Digest> {
    let proof = MultiProof::from_bytes(bytes).expect("it decodes");
    match Witness::open(&Digest([1; 32]), proof) {
        Err(ProofError::RootMismatch { computed, .. }) => Some(computed),
        _ => None,
    }
}

#[test]
fn witnesses_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    let mut opened = 0;
    for (what, bytes) in dense_proofs() {
        let root = root_of(&bytes);
        let (witness, peak) = measured(|| {
            let proof = MultiProof::from_bytes(&bytes).expect("it decodes");
            Witness::open(&root.unwrap_or(Digest([1; 32])), proof)
        });
        assert_eq!(witness.is_ok(), root.is_some(), "{what}");
        opened += usize::from(witness.is_ok());
        assert_bounded(what, bytes.len(), peak, WITNESS_FACTOR);
    }
    assert_eq!(opened, 3);
}

/// A block without effect, with so many transactions and events in each of their receipts.
fn block(height: u64, transactions: usize, events: usize) -> BundleBlock {
    let transaction = SignedTransaction {
        transaction: Transaction {
            chain_id: 1,
            sender: AccountId([0; 32]),
            nonce: 0,
            gas_limit: 0,
            gas_price: 0,
            deposit_limit: 0,
            action: Action::Upload { code: Vec::new() },
        },
        signature: [0; 64],
    };
    let event = Event {
        contract: AccountId([0; 32]),
        topics: Vec::new(),
        data: Vec::new(),
    };
    let receipt = Receipt {
        status: Status::Success,
        gas_used: GasUsed::default(),
        output: Vec::new(),
        events: vec![event; events],
        deposit_charged: 0,
        deposit_refunded: 0,
        fee: 0,
    };
    BundleBlock {
        environment: BlockEnvironment {
            chain_id: 1,
            height,
            timestamp_ms: 0,
            fee_collector: AccountId([0; 32]),
            gas_limit: 0,
        },
        transactions: vec![(transaction, receipt); transactions],
        state_root: Digest([0; 32]),
    }
}

#[test]
fn bundles_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    let protocol = Protocol::v1();
    let mut bundles = Vec::new();
    for (what, witness) in dense_proofs() {
        let state_root = root_of(&witness).unwrap_or(Digest([1; 32]));
        bundles.push((what, state_root, witness, vec![block(1, 0, 0)]));
    }
    let empty = (Digest([0; 32]), vec![0]);
    for (what, blocks) in [
        (
            "blocks",
            (1..10_000).map(|height| block(height, 0, 0)).collect(),
        ),
        ("transactions", vec![block(1, 10_000, 0)]),
        ("events", vec![block(1, 1, 50_000)]),
    ] {
        bundles.push((what, empty.0, empty.1.clone(), blocks));
    }
    for (what, state_root, witness, blocks) in bundles {
        let bundle = Bundle {
            protocol_version: protocol.version,
            schedule_hash: protocol.schedule.hash(),
            state_root,
            witness: MultiProof::from_bytes(&witness).expect("it decodes"),
            blocks,
        };
        let bytes = bundle.to_bytes();
        drop(bundle);
        let (decoded, peak) = measured(|| Bundle::from_bytes(&bytes).map(|_| ()));
        assert_eq!(decoded, Ok(()), "{what}");
        assert_bounded(what, bytes.len(), peak, BUNDLE_FACTOR);
        let mut machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
        let (_, peak) = measured(|| {
            let bundle = Bundle::from_bytes(&bytes).expect("it decodes");
            replay(&bundle, &mut machine, &mut NoObserver).map(|_| ())
        });
        assert_bounded(what, bytes.len(), peak, REPLAY_FACTOR);
    }
}

/// Exports of states are sparse files here, which have all the bytes that they state.
#[test]
fn exports_of_any_length_take_little_memory() {
    let _turn = turn();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sparse-export");
    let header = |record: u64| {
        let front = b"LKSEXPRT\x01\0\0\0\0\0\0\0";
        let counts = [1_u64.to_le_bytes(), record.to_le_bytes()].concat();
        [&front[..], &[7; 32], &counts].concat()
    };
    let value = [&header(0)[..], &[1, 0, 0xff, 0xff, 0xff, 0xff]].concat();
    for front in [header(6 << 30), value] {
        fs::write(&path, &front).expect("a file");
        let file = File::options().write(true).open(&path).expect("the file");
        file.set_len(7 << 30).expect("a sparse file");
        let (checked, peak) = measured(|| lockstep_cli::check_export(&path));
        let failure = checked.expect_err("it is refused").to_string();
        assert!(failure.contains("is longer than"), "{failure}");
        assert!(peak < 2 << 20, "{peak} bytes");
    }
    fs::remove_file(&path).expect("the file");
}
