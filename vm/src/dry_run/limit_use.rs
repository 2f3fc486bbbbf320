//! The most that a transaction used of each limit, beside the limit.

use lockstep_gas_meter::Limits;
use lockstep_state_trie::NodeStore;
use parity_scale_codec::Encode;

use super::trials::{Observed, Trials};
use crate::action::Action;
use crate::block::Report;

/// What was used of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitUse {
    /// The limit's name with its unit: that of the field of
    /// [`Limits`] without `_max`, or `call_depth`, or `deposit`.
    pub limit: &'static str,
    /// The most that was used of it at any time, also in frames that failed.
    pub used: u128,
    /// The most that may be used.
    pub max: u128,
}

/// A length as a number of fixed width.
fn count(length: usize) -> u128 {
    u128::try_from(length).unwrap_or(u128::MAX)
}

/// How many calls can nest: each takes its slots, and its caller's frame at least one.
fn call_depth_max(limits: &Limits) -> u32 {
    limits
        .stack_slots_max
        .saturating_sub(1)
        .checked_div(limits.stack_slots_per_host_call)
        .unwrap_or(u32::MAX)
}

impl<S: NodeStore<Error: Send + Sync>> Trials<'_, '_, S> {
    /// Every limit that a transaction can come up against while it runs, and the two of its own
    /// form.
    pub(super) fn limit_uses(
        &self,
        report: &Report,
        observed: &Observed,
        stack_slots: u32,
    ) -> Vec<LimitUse> {
        let limits = &self.machine.protocol().limits;
        let (gauge, peaks) = (&observed.gauge, &observed.peaks);
        let transaction = &self.signed.transaction;
        let code = match &transaction.action {
            Action::Upload { code } => code.len(),
            _ => 0,
        };
        let receipt = &report.receipt;
        let deposit = receipt
            .deposit_charged
            .saturating_sub(receipt.deposit_refunded);
        let row = |limit, used: u128, max: u32| LimitUse {
            limit,
            used,
            max: max.into(),
        };
        vec![
            row(
                "transaction_bytes",
                count(self.signed.encoded_size()),
                limits.transaction_bytes_max,
            ),
            row("module_bytes", count(code), limits.module_bytes_max),
            row("stack_slots", stack_slots.into(), limits.stack_slots_max),
            row(
                "call_depth",
                gauge.call_depth.into(),
                call_depth_max(limits),
            ),
            row(
                "memory_pages",
                gauge.memory_pages.into(),
                limits.memory_pages_max,
            ),
            row(
                "input_bytes",
                gauge.input_bytes.into(),
                limits.input_bytes_max,
            ),
            row(
                "output_bytes",
                gauge.output_bytes.into(),
                limits.output_bytes_max,
            ),
            row(
                "method_name_bytes",
                gauge.method_name_bytes.into(),
                limits.method_name_bytes_max,
            ),
            row(
                "storage_key_bytes",
                count(peaks.key_bytes),
                limits.storage_key_bytes_max,
            ),
            row(
                "storage_value_bytes",
                count(peaks.value_bytes),
                limits.storage_value_bytes_max,
            ),
            row(
                "events_per_transaction",
                count(peaks.events),
                limits.events_per_transaction_max,
            ),
            row(
                "event_topics",
                count(peaks.event_topics),
                limits.event_topics_max,
            ),
            row(
                "event_data_bytes",
                count(peaks.event_data_bytes),
                limits.event_data_bytes_max,
            ),
            row(
                "debug_log_bytes",
                gauge.debug_log_bytes.into(),
                limits.debug_log_bytes_max,
            ),
            LimitUse {
                limit: "deposit",
                used: deposit,
                max: transaction.deposit_limit,
            },
        ]
    }
}
