;; RUSTSEC-2023-0091 (Cranelift): an arithmetic shift of vectors by a constant was compiled wrongly.
;; Vectors are outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (result i64)
    (i64x2.extract_lane 0 (i64x2.shr_s (v128.load (i32.const 0)) (i32.const 3)))))
