;; umee #1189: the time of the operating system was used where nodes must agree. The only time is the
;; block's, and a contract that goes by it does the same everywhere: here it calls the host once
;; more when the time is odd.
;; = waits() returns 5
(module
  (import "lockstep" "block_timestamp" (func $timestamp (result i64)))
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (memory 1)
  (func (export "waits") (result i32)
    (local $time i64)
    (local.set $time (call $timestamp))
    (i64.store (i32.const 8) (local.get $time))
    (if (i32.wrap_i64 (i64.and (local.get $time) (i64.const 1)))
      (then (call $emit (i32.const 32) (i32.const 0) (i32.const 8) (i32.const 8))))
    (i32.const 5)))
