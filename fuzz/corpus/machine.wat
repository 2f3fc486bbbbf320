;; What faults of a machine would show in, for `machine.toml`: a trap, an end of the stack and of the
;; gas, growth to the limit, the time, memory and globals that a former run could have left.
;; = traps() traps Unreachable
;; = recurses() traps StackOverflow
;; = burns() traps OutOfGas
;; = grows() returns
;; = tells_the_time() returns
;; = finds_nothing_old() returns
(module
  (import "lockstep" "block_timestamp" (func $block_timestamp (result i64)))
  (import "lockstep" "emit_event" (func $emit_event (param i32 i32 i32 i32)))
  (memory 1)
  (global $runs (mut i64) (i64.const 0))
  (func (export "traps") (call $spoil) (unreachable))
  (func $recurse (export "recurses") (call $recurse) (call $recurse))
  (func (export "burns") (loop $again (br $again)))
  (func (export "grows")
    (loop $again
      (br_if $again (i32.ne (memory.grow (memory.size)) (i32.const -1))))
    (call $spoil)
    (i64.store (i32.const 8388600) (i64.const -1)))
  (func $spoil
    (i64.store (i32.const 1024) (i64.const -1))
    (global.set $runs (i64.add (global.get $runs) (i64.const 1))))
  (func (export "tells_the_time")
    (i64.store (i32.const 0) (call $block_timestamp))
    (call $emit_event (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)))
  ;; Traps when there is something.
  (func (export "finds_nothing_old")
    (if (i64.ne (i64.or (i64.load (i32.const 1024)) (global.get $runs)) (i64.const 0))
      (then (unreachable)))
    (if (i32.ne (memory.size) (i32.const 1)) (then (unreachable)))
    (call $spoil)))
