//! Code that wasm3 0.5.0 compiles wrongly.
//!
//! What `local.get` leaves on the operand stack is to wasm3 the local itself. Where a block begins, or
//! the local is set, it copies the local for what still stands there, and counts how often the copy
//! does. A number of 64 bits takes two of its slots, and of these it counts the first one only. So
//! when the same local stands there twice, the second slot is given back once too often, and a
//! later number may be lost. The metering pass puts empty blocks in front of many `select`s, which
//! makes this frequent.

use wasmparser::{
    BinaryReaderError, FuncValidator, FuncValidatorAllocations, FunctionBody, Operator, Parser,
    ValType, ValidPayload, Validator, ValidatorResources,
};

/// Whether some code copies a local of 64 bits that stands twice on the operand stack.
pub(super) fn are_miscounted(module: &[u8]) -> Result<bool, BinaryReaderError> {
    let mut validator = Validator::new();
    let mut allocations = FuncValidatorAllocations::default();
    for payload in Parser::new(0).parse_all(module) {
        if let ValidPayload::Func(function, body) = validator.payload(&payload?)? {
            let mut function = function.into_validator(allocations);
            if are_miscounted_in(&mut function, &body)? {
                return Ok(true);
            }
            allocations = function.into_allocations();
        }
    }
    Ok(false)
}

fn are_miscounted_in(
    function: &mut FuncValidator<ValidatorResources>,
    body: &FunctionBody<'_>,
) -> Result<bool, BinaryReaderError> {
    let mut reader = body.get_binary_reader();
    function.read_locals(&mut reader)?;
    // Of each operand, the local of 64 bits that it still is.
    let mut stack: Vec<Option<u32>> = Vec::new();
    while !reader.eof() {
        let offset = reader.original_position();
        let operator = reader.read_operator()?;
        let arity = operator.operator_arity(&function.visitor(offset));
        function.op(offset, &operator)?;

        let copied = |local: &Option<u32>| match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => local.is_some(),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                *local == Some(local_index)
            }
            _ => false,
        };
        let twice = |at: usize| copied(&stack[at]) && stack[..at].contains(&stack[at]);
        if (0..stack.len()).any(twice) {
            return Ok(true);
        }
        for local in &mut stack {
            *local = local.filter(|local| !copied(&Some(*local)));
        }

        match operator {
            Operator::LocalTee { .. } => {}
            Operator::LocalGet { local_index } => {
                let wide = function.get_local_type(local_index) == Some(ValType::I64);
                stack.push(wide.then_some(local_index));
            }
            _ => {
                let (popped, _) = arity.unwrap_or_default();
                stack.truncate(stack.len().saturating_sub(popped as usize));
            }
        }
        stack.resize(function.operand_stack_height() as usize, None);
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::are_miscounted;

    fn function(body: &str) -> bool {
        let text = format!("(module (func (param i64 i64 i32) {body}))");
        let module = wat::parse_str(&text).expect("a module");
        are_miscounted(&module).expect("a valid module")
    }

    #[test]
    fn a_wide_local_that_is_copied_for_two_operands_is_found() {
        let twice = "local.get 0 local.get 0";
        for copying in [
            "block end",
            "loop end",
            "local.get 2 if end",
            "local.get 2 block end drop",
            "i64.const 1 local.set 0",
            "i64.const 1 local.tee 0 drop",
            "local.tee 1 block end",
        ] {
            assert!(
                function(&format!("{twice} {copying} drop drop")),
                "{copying}"
            );
        }
    }

    #[test]
    fn anything_else_is_not() {
        for body in [
            "local.get 0 local.get 0 drop drop block end",
            "local.get 0 local.get 1 block end drop drop",
            "local.get 2 local.get 2 block end drop drop",
            "local.get 0 local.get 0 i64.const 1 local.set 1 drop drop",
            "local.get 0 local.get 0 i64.const 1 i64.add block end drop drop",
            "local.get 0 block local.get 0 block end drop end drop",
            "local.get 0 local.get 0 i64.add block end drop",
            "local.get 0 br 0 local.get 0 block end unreachable",
        ] {
            assert!(!function(body), "{body}");
        }
    }
}
