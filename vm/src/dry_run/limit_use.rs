//! The most that a transaction used of each limit, beside the limit.

use lockstep_gas_meter::Limits;
use parity_scale_codec::Encode;

use super::trials::{Observed, Trials};
use crate::action::Action;
use crate::block::Report;
use crate::ledger::Ledger;

/// What was used of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitUse {
    /// The limit's name with its unit: that of the field of
    /// [`Limits`] without `_max`, or `call_depth`, or `deposit`.
    pub limit: &'static str,
    /// The most that was used of it at any time, also in frames that failed; over `max` when a
    /// host call asked for more than the limit, which trapped its frame. Of the deposit, what the
    /// sender paid: 0 for a transaction that failed, also when the deposit was the reason.
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

impl<L: Ledger> Trials<'_, L> {
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
        let size = count(self.signed.encoded_size());
        let depth_max = call_depth_max(limits);
        let (topics, data) = (count(peaks.event_topics), count(peaks.event_data_bytes));
        let (key, value) = (count(peaks.key_bytes), count(peaks.value_bytes));
        let (input, output) = (gauge.input_bytes, gauge.output_bytes);
        let (log, method) = (gauge.debug_log_bytes, gauge.method_name_bytes.into());
        let (pages, events_max) = (gauge.memory_pages, limits.events_per_transaction_max);
        let rows = [
            ("transaction_bytes", size, limits.transaction_bytes_max),
            ("module_bytes", count(code), limits.module_bytes_max),
            ("stack_slots", stack_slots.into(), limits.stack_slots_max),
            ("call_depth", gauge.call_depth.into(), depth_max),
            ("memory_pages", pages.into(), limits.memory_pages_max),
            ("input_bytes", input.into(), limits.input_bytes_max),
            ("output_bytes", output.into(), limits.output_bytes_max),
            ("method_name_bytes", method, limits.method_name_bytes_max),
            ("storage_key_bytes", key, limits.storage_key_bytes_max),
            ("storage_value_bytes", value, limits.storage_value_bytes_max),
            ("events_per_transaction", count(peaks.events), events_max),
            ("event_topics", topics, limits.event_topics_max),
            ("event_data_bytes", data, limits.event_data_bytes_max),
            ("debug_log_bytes", log.into(), limits.debug_log_bytes_max),
        ];
        let mut uses: Vec<LimitUse> = rows
            .into_iter()
            .map(|(limit, used, max)| LimitUse {
                limit,
                used: used.max(gauge.asked_over(limit).into()),
                max: max.into(),
            })
            .collect();
        uses.push(LimitUse {
            limit: "deposit",
            used: deposit,
            max: transaction.deposit_limit,
        });
        uses
    }
}
