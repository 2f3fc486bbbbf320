;; wasmi 0.42.0 (#1397) folded i64.mul_wide_s and _u of constants wrongly. 128-bit arithmetic is
;; outside of the subset.
;; = refused wide-arithmetic
(module
  (func (export "run") (param i64 i64) (result i64)
    (i64.mul_wide_u (i64.const -1) (i64.const 3))
    (local.set 0)))
