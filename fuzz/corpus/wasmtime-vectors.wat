;; RUSTSEC-2022-0095, -2023-0091, -2023-0093: select, swizzle and shifts of vectors were compiled
;; wrongly. Vectors are outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i64)
    (i64x2.extract_lane 0
      (i64x2.shr_s (i8x16.swizzle (v128.load (i32.const 0)) (v128.load (i32.const 16)))
        (i32.const 3)))))
