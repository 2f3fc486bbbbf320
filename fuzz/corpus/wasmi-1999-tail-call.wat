;; wasmi 2.0 beta (#1999): after a tail call of a host function the memory was used at its old
;; address; RUSTSEC-2024-0440: a stack trace through tail calls crashed Wasmtime. Tail calls are
;; outside of the subset.
;; = refused tail-call
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (func (export "run") (result i64) (return_call $gas_left)))
