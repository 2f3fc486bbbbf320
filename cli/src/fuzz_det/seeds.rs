//! The scenario that a contract alone is fuzzed with: four accounts, the code, and one contract.
//!
//! `init` gets arguments of the types that the ABI states. Many draws are tried, because `init` may
//! refuse some; the first that succeeds is kept, or the first of all when none does.

use std::path::Path;

use lockstep_abi::{MethodKind, Type};
use lockstep_gas_meter::{Protocol, prepare};

use super::arguments::{generate, simplest};
use crate::abi_section::AbiSection;
use crate::debug_info::folder_of;
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::random::Random;
use crate::run::run;
use crate::scenario::{Scenario, from_text, load};

/// How many draws of arguments `init` is given.
const DRAWS_MAX: usize = 64;

/// The scenario in a file, or one that is made for the contract in it.
///
/// # Errors
/// When the file cannot be read, the scenario has mistakes, or the contract is refused.
pub(crate) fn seed_scenario(file: &Path, seed: u64) -> Result<Scenario, Failure> {
    let shown = file.to_string_lossy();
    let extension = file.extension().unwrap_or_default();
    if extension != "wasm" && extension != "wat" {
        return load(file, &shown);
    }
    let bytes = read_module(file, &shown)?;
    if let Err(error) = prepare(&bytes, &Protocol::v1()) {
        let message = format!("{shown} cannot run: {error}");
        let help = format!("`lockstep check {shown}` lists every reason");
        let problem = Problem::new(ProblemCode::ModuleRefused, message, help);
        return Err(Failure::new(Exit::Refused, problem));
    }
    let params: Vec<Type> = AbiSection::of(&bytes)
        .found()
        .and_then(|abi| {
            let mut methods = abi.methods.into_iter();
            methods.find(|method| method.kind == MethodKind::Init)
        })
        .map(|method| method.params.into_iter().map(|field| field.ty).collect())
        .unwrap_or_default();
    let mut random = Random::new(seed);
    let mut first = None;
    for draw in 0..DRAWS_MAX {
        let input: Vec<u8> = match draw {
            0 => params.iter().flat_map(simplest).collect(),
            _ => {
                let values = params.iter();
                values
                    .flat_map(|ty| generate(ty, &mut random, &[], 0))
                    .collect()
            }
        };
        let scenario = made(file, &input)?;
        let mut receipts = run(&scenario)?.report.blocks.into_iter();
        let succeeds = receipts.all(|block| {
            let mut transactions = block.transactions.into_iter();
            transactions.all(|done| done.receipt.is_some_and(|receipt| receipt.status_code == 0))
        });
        if succeeds {
            return Ok(scenario);
        }
        first.get_or_insert(scenario);
        if params.is_empty() {
            break;
        }
    }
    first.ok_or_else(|| Failure::bug("no scenario was made"))
}

fn made(file: &Path, input: &[u8]) -> Result<Scenario, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = toml::Value::from(name.into_owned());
    let input = hex::encode(input);
    let text = format!(
        "schema = \"lockstep.scenario/1\"\nname = {name}\n\
         [accounts]\nalice = \"1_000_000_000_000_000_000\"\nbob = \"1_000_000_000_000_000_000\"\n\
         carol = \"1_000_000_000_000_000_000\"\npoor = 90_000_000\n\
         [code]\ntarget = {name}\n\
         [[block]]\n[[block.transaction]]\nfrom = \"alice\"\nupload = \"target\"\n\
         [[block.transaction]]\nfrom = \"alice\"\ninstantiate = \"target\"\nas = \"target\"\n\
         input = \"0x{input}\"\n"
    );
    from_text(text, "the scenario made for the contract", &folder_of(file))
}
