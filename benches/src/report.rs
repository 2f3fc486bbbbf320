//! Tables of ratios, as text and as JSON.

use serde_json::{Value, json};

use crate::measure::Time;

/// A table: one row per workload, one column per meter, each entry relative to the first column.
#[derive(Debug, Default)]
pub struct Table {
    /// What the table is about.
    pub title: String,
    rows: Vec<(String, Vec<Time>)>,
}

impl Table {
    /// An empty table.
    pub fn new(title: &str) -> Table {
        let title = title.to_owned();
        Table {
            title,
            ..Table::default()
        }
    }

    /// Adds a row. Its first entry is what the others are relative to.
    pub fn push(&mut self, name: &str, times: Vec<Time>) {
        self.rows.push((name.to_owned(), times));
    }

    /// The columns in order, the first one included.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        for time in self.rows.iter().flat_map(|(_, times)| times) {
            if !columns.contains(&time.column) {
                columns.push(time.column);
            }
        }
        columns
    }

    /// Every ratio in a column, with its row. A case that could not be built has none.
    fn ratios(&self, column: &str) -> Vec<(&str, f64)> {
        let rows = self.rows.iter().filter_map(|(name, times)| {
            let base = times.first()?.nanoseconds;
            let time = times.iter().find(|time| time.column == column)?;
            Some((name.as_str(), time.nanoseconds / base))
        });
        rows.collect()
    }

    /// The geometric mean of a column, over the rows that have it; NaN without any.
    pub fn mean(&self, column: &str) -> f64 {
        self.mean_without(column, "")
    }

    /// The same without a row.
    pub fn mean_without(&self, column: &str, row: &str) -> f64 {
        let mut ratios = self.ratios(column);
        ratios.retain(|(name, _)| *name != row);
        let sum: f64 = ratios.iter().map(|(_, ratio)| ratio.ln()).sum();
        (sum / ratios.len() as f64).exp()
    }

    /// The largest ratio in a column.
    pub fn worst(&self, column: &str) -> f64 {
        let ratios = self.ratios(column);
        ratios
            .iter()
            .fold(0.0, |worst, (_, ratio)| ratio.max(worst))
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let columns = self.columns();
        let cell = |column: &str, row: &str| {
            let ratios = self.ratios(column);
            let ratio = ratios.iter().find(|(name, _)| *name == row);
            ratio.map_or("-".to_owned(), |(_, ratio)| format!("{ratio:.3}"))
        };
        let base = columns.first().copied().unwrap_or_default();
        let mut text = format!("{}\n{:<14}{base:>12}", self.title, "");
        for column in columns.iter().skip(1) {
            text += &format!("{column:>25}");
        }
        text.push('\n');
        for (name, times) in &self.rows {
            let base = times.first().map_or(0.0, |time| time.nanoseconds);
            text += &format!("{name:<14}{:>9.2} ms", base / 1e6);
            for column in columns.iter().skip(1) {
                text += &format!("{:>25}", cell(column, name));
            }
            text.push('\n');
        }
        text += &format!("{:<14}{:>12}", "mean", "");
        for column in columns.iter().skip(1) {
            text += &format!("{:>25.3}", self.mean(column));
        }
        text.push('\n');
        text
    }

    /// The table as JSON: nanoseconds and ratios per row and column, and the means.
    pub fn json(&self) -> Value {
        let columns = self.columns();
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|(name, times)| {
                let base = times.first().map_or(1.0, |time| time.nanoseconds);
                let cases: serde_json::Map<String, Value> = times
                    .iter()
                    .map(|time| {
                        let ratio = time.nanoseconds / base;
                        let case = json!({ "nanoseconds": time.nanoseconds, "ratio": ratio });
                        (time.column.to_owned(), case)
                    })
                    .collect();
                json!({ "workload": name, "cases": cases })
            })
            .collect();
        let means: serde_json::Map<String, Value> = columns
            .iter()
            .map(|column| ((*column).to_owned(), json!(self.mean(column))))
            .collect();
        json!({ "title": self.title, "rows": rows, "geometric_means": means })
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::measure::Time;

    #[test]
    fn ratios_are_relative_to_the_first_column_and_means_are_geometric() {
        let time = |column, nanoseconds| Time {
            column,
            nanoseconds,
        };
        let mut table = Table::new("a table");
        table.push("one", vec![time("unmetered", 10.0), time("ours", 20.0)]);
        table.push("two", vec![time("unmetered", 10.0), time("ours", 80.0)]);
        assert!((table.mean("ours") - 4.0).abs() < 1e-9);
        assert!((table.worst("ours") - 8.0).abs() < 1e-9);
        assert!(table.text().contains("8.000"));
    }
}
