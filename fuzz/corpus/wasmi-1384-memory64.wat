;; wasmi 0.41.0 (#1384) and 2.0.0-beta.4 (#1964): 64-bit memories, which are outside of the subset.
;; = refused memory64
(module
  (memory i64 1 4)
  (func (export "run") (result i64) (memory.grow (i64.const 1))))
