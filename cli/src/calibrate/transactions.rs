//! Whole transactions, each in a block of its own: signature, accounts, fees, receipts, roots.
//!
//! The parts come one after the other: the signature and the bytes by themselves, then the base
//! with an action that does nothing, then what each action adds.

mod ledger;

use lockstep_abi::CodeHash;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, code_hash, contract_id};
use parity_scale_codec::Encode;

use self::ledger::{Ledger, Ran};
use super::bench::{Case, Times, interleaved};
use super::clock::timed;
use super::code::small_functions;
use super::fit::median;
use super::item::{Care, Item, Observation};
use super::program::assemble;
use super::{Effort, Noise};
use crate::problem::Failure;

/// Runs a kind of transaction some times; the fastest counts.
fn repeated(
    ledger: &mut Ledger,
    rounds: u32,
    noise: &mut Noise,
    mut action: impl FnMut(&Ledger, u32) -> Action,
) -> Result<Ran, Failure> {
    let mut samples = Vec::new();
    let mut bytes = 0.0;
    for round in 0..=rounds {
        let action = action(ledger, round);
        let ran = ledger.run(action)?;
        bytes = ran.bytes;
        if round > 0 {
            samples.push(ran.ns);
        }
    }
    let minimum = samples.iter().copied().fold(f64::INFINITY, f64::min);
    noise.add(&Times {
        minimum,
        median: median(&samples),
    });
    Ok(Ran { ns: minimum, bytes })
}

/// Measures every price of a transaction.
pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let mut ledger = Ledger::new(effort, protocol)?;
    let rounds = effort.rounds;
    let mut items = signatures(&mut ledger, rounds, noise)?;
    let sender = ledger.signer.account();
    let base = repeated(&mut ledger, rounds, noise, |_, _| Action::Transfer {
        to: sender,
        value: 0,
    })?;
    items.push(item("transaction", "transaction.base", &base, &[]));
    let transfer = repeated(&mut ledger, rounds, noise, |ledger, round| {
        Action::Transfer {
            to: ledger.accounts[round as usize * 7],
            value: 1,
        }
    })?;
    items.push(item(
        "transfer",
        "transaction.transfer",
        &transfer,
        &[("transaction.base", 1.0)],
    ));
    items.push(uploads(&mut ledger, effort, noise)?);
    items.extend(messages(&mut ledger, rounds, noise)?);
    Ok(items)
}

/// An item with one observation. What was paid for: the transaction's bytes, its signature, and
/// `also`.
fn item(name: &str, price: &'static str, ran: &Ran, also: &[(&str, f64)]) -> Item {
    let mut item = Item::new(name, Some(price), None);
    item.observations
        .push(observed("in a block of its own", 0.0, ran, also));
    item
}

fn observed(context: &str, units: f64, ran: &Ran, also: &[(&str, f64)]) -> Observation {
    let always = [
        ("transaction.per_byte", ran.bytes),
        ("transaction.signature", 1.0),
    ];
    let paid = always.iter().chain(also);
    Observation {
        context: context.to_owned(),
        care: Care::Ordinary,
        units,
        also: paid
            .map(|(path, count)| ((*path).to_owned(), *count))
            .collect(),
        ns: ran.ns,
    }
}

/// Signatures over transactions of several lengths.
fn signatures(ledger: &mut Ledger, rounds: u32, noise: &mut Noise) -> Result<Vec<Item>, Failure> {
    let mut signature = Item::new("signature", Some("transaction.signature"), None);
    let mut byte = Item::new("byte of a transaction", None, Some("transaction.per_byte"));
    for length in [0_usize, 1024, 65_536, 1 << 20] {
        let signed = ledger.sign(Action::Upload {
            code: vec![0; length],
        });
        ledger.nonce -= 1;
        let mut case: Case<'_> = Box::new(|| {
            let (valid, ns) = timed(|| {
                let valid = signed.signature_is_valid();
                (valid, signed.transaction.id(), signed.encoded_size())
            });
            if valid.0 {
                Ok(ns)
            } else {
                Err(Failure::bug("a signature is not valid"))
            }
        });
        let times = interleaved(std::slice::from_mut(&mut case), rounds.div_ceil(2))?;
        noise.add(&times[0]);
        let bytes = signed.encoded_size() as f64;
        let seen = |units: f64, also: Vec<(String, f64)>| Observation {
            context: "checked and named".to_owned(),
            care: Care::Ordinary,
            units,
            also,
            ns: times[0].minimum,
        };
        if length == 0 {
            signature.observations.push(seen(0.0, Vec::new()));
        }
        byte.observations
            .push(seen(bytes, vec![("transaction.signature".to_owned(), 1.0)]));
    }
    Ok(vec![signature, byte])
}

/// Uploads of code that is new each time.
fn uploads(ledger: &mut Ledger, effort: Effort, noise: &mut Noise) -> Result<Item, Failure> {
    let mut item = Item::new(
        "upload",
        Some("transaction.upload"),
        Some("transaction.upload_per_byte"),
    );
    let counts = if effort.shrink > 1 {
        [1, 50, 100]
    } else {
        [1, 200, 2000]
    };
    for count in counts {
        let code = assemble(&small_functions(count))?;
        let length = code.len() as f64;
        let ran = repeated(ledger, effort.rounds.div_ceil(3), noise, |_, round| {
            Action::Upload {
                code: tagged(&code, count, round),
            }
        })?;
        item.observations.push(observed(
            "of small functions",
            length,
            &ran,
            &[("transaction.base", 1.0)],
        ));
    }
    Ok(item)
}

/// The module with a custom section that makes it another one.
fn tagged(code: &[u8], count: u32, round: u32) -> Vec<u8> {
    let mut code = code.to_vec();
    code.extend([0, 10, 1, b'k']);
    code.extend(count.to_le_bytes());
    code.extend(round.to_le_bytes());
    code
}

/// Instantiations, calls and upgrades of contracts that do nothing.
fn messages(ledger: &mut Ledger, rounds: u32, noise: &mut Noise) -> Result<Vec<Item>, Failure> {
    let code = assemble(
        "(module (func (export \"init\")) (func (export \"upgraded\")) (func (export \"run\")))",
    )?;
    let (hash, length) = (code_hash(&code), code.len() as f64);
    ledger.run(Action::Upload { code })?;
    let frame = [
        ("transaction.base", 1.0),
        ("code.load_base", 1.0),
        ("code.load_per_byte", length),
        ("code.instantiate_base", 1.0),
        ("wasm.function_entry", 1.0),
    ];
    let instantiate = |code: CodeHash, round: u32| Action::Instantiate {
        code,
        salt: [round as u8; 32],
        input: Vec::new(),
        value: 0,
    };
    let made = repeated(ledger, rounds.min(200), noise, |_, round| {
        instantiate(hash, round)
    })?;
    let contract = contract_id(&ledger.signer.account(), &hash, &[0; 32]);
    let called = repeated(ledger, rounds, noise, |_, _| Action::Call {
        contract,
        method: "run".to_owned(),
        input: Vec::new(),
        value: 0,
    })?;
    let upgraded = repeated(ledger, rounds, noise, |_, _| Action::Upgrade {
        contract,
        code: hash,
        input: Vec::new(),
    })?;
    Ok(vec![
        item("instantiation", "transaction.instantiate", &made, &frame),
        item("call by a transaction", "transaction.call", &called, &frame),
        item(
            "upgrade by a transaction",
            "transaction.upgrade",
            &upgraded,
            &frame,
        ),
    ])
}
