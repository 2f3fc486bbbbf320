;; wasmi 2.0.0-beta.4 (#1964): 64-bit memories again, here an access far behind 32 bits. They are
;; outside of the subset.
;; = refused memory64
(module
  (memory i64 1)
  (func (export "run") (param i64) (result i32) (i32.load offset=0x100000000 (local.get 0))))
