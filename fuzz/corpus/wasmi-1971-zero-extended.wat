;; wasmi 2.0 betas (#1971): a vector load that leaves the other lanes zero lost a value. Vectors are
;; outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i64)
    (i64x2.extract_lane 1 (v128.load32_zero (i32.const 16)))))
