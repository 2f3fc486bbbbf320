//! The report as text.

use super::document::{GasReportDocument, MethodReport};
use crate::text_table::{Side, TextTable, percent};
use crate::value::{counted, grouped};

/// The report for people.
pub(crate) fn render(report: &GasReportDocument) -> String {
    let scenarios = report.scenarios.join(", ");
    let mut out = format!(
        "gas of {} in {} of {scenarios}\nprotocol {}, schedule 0x{}\n\n",
        report.target.escape_default(),
        counted(report.transactions, "transaction"),
        report.protocol_version,
        report.schedule_hash
    );
    let mut table = TextTable::new(&[
        ("contract", Side::Left),
        ("method", Side::Left),
        ("calls", Side::Right),
        ("failed", Side::Right),
        ("min", Side::Right),
        ("median", Side::Right),
        ("max", Side::Right),
        ("own", Side::Right),
        ("wasm", Side::Right),
        ("host", Side::Right),
        ("storage", Side::Right),
        ("forfeited", Side::Right),
        ("hottest line", Side::Left),
    ]);
    report.methods.iter().for_each(|it| table.row(row(it)));
    out.push_str(&table.aligned());
    out.push('\n');
    out.push_str(&sums(report));
    out
}

fn row(method: &MethodReport) -> Vec<String> {
    let contract = match method.contract == method.code {
        true => method.contract.clone(),
        false => format!("{} ({})", method.contract, short(&method.code)),
    };
    let own = &method.own;
    let mut cells = vec![contract, method.method.escape_default().to_string()];
    let numbers = [
        method.calls,
        method.failed,
        method.gas_min,
        method.gas_median,
        method.gas_max,
        own.total,
    ];
    cells.extend(numbers.map(grouped));
    let parts = [own.wasm, own.host, own.storage, own.forfeited];
    cells.extend(parts.map(|part| percent(part, own.total)));
    let hottest = method.hottest.as_ref();
    cells.push(hottest.map_or_else(String::new, |hottest| {
        let share = percent(hottest.gas, own.total);
        format!("{} ({share})", hottest.place.escape_default())
    }));
    cells
}

/// A name, with the first digits of a hash in place of all.
fn short(code: &str) -> String {
    let hash = code.split_once("0x");
    match hash.and_then(|(name, digits)| Some((name, digits.get(..8)?))) {
        Some((name, digits)) => format!("{name}0x{digits}..."),
        None => code.to_string(),
    }
}

fn sums(report: &GasReportDocument) -> String {
    let sums = report.sums;
    let mut table = TextTable::new(&[
        ("sums", Side::Left),
        ("gas", Side::Right),
        ("", Side::Right),
    ]);
    let mut row = |name: &str, gas: u64| {
        let share = percent(gas, sums.receipts);
        table.row(vec![name.to_string(), grouped(gas), share]);
    };
    row("own gas of these methods", sums.methods);
    if sums.other_methods > 0 {
        row("own gas of other methods", sums.other_methods);
    }
    row("intrinsic: bytes, signatures, uploads", sums.intrinsic);
    row("receipts", sums.receipts);
    table.aligned()
}
