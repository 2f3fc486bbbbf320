//! An engine that computes one operator wrongly: in the script's contract, what `memory.grow`
//! returns is extended without its sign, so that -1 becomes another number.
//!
//! It goes the same way as the right one everywhere, and the number shows only where the contract
//! returns what it has collected.

use std::sync::Arc;

use lockstep_cli::EngineMaker;
use lockstep_gas_meter::{
    PreparedModule, Protocol, prepare, prepare_with_probes, prepare_with_result_probes,
};
use lockstep_vm::{CompiledModule, Engine, EngineError, EngineIdentity, WasmiEngine};

use crate::script::SCRIPT;

/// `memory.grow`, and `i64.extend_i32_s` behind it.
const GROW_AND_EXTEND: [u8; 3] = [0x40, 0x00, 0xac];
/// `i64.extend_i32_u`.
const EXTEND_UNSIGNED: u8 = 0xad;

/// The script's contract.
fn contract() -> Vec<u8> {
    wat::parse_str(SCRIPT).expect("the script is a module")
}

/// The offset of the operator in the script's contract, in bytes.
///
/// # Panics
/// When the script does not have it.
pub fn wrong_operator_offset() -> usize {
    let code = contract();
    let mut windows = code.windows(GROW_AND_EXTEND.len());
    let at = windows.position(|window| window == GROW_AND_EXTEND);
    at.expect("the script extends what `memory.grow` returns") + GROW_AND_EXTEND.len() - 1
}

/// Makes the engine.
pub(super) fn wrong_operator() -> EngineMaker {
    Arc::new(|| {
        let right = contract();
        let mut wrong = right.clone();
        wrong[wrong_operator_offset()] = EXTEND_UNSIGNED;
        Box::new(WrongOperator {
            inner: WasmiEngine::new(),
            right,
            wrong,
        })
    })
}

struct WrongOperator {
    inner: WasmiEngine,
    right: Vec<u8>,
    wrong: Vec<u8>,
}

impl Engine for WrongOperator {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "faulty",
            version: "1",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        for prepare in [prepare, prepare_with_probes, prepare_with_result_probes] {
            let prepared = |code: &[u8]| prepare(code, &Protocol::v1()).ok();
            if prepared(&self.right).is_some_and(|right| right == *module)
                && let Some(wrong) = prepared(&self.wrong)
            {
                return self.inner.compile(&wrong);
            }
        }
        self.inner.compile(module)
    }
}
