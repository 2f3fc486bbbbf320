//! A schedule as a list of named numbers, and a schedule's text with some of them replaced.
//!
//! A price is named by its path in the document: `wasm.load`, `host.storage_read.base`. The text
//! is edited in place, so that a proposed schedule keeps the order and the comments of the one it
//! came from and a person can compare the two line by line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockstep_gas_meter::Schedule;
use toml::Value;

/// Every price of a schedule by its path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prices {
    values: BTreeMap<String, u64>,
}

impl Prices {
    /// The prices of a schedule.
    pub(crate) fn of(schedule: &Schedule) -> Prices {
        let mut values = BTreeMap::new();
        // A schedule is plain structs of integers, which always serialise.
        if let Ok(document) = Value::try_from(schedule) {
            collect("", &document, &mut values);
        }
        Prices { values }
    }

    /// The price at a path, in gas.
    ///
    /// # Panics
    /// When there is no such price; the paths are constants of this crate and a test uses all.
    pub(crate) fn get(&self, path: &str) -> f64 {
        self.integer(path) as f64
    }

    /// The same as an integer.
    pub(crate) fn integer(&self, path: &str) -> u64 {
        match self.values.get(path) {
            Some(price) => *price,
            None => panic!("the schedule has no price `{path}`"),
        }
    }

    /// Replaces a price.
    pub(crate) fn set(&mut self, path: &str, price: u64) {
        self.values.insert(path.to_owned(), price);
    }

    /// `text`, a schedule, with its numbers replaced by these prices.
    pub(crate) fn write_into(&self, text: &str) -> String {
        let mut section = String::new();
        let mut out = String::new();
        for row in text.lines() {
            if let Some(name) = row.strip_prefix('[').and_then(|row| row.strip_suffix(']')) {
                name.clone_into(&mut section);
            }
            let edited = match row.split_once(" = ") {
                Some((key, value)) if !row.starts_with('#') => {
                    self.edit(&format!("{section}.{key}"), key, value)
                }
                _ => None,
            };
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", edited.as_deref().unwrap_or(row));
        }
        out
    }

    /// One row with its price or its three prices replaced; `None` when it is no price.
    fn edit(&self, path: &str, key: &str, value: &str) -> Option<String> {
        if !value.starts_with('{') {
            let price = self.values.get(path)?;
            return Some(format!("{key} = {price}"));
        }
        let price = |field: &str| self.values.get(&format!("{path}.{field}"));
        let (base, input, output) = (
            price("base")?,
            price("per_input_byte")?,
            price("per_output_byte")?,
        );
        Some(format!(
            "{key} = {{ base = {base}, per_input_byte = {input}, per_output_byte = {output} }}"
        ))
    }
}

fn collect(path: &str, value: &Value, values: &mut BTreeMap<String, u64>) {
    match value {
        Value::Table(table) => {
            for (key, inner) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                collect(&path, inner, values);
            }
        }
        Value::Integer(number) => {
            if let Ok(price) = u64::try_from(*number) {
                values.insert(path.to_owned(), price);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Prices;
    use lockstep_gas_meter::Schedule;

    #[test]
    fn the_committed_text_is_reproduced_and_edited() {
        let mut prices = Prices::of(&Schedule::v1());
        assert_eq!(prices.write_into(Schedule::V1_TOML), Schedule::V1_TOML);
        prices.set("wasm.load", 77);
        prices.set("host.caller.base", 78);
        let text = prices.write_into(Schedule::V1_TOML);
        let edited = Schedule::from_toml(&text).expect("an edited schedule is a schedule");
        assert_eq!((edited.wasm.load, edited.host.caller.base), (77, 78));
        assert_eq!(Prices::of(&edited), prices);
    }
}
