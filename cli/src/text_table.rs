//! Tables of text: aligned with spaces for a terminal, or as Markdown.

/// Which side of a column the text stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// For names.
    Left,
    /// For numbers.
    Right,
}

/// A table with a line of headings.
#[derive(Clone, Debug)]
pub(crate) struct TextTable {
    columns: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table without rows.
    pub(crate) fn new(columns: &[(&str, Side)]) -> TextTable {
        TextTable {
            columns: columns
                .iter()
                .map(|(heading, side)| ((*heading).to_string(), *side))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with one cell per column.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table with aligned columns, two spaces between them, and no spaces at line ends.
    pub(crate) fn aligned(&self) -> String {
        let headings: Vec<&str> = self.columns.iter().map(|(text, _)| text.as_str()).collect();
        let widths = self.widths();
        let mut out = self.line(&headings, &widths);
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            out.push_str(&self.line(&cells, &widths));
        }
        out
    }

    /// The table in Markdown, as code hosts show it.
    pub(crate) fn markdown(&self) -> String {
        let joined = |cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<String> = cells.collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut out = joined(&mut self.columns.iter().map(|(text, _)| text.clone()));
        let rule = |side: &Side| match side {
            Side::Left => "---".to_string(),
            Side::Right => "---:".to_string(),
        };
        out.push_str(&joined(
            &mut self.columns.iter().map(|(_, side)| rule(side)),
        ));
        for row in &self.rows {
            out.push_str(&joined(
                &mut row.iter().map(|cell| cell.replace('|', "\\|")),
            ));
        }
        out
    }

    fn widths(&self) -> Vec<usize> {
        let width = |text: &String| text.chars().count();
        self.columns
            .iter()
            .enumerate()
            .map(|(position, (heading, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(position));
                cells.map(width).fold(width(heading), usize::max)
            })
            .collect()
    }

    fn line(&self, cells: &[&str], widths: &[usize]) -> String {
        let mut out = String::new();
        for ((cell, width), (_, side)) in cells.iter().zip(widths).zip(&self.columns) {
            if !out.is_empty() {
                out.push_str("  ");
            }
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            match side {
                Side::Left => out.push_str(&format!("{cell}{padding}")),
                Side::Right => out.push_str(&format!("{padding}{cell}")),
            }
        }
        format!("{}\n", out.trim_end())
    }
}

/// A part of a whole in percent with one decimal, rounded to nearest; a dash when there is no
/// whole.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let rounded = (u128::from(part) * 2000 + u128::from(whole)).checked_div(u128::from(whole) * 2);
    rounded.map_or_else(
        || "-".to_string(),
        |per_mille| format!("{}.{}%", per_mille / 10, per_mille % 10),
    )
}

#[cfg(test)]
mod tests {
    use super::{Side, TextTable, percent};

    #[test]
    fn columns_are_aligned_and_lines_end_without_spaces() {
        let mut table =
            TextTable::new(&[("a", Side::Left), ("gas", Side::Right), ("b", Side::Left)]);
        table.row(vec!["x".into(), "1_000".into(), "y|".into()]);
        assert_eq!(table.aligned(), "a    gas  b\nx  1_000  y|\n");
        let markdown = "| a | gas | b |\n| --- | ---: | --- |\n| x | 1_000 | y\\| |\n";
        assert_eq!(table.markdown(), markdown);
    }

    #[test]
    fn parts_are_rounded_to_a_tenth_of_a_percent() {
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(percent(2, 3), "66.7%");
        assert_eq!(percent(0, 5), "0.0%");
        assert_eq!(percent(5, 5), "100.0%");
        assert_eq!(percent(0, 0), "-");
        assert_eq!(percent(u64::MAX, u64::MAX), "100.0%");
    }
}
