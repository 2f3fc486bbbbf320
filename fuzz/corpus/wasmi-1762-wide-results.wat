;; wasmi 1.0.7 (#1762): results of 128 bits that are set to two locals were written to the wrong
;; ones. 128-bit arithmetic is outside of the subset.
;; = refused wide-arithmetic
(module
  (func (export "run") (param i64 i64) (result i64)
    (i64.sub128 (local.get 0) (local.get 1) (i64.const 1) (i64.const 0))
    (local.set 1)
    (local.set 0)
    (local.get 0)))
