//! Modules that are too large to be written out: what is repeated stands there once.

/// What begins a line about what is repeated.
const MARK: &str = ";; * ";

/// The text with everything that is to be repeated as often as it says.
///
/// # Errors
/// The line that is not understood, or that an end is missing.
pub(super) fn spread(text: &str) -> Result<String, String> {
    let mut whole = String::new();
    let mut piece: Option<(usize, String)> = None;
    for line in text.lines() {
        let Some(mark) = line.strip_prefix(MARK) else {
            let target = piece.as_mut().map_or(&mut whole, |(_, piece)| piece);
            target.push_str(line);
            target.push('\n');
            continue;
        };
        piece = match (piece, mark.strip_suffix(" times"), mark) {
            (None, Some(times), _) => {
                let times = times.parse();
                Some((times.map_err(|_| format!("{line:?}"))?, String::new()))
            }
            (Some((times, piece)), None, "end") => {
                whole.push_str(&piece.repeat(times));
                None
            }
            _ => return Err(format!("{line:?} is not understood")),
        };
    }
    match piece {
        None => Ok(whole),
        Some(_) => Err(format!("no line {MARK:?} with `end`")),
    }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn pieces_are_repeated_and_nonsense_is_refused() {
        let text = "a\n;; * 3 times\nb\n;; * end\nc\n;; * 0 times\nd\n;; * end\n";
        assert_eq!(spread(text).as_deref(), Ok("a\nb\nb\nb\nc\n"));
        for text in [
            ";; * 3 times\n",
            ";; * end\n",
            ";; * many times\n;; * end\n",
            ";; * 2 times\n;; * 2 times\n;; * end\n",
            ";; * twice\n",
        ] {
            assert!(spread(text).is_err(), "{text}");
        }
    }
}
