;; wasmi 0.49.0 (#1612): a negated comparison of floats was fused with a select. Floats are outside
;; of the subset.
;; = refused float-type float-operator
(module
  (func (export "run") (param f64 f64) (result i32)
    (select (i32.const 10) (i32.const 20) (i32.eqz (f64.lt (local.get 0) (local.get 1))))))
