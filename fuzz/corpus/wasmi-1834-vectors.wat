;; wasmi 2.0 betas (#1834): the operands of a vector select were in the wrong order. Vectors are
;; outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i32)
    (i32x4.extract_lane 0
      (v128.bitselect (v128.load (i32.const 0)) (v128.load (i32.const 16))
        (v128.load (i32.const 32))))))
