//! What mutation starts from: valid inputs for each decoder, made here, and the committed
//! contracts.

mod committed;
mod kept;
mod stateless;

use std::path::Path;

use lockstep_abi::{
    ABI_VERSION, AccountId, ContractAbi, EventAbi, Field, Method, MethodKind, Type, Variant,
};
use lockstep_vm::{Action, Event, GasUsed, Receipt, Signer, Status, Transaction};
use parity_scale_codec::Encode;

pub use committed::{seed_files, seed_folder};
pub(crate) use stateless::{KEYS, sealed};

/// A valid input and the oracle that it is for.
pub struct Seed {
    /// The oracle's name.
    pub oracle: &'static str,
    /// The input.
    pub bytes: Vec<u8>,
}

/// A small module that has a bit of everything that is accepted.
const MODULE: &str = r#"
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (import "lockstep" "emit_event" (func $emit_event (param i32 i32 i32 i32)))
  (type $pair (func (param i32 i32) (result i32 i32)))
  (memory 1 4)
  (global $count (mut i32) (i32.const 0))
  (table 2 funcref)
  (elem (i32.const 0) $swap)
  (data (i32.const 8) "hello")
  (data $passive "later")
  (func $swap (type $pair) local.get 1 local.get 0)
  (func (export "run") (local i32 i64)
    loop $again
      call $gas_left
      i64.const 1000
      i64.gt_u
      br_if $again
    end
    block $b block $a local.get 0 br_table $a $b $a end i32.const 1 drop end
    local.get 0 if (result i32) i32.const 1 memory.grow else memory.size end
    global.set $count
    i32.const 1 i32.const 2 i32.const 0 call_indirect (type $pair) drop drop
    i32.const 0 i32.const 0 i32.const 5 memory.init $passive
    i32.const 16 i32.const 0 i32.const 5 memory.copy
    i32.const 0 i32.const 255 i32.const 9 memory.fill
    data.drop $passive
    i32.const 0 i32.const 0 i32.const 8 i32.const 5 call $emit_event))
"#;

/// The first scenario of the README.
const SCENARIO: &str = include_str!("../../contracts/scenarios/counter.toml");

/// The seeds that need no file.
pub fn built_in() -> Vec<Seed> {
    let mut seeds = vec![
        Seed {
            oracle: "module",
            bytes: module(),
        },
        Seed {
            oracle: "transaction",
            bytes: transaction(),
        },
        Seed {
            oracle: "receipt",
            bytes: receipt(),
        },
        Seed {
            oracle: "abi",
            bytes: abi(),
        },
        Seed {
            oracle: "scenario",
            bytes: SCENARIO.as_bytes().to_vec(),
        },
    ];
    seeds.extend(stateless::seeds());
    seeds.extend(kept::seeds());
    seeds
}

/// Every `.wasm` file in a folder, as seeds for the module oracle, in the order of their names.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn modules_in(folder: &Path) -> std::io::Result<Vec<Seed>> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    paths.sort();
    paths
        .iter()
        .map(|path| {
            Ok(Seed {
                oracle: "module",
                bytes: std::fs::read(path)?,
            })
        })
        .collect()
}

/// The module in the binary format.
fn module() -> Vec<u8> {
    wat::parse_str(MODULE).expect("the text is well formed")
}

/// A signed call.
fn transaction() -> Vec<u8> {
    let signer = Signer::from_seed([7; 32]);
    let transaction = Transaction {
        chain_id: 1,
        sender: signer.account(),
        nonce: 3,
        gas_limit: 1_000_000,
        gas_price: 2,
        deposit_limit: 500,
        action: Action::Call {
            contract: signer.account(),
            method: "transfer".to_string(),
            input: vec![1, 2, 3],
            value: 9,
        },
    };
    signer.sign(transaction).to_bytes()
}

/// The receipt of a call with an event.
fn receipt() -> Vec<u8> {
    Receipt {
        status: Status::Success,
        gas_used: GasUsed {
            intrinsic: 50_000,
            wasm: 1_234,
            ..GasUsed::default()
        },
        output: b"output".to_vec(),
        events: vec![Event {
            contract: AccountId([3; 32]),
            topics: vec![[1; 32], [2; 32]],
            data: vec![5; 9],
        }],
        deposit_charged: 40,
        deposit_refunded: 0,
        fee: 51_234,
    }
    .to_bytes()
}

/// The content of an ABI section with a bit of everything.
fn abi() -> Vec<u8> {
    let field = |name: &str, ty: Type| Field {
        name: name.to_string(),
        ty,
    };
    let variant = Variant {
        name: "Low".to_string(),
        index: 1,
        fields: vec![field("balance", Type::U128)],
    };
    let method = Method {
        name: "pay".to_string(),
        docs: "Pays.".to_string(),
        kind: MethodKind::Call,
        mutates: true,
        payable: false,
        params: vec![
            field("to", Type::AccountId),
            field(
                "notes",
                Type::List(Box::new(Type::Option(Box::new(Type::String)))),
            ),
            field(
                "parts",
                Type::Tuple(vec![Type::Array(Box::new(Type::U8), 4), Type::Unit]),
            ),
        ],
        output: Type::Map(Box::new(Type::Hash), Box::new(Type::I64)),
        error: Some(Type::Enum {
            name: "PayError".to_string(),
            variants: vec![variant],
        }),
    };
    let event = EventAbi {
        name: "Paid".to_string(),
        docs: String::new(),
        fields: vec![field("amount", Type::U128)],
        topics: vec![0],
    };
    let abi = ContractAbi {
        name: "Payer".to_string(),
        docs: "A contract.".to_string(),
        methods: vec![method],
        events: vec![event],
    };
    [vec![ABI_VERSION], abi.encode()].concat()
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn the_module_is_accepted() {
        prepare(&super::module(), &Protocol::v1()).expect("the seed is valid");
    }
}
