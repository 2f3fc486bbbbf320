;; RUSTSEC-2024-0440 (Wasmtime): a stack trace through tail calls crashed the host. Tail calls are
;; outside of the subset.
;; = refused tail-call
(module
  (func $trap (param i32) (result i32) (unreachable))
  (func (export "run") (param i32) (result i32)
    (return_call $trap (local.get 0))))
