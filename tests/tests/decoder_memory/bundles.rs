//! The memory that bundles and exports take.

use std::fs::{self, File};
use std::path::Path;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, MultiProof};
use lockstep_vm::{
    Action, BlockEnvironment, Bundle, BundleBlock, Difference, Event, GasUsed, InvalidTransaction,
    Machine, NoObserver, Receipt, ReplayError, ReplayPlace, SignedTransaction, Status, Transaction,
    WasmiEngine, replay,
};

use crate::proofs::{dense_proofs, root_of, true_witnesses};
use crate::{assert_bounded, measured, turn};

/// `docs/bundle.md`: decoding a bundle.
const BUNDLE_FACTOR: usize = 24;
/// `docs/bundle.md`: replaying a bundle, up to its first transaction.
const REPLAY_FACTOR: usize = 64;

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

/// How a replay ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Confirmed,
    /// The witness is refused: it was not made from a trie.
    NoWitness,
    /// The first block comes to another state than that of the bundle, which is the empty one.
    AnotherRoot,
    /// The first transaction cannot be included, because it brings no gas.
    NotIncluded,
}

/// How it ended; `None` for an end that no bundle here has.
fn end_of(replayed: &Result<(), ReplayError>) -> Option<End> {
    let first = |transaction| ReplayPlace {
        height: 1,
        transaction,
    };
    match replayed {
        Ok(()) => Some(End::Confirmed),
        Err(ReplayError::WitnessForm(_)) => Some(End::NoWitness),
        Err(ReplayError::Diverged(divergence)) => match &divergence.difference {
            Difference::StateRoot { .. } if divergence.place == first(None) => {
                Some(End::AnotherRoot)
            }
            Difference::NotIncluded(InvalidTransaction::GasLimitTooLow { .. })
                if divergence.place == first(Some(1)) =>
            {
                Some(End::NotIncluded)
            }
            _ => None,
        },
        Err(_) => None,
    }
}

#[test]
fn bundles_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    let protocol = Protocol::v1();
    let mut bundles = Vec::new();
    let forged = dense_proofs()
        .into_iter()
        .map(|proof| (proof, End::NoWitness));
    let of_tries = true_witnesses().into_iter();
    for ((what, witness), end) in forged.chain(of_tries.map(|proof| (proof, End::AnotherRoot))) {
        let state_root = root_of(&witness).unwrap_or(Digest([1; 32]));
        bundles.push((what, state_root, witness, vec![block(1, 0, 0)], end));
    }
    let empty = (Digest([0; 32]), vec![0]);
    for (what, blocks, end) in [
        (
            "blocks",
            (1..10_000).map(|height| block(height, 0, 0)).collect(),
            End::Confirmed,
        ),
        ("transactions", vec![block(1, 10_000, 0)], End::NotIncluded),
        ("events", vec![block(1, 1, 50_000)], End::NotIncluded),
    ] {
        bundles.push((what, empty.0, empty.1.clone(), blocks, end));
    }
    for (what, state_root, witness, blocks, end) in bundles {
        let bundle = Bundle {
            protocol_version: protocol.version,
            schedule_hash: protocol.schedule.hash(),
            state_root,
            witness: MultiProof::from_bytes(&witness).expect("it decodes"),
            blocks,
        };
        let bytes = bundle.to_bytes().expect("it is small");
        drop(bundle);
        let (decoded, peak) = measured(|| Bundle::from_bytes(&bytes).map(|_| ()));
        assert_eq!(decoded, Ok(()), "{what}");
        assert_bounded(what, bytes.len(), peak, BUNDLE_FACTOR);
        let mut machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
        let (replayed, peak) = measured(|| {
            let bundle = Bundle::from_bytes(&bytes).expect("it decodes");
            replay(&bundle, &mut machine, &mut NoObserver).map(|_| ())
        });
        assert_eq!(end_of(&replayed), Some(end), "{what}: {replayed:?}");
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
