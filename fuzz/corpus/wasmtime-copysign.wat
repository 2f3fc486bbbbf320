;; RUSTSEC-2026-0006 (Cranelift): a copysign that was fused with a load read 16 bytes in place of 8.
;; Floats are outside of the subset.
;; = refused float-operator
(module
  (memory 1 1)
  (func (export "run") (result i64)
    (i64.reinterpret_f64
      (f64.copysign (f64.const 0) (f64.load offset=65491 align=1 (i32.const 32))))))
