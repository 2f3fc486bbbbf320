;; wasmi 0.41.0 (#1384): memory.grow of a 64-bit memory by a constant crashed the translator. 64-bit
;; memories are outside of the subset.
;; = refused memory64
(module
  (memory i64 1 4)
  (func (export "run") (result i64) (memory.grow (i64.const 1))))
