;; CWA-2022-004, CWA-2023-002, CWA-2024-005, CWA-2025-007: recursion that went through the host did
;; not count, and ended the native stack. A frame that calls the host holds its slots meanwhile, and
;; the recursion ends at the bound.
;; = asked(20) returns 20
;; = asked(-1) traps StackOverflow
;; = ends_below(0) returns 0
;; = ends_below(-1) traps StackOverflow
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (func $asked (export "asked") (param i32) (result i32)
    (drop (call $gas_left))
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $asked (i32.sub (local.get 0) (i32.const 1)))))
      (else (drop (call $gas_left)) (i32.const 0))))
  (func $ends (export "ends_below") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (call $asked (i32.const 5))
    (drop)
    (call $ends (i32.sub (local.get 0) (i32.const 1)))))
