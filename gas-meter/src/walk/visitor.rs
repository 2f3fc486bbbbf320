//! One operator on its way through validation and analysis.
//!
//! The parser decodes an operator and calls the visitor's method for it. Each method here is made
//! from the parser's list: it has the validator's method called first, and what passes is handed
//! to the analysis. The class of the operator is a constant in each of them, so that little is
//! left of a plain operator's analysis but the addition of its price; one that shapes the code is
//! kept for the loop around, which knows where it ends.

use wasmparser::{BinaryReaderError, Operator, VisitOperator};

use super::Stop;
use crate::analysis::Analyser;
use crate::operator::{Class, Decision, decisions};

/// Validates one operator with `rules`, then hands it to the analysis.
pub(super) struct ValidatedAnd<'w, 'a, 'p, V> {
    /// The validator's visitor.
    pub(super) rules: V,
    /// The analysis.
    pub(super) analyser: &'w mut Analyser<'p>,
    /// Where the operator goes if it is not a plain one.
    pub(super) control: &'w mut Option<(Class, Operator<'a>)>,
}

/// Expands the parser's list into the visitor's methods.
macro_rules! visit_each {
    ($(@$proposal:ident $op:ident $({ $($argument:ident: $type:ty),* })? => $visit:ident ($($ann:tt)*))*) => {$(
        fn $visit(&mut self $($(, $argument: $type)*)?) -> Result<(), Stop> {
            let Decision::Accepted(class) = decisions::$visit else {
                return Err(Stop::Refused);
            };
            self.rules.$visit($($($argument.clone()),*)?)?;
            let operator = Operator::$op $({ $($argument),* })?;
            if class.is_plain() {
                self.analyser.plain(&operator, class);
            } else {
                *self.control = Some((class, operator));
            }
            Ok(())
        }
    )*};
}

/// Vector operators have a visitor of their own, which this one does not offer: they are refused.
impl<'a, V> VisitOperator<'a> for ValidatedAnd<'_, 'a, '_, V>
where
    V: VisitOperator<'a, Output = Result<(), BinaryReaderError>>,
{
    type Output = Result<(), Stop>;

    wasmparser::for_each_visit_operator!(visit_each);
}
