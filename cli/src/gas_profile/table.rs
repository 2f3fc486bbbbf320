//! A profile as text.

use std::fmt::Write as _;

use super::names::on_one_line;
use super::stacks::{GasProfile, TransactionProfile, bucket_name, buckets};
use super::summary::{Cost, Summary};
use crate::outcome_names::status_name;
use crate::printable::without_middle;
use crate::text_table::percent;
use crate::value::{counted, grouped};

/// The most characters of a name; longer ones lose their middle.
const NAME_CHARACTERS_MAX: usize = 100;

/// The table, with at most `rows` rows in each part.
pub(crate) fn table(profile: &GasProfile, rows: usize) -> String {
    let used = profile.gas();
    let total = used.total();
    let mut text = format!("gas profile of {}\n", on_one_line(&profile.name));
    let count = counted(profile.transactions.len(), "transaction");
    let _ = writeln!(text, "\n{} gas in {count}", grouped(total));
    for (bucket, gas) in buckets(&used) {
        row(&mut text, (gas, total), None, bucket_name(bucket));
    }
    by_transaction(&mut text, profile, (total, rows));
    let summary = Summary::of(profile.stacks());
    let parts = [
        (
            "by method, with loading its code, without the calls it makes to other contracts",
            &summary.methods,
        ),
        (
            "by line of the contracts' own code, with all that is done on its behalf",
            &summary.own_lines,
        ),
        ("by function, without what it calls", &summary.functions),
        ("by line of any code, without what it calls", &summary.lines),
        (
            "by host function, with the number of calls",
            &summary.host_functions,
        ),
        ("by storage key, with the number of calls", &summary.keys),
        ("besides", &summary.others),
    ];
    for (title, costs) in parts {
        part(&mut text, title, costs, (total, rows));
    }
    text
}

/// The dearest transactions, in their order, with their statuses.
fn by_transaction(text: &mut String, profile: &GasProfile, (total, rows): (u64, usize)) {
    let mut dearest: Vec<usize> = (0..profile.transactions.len()).collect();
    dearest.sort_by_key(|at| std::cmp::Reverse(profile.transactions[*at].gas.total()));
    let mut shown: Vec<usize> = dearest.iter().take(rows).copied().collect();
    shown.sort_unstable();
    let shown = shown.into_iter().map(|at| &profile.transactions[at]);
    let status = |transaction: &TransactionProfile| {
        let status = transaction.status;
        format!("{} ({})", status_name(status), status.code())
    };
    let width = shown.clone().map(|it| status(it).len()).max().unwrap_or(0);
    let _ = writeln!(text, "\nby transaction, with its status");
    for transaction in shown {
        let name = shortened(&transaction.title());
        let name = format!("{:width$}  {name}", status(transaction));
        line(text, (transaction.gas.total(), total), None, &name);
    }
    let rest = dearest.get(rows..).unwrap_or_default();
    let rest = || rest.iter().map(|at| &profile.transactions[*at]);
    let count = rest().count();
    if count > 0 {
        let gas = rest().map(|transaction| transaction.gas.total()).sum();
        let failed = rest().filter(|it| !it.status.is_success()).count();
        let name = format!("in {count} more, {failed} of them failed; --top shows them");
        line(text, (gas, total), None, &name);
    }
}

fn part(text: &mut String, title: &str, costs: &[Cost], (total, rows): (u64, usize)) {
    let used: Vec<&Cost> = costs.iter().filter(|cost| cost.gas > 0).collect();
    if used.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for cost in used.iter().take(rows) {
        let calls = (cost.calls > 0).then_some(cost.calls);
        row(text, (cost.gas, total), calls, &cost.name);
    }
    let rest = used.get(rows..).unwrap_or_default();
    if !rest.is_empty() {
        let gas = rest.iter().fold(0, |sum, cost| sum + cost.gas);
        let name = format!("in {} more; --top shows them", rest.len());
        row(text, (gas, total), None, &name);
    }
}

/// A line whose name loses its middle if it is long.
fn row(text: &mut String, gas: (u64, u64), calls: Option<u64>, name: &str) {
    line(text, gas, calls, &shortened(name));
}

fn line(text: &mut String, (gas, total): (u64, u64), calls: Option<u64>, name: &str) {
    let calls = calls.map(|calls| format!(" {:>6}x", grouped(calls)));
    let _ = writeln!(
        text,
        "{:>15} {:>6}{} {}",
        grouped(gas),
        percent(gas, total),
        calls.unwrap_or_default(),
        name,
    );
}

/// The name on one line, without its middle if it is long.
fn shortened(name: &str) -> String {
    without_middle(on_one_line(name), NAME_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened("a\nb"), "a\\nb");
        assert_eq!(shortened(&"\n".repeat(200)).len(), 103);
        let long = shortened(&"ab".repeat(200));
        assert_eq!(long.len(), 103);
        assert!(long.starts_with("abab") && long.ends_with("abab"));
    }
}
