//! A world in which code has another encoding: the metering pass and the engine get it with padded
//! numbers.
//!
//! The state has the code as it was uploaded, so its hash, the contracts' ids and the gas of
//! loading, which goes by length, are those of the base world, and everything else must be too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lockstep_abi::CodeHash;
use lockstep_gas_meter::{
    PrepareError, PreparedModule, Protocol, ViolationCode, prepare, prepare_with_probes,
    prepare_with_result_probes,
};
use lockstep_vm::{
    Action, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, Machine, code_hash,
};

use super::{Answer, EngineMaker, World, cache_for};
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::padding::padded;
use crate::problem::Failure;

/// The code of a campaign's candidates, by its hash.
type Codes = Arc<Mutex<BTreeMap<CodeHash, Vec<u8>>>>;

/// One machine for the whole campaign, whose engine gets padded code.
pub(super) struct PaddedWorld {
    engine: EngineMaker,
    codes: Codes,
    machine: Option<Machine>,
}

impl PaddedWorld {
    pub(super) fn new(engine: &EngineMaker) -> PaddedWorld {
        PaddedWorld {
            engine: Arc::clone(engine),
            codes: Codes::default(),
            machine: None,
        }
    }

    fn machine(&self, watch: Watch) -> Machine {
        let engine = PaddedEngine {
            inner: (self.engine)(),
            codes: Arc::clone(&self.codes),
            watch,
        };
        Machine::with_cache(Protocol::v1(), Box::new(engine), cache_for(watch, None))
    }
}

impl World for PaddedWorld {
    fn name(&self) -> String {
        "padded".to_string()
    }

    fn about(&self) -> String {
        "the same code with numbers in LEB128 as long as they may be".to_string()
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = history.blocks.iter();
        for signed in blocks.flat_map(|block| &block.transactions) {
            if let Action::Upload { code } = &signed.transaction.action {
                codes.entry(code_hash(code)).or_insert_with(|| code.clone());
            }
        }
        drop(codes);
        if watch != Watch::Calls {
            let machine = self.machine(watch);
            return Ok(perform(history, machine, Manner::Observed, watch).into());
        }
        let machine = self.machine.take();
        let machine = machine.unwrap_or_else(|| self.machine(watch));
        let mut performed = perform(history, machine, Manner::Observed, watch);
        self.machine = performed.machine.take();
        Ok(performed.into())
    }
}

/// An engine that pads the code, prepares that, and compiles it.
struct PaddedEngine {
    inner: Box<dyn Engine>,
    codes: Codes,
    watch: Watch,
}

impl PaddedEngine {
    /// The padded module; nothing when the code is not known, or too long when it is padded.
    ///
    /// # Errors
    /// When the pass refuses the padded code for anything else.
    fn padded(&self, code: &CodeHash) -> Result<Option<PreparedModule>, EngineError> {
        let codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(longer) = codes.get(code).and_then(|code| padded(code)) else {
            return Ok(None);
        };
        let prepare = match self.watch {
            Watch::Calls => prepare,
            Watch::Segments { .. } => prepare_with_probes,
            Watch::Results { .. } => prepare_with_result_probes,
        };
        match prepare(&longer, &Protocol::v1()) {
            Ok(module) => Ok(Some(module)),
            Err(error) if is_too_long(&error) => Ok(None),
            Err(error) => Err(EngineError::Refused {
                engine: "padded",
                reason: error.to_string(),
            }),
        }
    }
}

/// Whether a module has too many bytes and no other fault.
fn is_too_long(error: &PrepareError) -> bool {
    let PrepareError::Refused(refusal) = error else {
        return false;
    };
    refusal.violations.iter().all(|violation| {
        matches!(
            violation.code,
            ViolationCode::ModuleBytes | ViolationCode::PreparedBytes | ViolationCode::BodyBytes
        )
    })
}

impl Engine for PaddedEngine {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.inner.compile(module)
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let padded = self.padded(&key.code)?;
        self.inner
            .compile_keyed(key, padded.as_ref().unwrap_or(module))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockstep_gas_meter::{Protocol, prepare};
    use lockstep_vm::{WasmiEngine, code_hash};

    use super::{Codes, PaddedEngine};
    use crate::fuzz_det::record::Watch;

    #[test]
    fn what_the_engine_compiles_is_the_padded_code() {
        let bytes = wat::parse_str("(module (func (export \"run\") i32.const 1 drop))");
        let bytes = bytes.expect("the text is a module");
        let codes = Codes::default();
        let hash = code_hash(&bytes);
        codes.lock().expect("a lock").insert(hash, bytes.clone());
        let engine = PaddedEngine {
            inner: Box::new(WasmiEngine::new()),
            codes: Arc::clone(&codes),
            watch: Watch::Calls,
        };
        let plain = prepare(&bytes, &Protocol::v1()).expect("it is accepted");
        let padded = engine.padded(&hash).expect("it is accepted");
        let padded = padded.expect("it is known");
        assert!(padded.bytes().len() > plain.bytes().len());
        codes.lock().expect("a lock").clear();
        assert!(engine.padded(&hash).expect("nothing is refused").is_none());

        // What the pass has against padded code is told, unless that it is too long.
        let refused = wat::parse_str("(module (func (export \"run\") f32.const 1 drop))");
        let refused = refused.expect("the text is a module");
        codes.lock().expect("a lock").insert(hash, refused);
        let error = engine.padded(&hash).expect_err("floats are refused");
        assert!(error.to_string().contains("padded refused"), "{error}");
        let many = "i32.const 1 drop ".repeat(200_000);
        let long = wat::parse_str(format!("(module (func (export \"run\") {many}))"));
        codes
            .lock()
            .expect("a lock")
            .insert(hash, long.expect("a module"));
        assert!(engine.padded(&hash).expect("it is too long").is_none());
    }
}
