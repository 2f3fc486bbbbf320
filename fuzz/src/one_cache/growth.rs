//! A transaction that shows how far the memory of the first contract may grow.

use std::sync::Arc;

use lockstep_cli::{History, SignedBlock};
use lockstep_vm::{Action, Signer, Transaction, contract_id};

use crate::script::{Code, Step, encode};
use crate::sequence::maker_of_contracts;

/// The gas of the transaction: more than a page of memory costs.
const GAS: u64 = 40_000_000;

/// The history with a block behind its last, in which an account of its own lets the first contract
/// ask for a page of memory, and return what it got. A generated program seldom does.
pub(super) fn with_growth(mut history: History) -> History {
    let signer = Signer::from_seed([0x90; 32]);
    let code = Code::First.hash();
    let transaction = Transaction {
        chain_id: history.genesis.chain_id,
        sender: signer.account(),
        nonce: 0,
        gas_limit: GAS,
        gas_price: 0,
        deposit_limit: 0,
        action: Action::Call {
            contract: contract_id(&maker_of_contracts(), &code, &[0; 32]),
            method: "run".to_string(),
            input: encode(&[Step::Grow(1)]),
            value: 0,
        },
    };
    history.blocks.push(Arc::new(SignedBlock {
        timestamp_ms: 1_800_000_000_000,
        transactions: vec![signer.sign(transaction)],
    }));
    history
}
