;; CWA-2025-003: nodes that wrote a trace came to other results. The log is an observer: a call costs
;; what any call of the host costs, 12 and 5 in this test with 2 for its arguments, and changes
;; nothing that the contract can see.
;; = logs() returns 7 using 27 gas
;; = logs_twice() returns 7 using 46 gas
;; = silent() returns 7 using 8 gas
(module
  (import "lockstep" "debug_log" (func $log (param i32 i32)))
  (memory 1)
  ;; 4 + 1 + 3 without the log.
  (func (export "logs") (result i32)
    (call $log (i32.const 100000) (i32.const 0))
    (nop) (nop) (nop)
    (i32.const 7))
  (func (export "logs_twice") (result i32)
    (call $log (i32.const 100000) (i32.const 0))
    (call $log (i32.const 100000) (i32.const 0))
    (nop) (nop) (nop)
    (i32.const 7))
  (func (export "silent") (result i32) (nop) (nop) (nop) (i32.const 7)))
