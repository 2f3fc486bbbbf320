;; The patch of August 2024, after CWA-2024-004: code that was compiled before it kept the old prices in
;; some nodes' caches. A thousand runs of a loop have a thousand subtractions: where arithmetic costs 1
;; more this costs a thousand more, on a machine that had the code under the old prices, too.
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (func $work (local $runs i32)
    (local.set $runs (i32.const 1000))
    (loop $again
      (br_if $again (local.tee $runs (i32.sub (local.get $runs) (i32.const 1))))))
  ;; Returns what the work took.
  (func (export "works") (local $before i64)
    (local.set $before (call $gas_left))
    (call $work)
    (i64.store (i32.const 0) (i64.sub (local.get $before) (call $gas_left)))
    (call $return (i32.const 0) (i32.const 8))))
