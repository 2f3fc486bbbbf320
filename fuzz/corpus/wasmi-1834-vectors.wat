;; wasmi 2.0 betas: operands of a vector select in the wrong order (#1834), vector loads that pushed
;; too much or lost a value (#1969, #1971). Vectors are outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i32)
    (i32x4.extract_lane 0
      (v128.bitselect (v128.load (i32.const 0)) (v128.load32_zero (i32.const 16))
        (v128.load8_splat (i32.const 32))))))
