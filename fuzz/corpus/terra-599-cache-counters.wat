;; Terra classic #599 and #629, CWA-2023-001: a counter in the cache of compiled code overflowed, or a
;; lock that a panic had left poisoned ended the node; and whether code was kept in the cache decided
;; the gas. The contract enters itself 300 times, more than a byte counts. Each time costs the same,
;; whether its code was found or not, and no run finds what another one left.
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (import "lockstep" "self_id" (func $self_id (param i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (global $runs (mut i32) (i32.const 0))
  (data (i32.const 32) "leaves")
  ;; Traps when there is something old, and leaves something.
  (func (export "leaves")
    (if (i32.or (global.get $runs) (i32.load (i32.const 1024))) (then (unreachable)))
    (global.set $runs (i32.const 1))
    (i32.store (i32.const 1024) (i32.const -1))
    (drop (call $gas_left)))
  ;; The gas of one entry into the contract.
  (func $enter (result i64) (local $before i64)
    (local.set $before (call $gas_left))
    (if (call $call (i32.const 0) (i32.const 32) (i32.const 6) (i32.const 0) (i32.const 0)
        (i32.const 48) (i64.const -1) (i32.const 2))
      (then (unreachable)))
    (i64.sub (local.get $before) (call $gas_left)))
  ;; Returns the gas of the first entry, and of how many others it differs.
  (func (export "enters") (local $first i64) (local $others i32) (local $left i32)
    (call $self_id (i32.const 0))
    (local.set $left (i32.const 299))
    (local.set $first (call $enter))
    (loop $again
      (local.set $others
        (i32.add (local.get $others) (i64.ne (call $enter) (local.get $first))))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i64.store (i32.const 64) (local.get $first))
    (i32.store (i32.const 72) (local.get $others))
    (call $return (i32.const 64) (i32.const 12))))
