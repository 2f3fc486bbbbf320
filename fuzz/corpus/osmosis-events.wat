;; Osmosis: the gas of events changed from one version to the next. A call of the host costs the same
;; in front of and behind any event, however long it is; what the event itself costs stands in the
;; schedule, which a snapshot holds. An entry costs 4, a call 12, the host of this test 5, and 1 all else
;; that is here.
;; = short() returns using 25 gas
;; = long() returns using 25 gas
;; = several() returns using 67 gas
(module
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (memory 1)
  (func (export "short")
    (call $emit (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 1)))
  (func (export "long")
    (call $emit (i32.const 32) (i32.const 2) (i32.const 0) (i32.const 4096)))
  (func (export "several")
    (call $emit (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 1))
    (call $emit (i32.const 32) (i32.const 1) (i32.const 0) (i32.const 64))
    (call $emit (i32.const 32) (i32.const 4) (i32.const 0) (i32.const 128))))
