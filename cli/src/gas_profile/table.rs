//! A profile as text.

use std::fmt::Write as _;

use super::stacks::{GasProfile, bucket_name, buckets};
use super::summary::{Cost, Summary};
use crate::value::grouped;

/// The most characters of a name; longer ones lose their middle.
const NAME_CHARACTERS_MAX: usize = 100;

/// The table, with at most `rows` rows in each part.
pub(crate) fn table(profile: &GasProfile, rows: usize) -> String {
    let used = profile.gas();
    let total = used.total();
    let mut text = format!("gas profile of {}\n", profile.name);
    let count = profile.transactions.len();
    let _ = writeln!(text, "\n{} gas in {count} transactions", grouped(total));
    for (bucket, gas) in buckets(&used) {
        row(&mut text, (gas, total), None, bucket_name(bucket));
    }
    let _ = writeln!(text, "\nby transaction");
    for transaction in &profile.transactions {
        let gas = transaction.gas.total();
        row(&mut text, (gas, total), None, &transaction.title());
    }
    let summary = Summary::of(profile.stacks());
    let parts = [
        (
            "by method, without the calls it makes to other contracts",
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

fn row(text: &mut String, (gas, total): (u64, u64), calls: Option<u64>, name: &str) {
    let calls = calls.map(|calls| format!(" {:>6}x", grouped(calls)));
    let _ = writeln!(
        text,
        "{:>15} {:>6}{} {}",
        grouped(gas),
        percent(gas, total),
        calls.unwrap_or_default(),
        shortened(name),
    );
}

/// A share with one digit behind the point.
pub(super) fn percent(gas: u64, total: u64) -> String {
    let tenths = u128::from(gas) * 1000 / u128::from(total.max(1));
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// The name, without its middle if it is long.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_CHARACTERS_MAX {
        return name.to_string();
    }
    let half = NAME_CHARACTERS_MAX / 2;
    let first: String = name.chars().take(half).collect();
    let last: String = name.chars().skip(length - half).collect();
    format!("{first}...{last}")
}

#[cfg(test)]
mod tests {
    use super::{percent, shortened};

    #[test]
    fn shares_and_long_names() {
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(percent(5, 5), "100.0%");
        assert_eq!(percent(0, 0), "0.0%");
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"ab".repeat(200));
        assert_eq!(long.len(), 103);
        assert!(long.starts_with("abab") && long.ends_with("abab"));
    }
}
