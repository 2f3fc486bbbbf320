;; rwasm #141 and #142: table.init and table.copy took fuel by another length than theirs. Operators
;; on tables are outside of the subset.
;; = refused table-operator passive-elements
(module
  (table 4 4 funcref)
  (elem $passive func $run)
  (func $run (export "run") (param i32)
    (table.init $passive (i32.const 0) (i32.const 0) (local.get 0))
    (table.copy (i32.const 0) (i32.const 1) (local.get 0))
    (elem.drop $passive)))
