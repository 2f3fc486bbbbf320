//! Help for a name that does not exist: the nearest one that does, and all of them.

/// `did you mean "x"?` when a candidate is near, and the list of the candidates.
pub(crate) fn did_you_mean(wrong: &str, candidates: &[String]) -> String {
    let nearest = candidates
        .iter()
        .map(|candidate| (distance(wrong, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= wrong.chars().count().max(3) / 3);
    match (nearest, candidates) {
        (_, []) => "none is defined".to_string(),
        (Some((_, nearest)), _) => {
            format!(
                "did you mean \"{nearest}\"? there are: {}",
                listed(candidates)
            )
        }
        (None, _) => format!("there are: {}", listed(candidates)),
    }
}

/// Names with commas between them, the first thirty only.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN_MAX: usize = 30;
    let shown: Vec<&str> = names.iter().take(SHOWN_MAX).map(String::as_str).collect();
    let rest = names.len().saturating_sub(SHOWN_MAX);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// How many characters must be inserted, removed or replaced to turn one name into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut last = line + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            last = replaced.min(last + 1).min(*cell + 1);
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("transfr", "transfer"), 1);
    }

    #[test]
    fn the_nearest_name_is_suggested_if_it_is_near() {
        let names = ["transfer", "balance_of"].map(str::to_string);
        let help = did_you_mean("tranfer", &names);
        assert_eq!(
            help,
            "did you mean \"transfer\"? there are: transfer, balance_of"
        );
        assert_eq!(
            did_you_mean("xyzzy", &names),
            "there are: transfer, balance_of"
        );
        assert_eq!(did_you_mean("xyzzy", &[]), "none is defined");
    }
}
