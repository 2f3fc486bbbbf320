;; wasmi 0.36.1 (#1192): table.init took wrong elements. Passive elements and operators on tables
;; are outside of the subset.
;; = refused table-operator passive-elements
(module
  (table 4 4 funcref)
  (elem $later func $f)
  (func $f (export "run")
    (table.init $later (i32.const 0) (i32.const 0) (i32.const 1))))
