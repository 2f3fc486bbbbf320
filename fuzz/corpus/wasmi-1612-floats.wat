;; wasmi: fused comparisons and selects of floats (#1612), NaN in ceil, floor and trunc (#1860), a
;; fused abs and neg (#1970). Floats are outside of the subset.
;; = refused float-type float-operator
(module
  (func (export "run") (param f64 f64) (result i32)
    (select (i32.const 10) (i32.const 20)
      (i32.eqz (f64.lt (f64.neg (f64.abs (local.get 0))) (f64.ceil (local.get 1)))))))
