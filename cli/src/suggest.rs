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

/// Names with commas between them, the first thirty only. A single one is not left out: saying so is
/// as long as its name.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN_MAX: usize = 30;
    let shown_max = match names.len().saturating_sub(SHOWN_MAX) {
        1 => names.len(),
        _ => SHOWN_MAX,
    };
    let shown: Vec<&str> = names.iter().take(shown_max).map(String::as_str).collect();
    let rest = names.len() - shown.len();
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to turn
/// one name into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    // The last two rows of the table; a cell is the distance of the first characters of both.
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut before = None;
    for (line, from) in left.chars().enumerate() {
        let mut next = vec![line + 1];
        for (place, to) in right.iter().enumerate() {
            let cell =
                |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX / 2);
            let replaced = cell(&row, place) + usize::from(from != *to);
            let inserted = cell(&next, place) + 1;
            let removed = cell(&row, place + 1) + 1;
            let crossed = before == Some(*to) && place > 0 && right.get(place - 1) == Some(&from);
            let swapped = match crossed {
                true => cell(&above, place - 1) + 1,
                false => replaced,
            };
            next.push(replaced.min(inserted).min(removed).min(swapped));
        }
        above = std::mem::replace(&mut row, next);
        before = Some(from);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance, listed};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("transfr", "transfer"), 1);
        assert_eq!(distance("alcie", "alice"), 1);
        assert_eq!(distance("ba", "ab"), 1);
        assert_eq!(distance("ca", "abc"), 3);
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

    #[test]
    fn a_single_name_is_not_left_out() {
        let names = |count: usize| vec!["n".to_string(); count];
        assert!(listed(&names(30)).ends_with(", n"));
        assert!(listed(&names(31)).ends_with(", n"));
        assert!(listed(&names(32)).ends_with(", n and 2 more"));
    }
}
