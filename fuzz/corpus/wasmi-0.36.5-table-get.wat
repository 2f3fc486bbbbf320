;; wasmi 0.36.4: table.get read the wrong element when its index was a local that had been set
;; meanwhile. Operators on tables are outside of the subset.
;; = refused table-operator
(module
  (table 4 4 funcref)
  (func (export "run") (param i32)
    (drop (table.get 0 (local.get 0)))))
