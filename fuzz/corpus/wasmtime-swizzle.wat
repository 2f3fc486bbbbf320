;; RUSTSEC-2022-0095 (Cranelift): swizzle and select of vectors were compiled wrongly. Vectors are
;; outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (param i32) (result i64)
    (i64x2.extract_lane 0
      (select
        (i8x16.swizzle (v128.load (i32.const 0)) (v128.load (i32.const 16)))
        (v128.load (i32.const 32))
        (local.get 0)))))
