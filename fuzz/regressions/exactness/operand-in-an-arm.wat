;; The same with the operand in an arm, in a loop, and with a call in its place.
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (memory 1)
  (func $asks (drop (call $gas_left)))
  (func (export "f")
    (if (i32.const 1)
      (then (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))
    (unreachable))
  (func (export "g") (param i32)
    (loop $again
      (br_if $again (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (unreachable))
  (func (export "h")
    (if (i32.const 1) (then (call $asks)))
    (unreachable)))
