;; wasmi 2.0 betas (#1860): ceil, floor and trunc gave another NaN than they may. Floats are outside
;; of the subset, also where no signature names them.
;; = refused float-operator
(module
  (func (export "run") (result i64)
    (i64.reinterpret_f64
      (f64.ceil (f64.floor (f64.trunc (f64.reinterpret_i64 (i64.const 0x7ff4000000000000))))))))
