//! A run's report before anything ran.

use lockstep_gas_meter::Protocol;

use crate::report::{NamedId, RUN_SCHEMA, RunReport};
use crate::scenario::Scenario;

/// The report before anything ran.
pub(super) fn blank_report(scenario: &Scenario, protocol: &Protocol) -> RunReport {
    let named = |name: &String, bytes: &[u8]| NamedId {
        name: name.clone(),
        id: hex::encode(bytes),
    };
    RunReport {
        schema: RUN_SCHEMA,
        scenario: scenario.name.clone(),
        about: scenario.about.clone(),
        protocol_version: protocol.version,
        schedule_hash: protocol.schedule.hash().to_string(),
        chain_id: scenario.chain.chain_id,
        fee_collector: scenario.names.show_account(&scenario.chain.fee_collector),
        accounts: scenario
            .names
            .accounts()
            .map(|(name, id)| named(name, &id.0))
            .collect(),
        codes: scenario
            .names
            .codes()
            .map(|(name, hash)| named(name, &hash.0))
            .collect(),
        genesis_state_root: String::new(),
        blocks: Vec::new(),
        expectations_stated: 0,
        expectations_failed: Vec::new(),
        unstated_failures: Vec::new(),
        exit: 0,
    }
}
