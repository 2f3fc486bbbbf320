;; CWA-2024-008, CWA-2025-004, -005, -006: gas was not taken after a failure of the host, or of what
;; it had called. A trap behind a call of the host, a host that cannot be paid, and a frame that the
;; host ends come at the same place with the same counters on every engine.
;; = behind(1) traps Unreachable
;; = behind(0) returns 3
;; = again(3) traps DivisionByZero
;; = without_end() traps OutOfGas
(module
  (import "lockstep" "block_height" (func $height (result i64)))
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (memory 1)
  (func $event (call $emit (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "behind") (param i32) (result i32)
    (call $event)
    (drop (call $height))
    (if (local.get 0) (then (unreachable)))
    (i32.const 3))
  (func (export "again") (param i32) (result i32)
    (loop $again
      (call $event)
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (drop (i32.div_u (i32.const 6) (local.get 0)))
      (br $again))
    (unreachable))
  (func (export "without_end")
    (drop (call $height))
    (loop $again (br $again))))
