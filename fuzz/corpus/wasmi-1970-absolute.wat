;; wasmi 2.0 betas (#1970): a fused abs and neg lost the sign. Floats are outside of the subset.
;; = refused float-operator
(module
  (func (export "run") (result i32)
    (i32.reinterpret_f32 (f32.neg (f32.abs (f32.const -1))))))
