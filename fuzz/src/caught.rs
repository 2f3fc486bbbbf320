//! A panic of what is judged is a finding like any other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::oracles::Finding;

/// What `judge` says; a panic is what it found wrong.
///
/// # Errors
/// The finding, or `panic: ` and the panic's message.
pub fn caught<T>(judge: impl FnOnce() -> Result<T, Finding>) -> Result<T, Finding> {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        let message = match panic.downcast_ref::<String>() {
            Some(message) => Some(message.as_str()),
            None => panic.downcast_ref::<&str>().copied(),
        };
        Err(match message {
            Some(message) => format!("panic: {message}"),
            None => "panic".to_string(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_a_finding_and_nothing_else_changes() {
        assert_eq!(caught(|| Ok(3)), Ok(3));
        assert_eq!(
            caught::<()>(|| Err("wrong".to_string())),
            Err("wrong".to_string())
        );
        let number = 7;
        let panics: [fn(i32); 2] = [|_| panic!("in the judge"), |number| panic!("{number}")];
        let said = panics.map(|panics| {
            caught(|| {
                panics(number);
                Ok(())
            })
        });
        let expected = ["panic: in the judge", "panic: 7"];
        assert_eq!(said, expected.map(|text| Err(text.to_string())));
    }
}
