;; wasmi 2.0 betas (#1969): a vector load that fills all lanes pushed one value too many. Vectors are
;; outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i32)
    (i32x4.extract_lane 1 (v128.load8_splat (i32.const 32)))))
