;; wasmi 0.51.1 (#1690): table.copy, table.fill and table.grow took the wrong fuel. Operators on tables
;; are outside of the subset.
;; = refused reference-types table-operator
(module
  (table 4 4 funcref)
  (func (export "run")
    (table.copy (i32.const 0) (i32.const 1) (i32.const 2))
    (table.fill 0 (i32.const 0) (ref.null func) (i32.const 2))
    (drop (table.grow 0 (ref.null func) (i32.const 1)))))
