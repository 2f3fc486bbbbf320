//! The text of a scenario file, and where in it something stands.
//!
//! The parser reports byte ranges; people read lines and columns. Lines and columns count from
//! 1, a column is a character. The path is shown as the user wrote it, so that output does not
//! depend on the folder the repository lies in.

use std::ops::Range;

use serde::Serialize;

/// A file's text and the name to show for it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    path: String,
    text: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text of the line.
    #[serde(skip)]
    pub excerpt: String,
    /// How many characters of the line are meant, at least 1.
    #[serde(skip)]
    pub width: usize,
}

impl Source {
    /// A text and the name of its file.
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    /// The name of its file.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte range `span` stands. A range outside the text is taken as its end.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |position| position + 1);
        let rest = self.text.get(line_start..).unwrap_or_default();
        let excerpt = rest.lines().next().unwrap_or_default();
        let line_end = line_start + excerpt.len();
        let end = self.boundary(span.end).min(line_end);
        let meant = self.text.get(start..end).unwrap_or_default();
        Place {
            file: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            excerpt: excerpt.to_string(),
            width: meant.chars().count().max(1),
        }
    }

    /// The nearest character boundary at or before `offset`.
    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_span_becomes_a_line_and_a_column() {
        let source = Source::new("a.toml", "one\ntw\u{f6} three\n");
        let place = source.place(9..14);
        assert_eq!((place.line, place.column, place.width), (2, 5, 5));
        assert_eq!(place.excerpt, "tw\u{f6} three");
    }

    #[test]
    fn a_span_outside_the_text_is_its_end() {
        let place = Source::new("a.toml", "one").place(70..90);
        assert_eq!((place.line, place.column, place.width), (1, 4, 1));
    }
}
