;; wasmi 2.0 beta (#1999): after a tail call of a host function the memory was used at its old
;; address. Tail calls are outside of the subset.
;; = refused tail-call
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (func (export "run") (result i64) (return_call $gas_left)))
