//! The scenario that a contract alone is fuzzed with: four accounts, the code, and one contract.
//!
//! `init` gets arguments of the types that the ABI states, or without one bytes. Many draws are
//! tried, because `init` may refuse some; the first that succeeds is kept, or the first of all when
//! none does.

use std::path::Path;

use lockstep_abi::{MethodKind, Type};
use lockstep_gas_meter::{PrepareError, Protocol, prepare};

use super::arguments::{can_be_given, generate, simplest, some_bytes};
use crate::abi_section::AbiSection;
use crate::debug_info::folder_of;
use crate::module_file::read_module;
use crate::problem::Failure;
use crate::random::Random;
use crate::refused_module::refused_module;
use crate::run::run;
use crate::scenario::{SCENARIO_SCHEMA, Scenario, from_text, load};

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
    match prepare(&bytes, &Protocol::v1()) {
        Ok(_) => {}
        Err(PrepareError::Refused(refusal)) => return Err(refused_module(&shown, &refusal)),
        Err(PrepareError::Internal(error)) => return Err(Failure::bug(error)),
    }
    let params = params_of_init(&bytes);
    let mut random = Random::new(seed);
    let mut first = None;
    for draw in 0..DRAWS_MAX {
        let input = input(params.as_deref(), draw, &mut random);
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
        if params.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    first.ok_or_else(|| Failure::bug("no scenario was made"))
}

/// The types of what `init` takes, if there is an ABI to say so, and of values that can be given to it.
fn params_of_init(bytes: &[u8]) -> Option<Vec<Type>> {
    let abi = AbiSection::of(bytes).found()?;
    let mut methods = abi.methods.into_iter();
    let init = methods.find(|method| method.kind == MethodKind::Init);
    let params = init.map(|init| init.params).unwrap_or_default();
    let types = params.into_iter().map(|field| field.ty);
    let types: Vec<Type> = types.collect();
    can_be_given(types.iter()).then_some(types)
}

/// What `init` is given in a draw: the simplest first, zeros of the usual lengths where no types are
/// known.
fn input(params: Option<&[Type]>, draw: usize, random: &mut Random) -> Vec<u8> {
    const LENGTHS: [usize; 8] = [0, 8, 4, 16, 32, 1, 2, 64];
    match (params, draw) {
        (Some(params), 0) => {
            let values = params.iter().filter_map(simplest);
            values.flatten().collect()
        }
        (Some(params), _) => {
            let values = params.iter();
            values.flat_map(|ty| generate(ty, random, &[])).collect()
        }
        (None, _) => match LENGTHS.get(draw) {
            Some(length) => vec![0; *length],
            None => some_bytes(random, &[]),
        },
    }
}

fn made(file: &Path, input: &[u8]) -> Result<Scenario, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = toml::Value::from(name.into_owned());
    let input = hex::encode(input);
    let text = format!(
        "schema = \"{SCENARIO_SCHEMA}\"\nname = {name}\n\
         [accounts]\nalice = \"1_000_000_000_000_000_000\"\nbob = \"1_000_000_000_000_000_000\"\n\
         carol = \"1_000_000_000_000_000_000\"\npoor = 90_000_000\n\
         [code]\ntarget = {name}\n\
         [[block]]\n[[block.transaction]]\nfrom = \"alice\"\nupload = \"target\"\n\
         [[block.transaction]]\nfrom = \"alice\"\ninstantiate = \"target\"\nas = \"target\"\n\
         input = \"0x{input}\"\n"
    );
    from_text(text, "the scenario made for the contract", &folder_of(file))
}
