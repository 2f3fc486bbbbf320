;; RUSTSEC-2023-0093 (Cranelift): a choice of lanes out of one vector that was given twice took the
;; wrong ones. Vectors are outside of the subset.
;; = refused simd
(module
  (memory 1)
  (func (export "run") (param i32) (result i64)
    (local v128)
    (local.set 1 (v128.load (local.get 0)))
    (i64x2.extract_lane 0
      (i8x16.shuffle 16 1 18 3 20 5 22 7 24 9 26 11 28 13 30 15 (local.get 1) (local.get 1)))))
