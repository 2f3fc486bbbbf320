;; wasmi 1.0.6 (#1756): the two results of an addition of 128 bits were written to the wrong locals.
;; 128-bit arithmetic is outside of the subset.
;; = refused wide-arithmetic
(module
  (func (export "run") (param i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (i64.const 1) (i64.const 0))))
