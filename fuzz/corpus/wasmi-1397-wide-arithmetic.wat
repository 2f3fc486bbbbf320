;; wasmi 0.42.0 (#1397) folded i64.mul_wide_s and _u of constants wrongly, and 1.0.6 and 1.0.7
;; (#1756, #1762) wrote their results to the wrong locals. 128-bit arithmetic is outside of the
;; subset.
;; = refused wide-arithmetic
(module
  (func (export "run") (param i64 i64) (result i64)
    (i64.mul_wide_u (i64.const -1) (i64.const 3))
    (local.set 0)
    (local.set 1)
    (i64.add128 (local.get 0) (local.get 1) (i64.const 1) (i64.const 0))
    (drop)))
