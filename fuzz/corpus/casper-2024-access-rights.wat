;; Casper, July 2024: contracts got rights to state that nobody had given them. A contract's storage is
;; that of the contract that runs, whatever code does, and a frame that may not write does not, nor
;; does what it calls: each such try ends in status 3, and nothing of it stays.
(module
  (import "lockstep" "input_length" (func $input_length (result i32)))
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (import "lockstep" "storage_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "lockstep" "storage_remove" (func $remove (param i32 i32) (result i32)))
  (import "lockstep" "transient_write" (func $note (param i32 i32 i32 i32)))
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
  (import "lockstep" "terminate" (func $terminate (param i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "delegate_call"
    (func $delegate_call (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "returned_length" (func $returned_length (result i32)))
  (import "lockstep" "returned_read" (func $returned_read (param i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "secret")
  ;; 16 to 31 hold a value of 0. The input goes to 1024, what comes back to 4096.
  (func $load (result i32)
    (call $input_read (i32.const 1024) (i32.const 0) (call $input_length))
    (call $input_length))
  (func (export "keeps")
    (call $write (i32.const 0) (i32.const 6) (i32.const 1024) (call $load)))
  (func (export "shows") (local $length i32)
    (local.set $length
      (call $read (i32.const 0) (i32.const 6) (i32.const 4096) (i32.const 1024)))
    (if (i32.ge_s (local.get $length) (i32.const 0))
      (then (call $return (i32.const 4096) (local.get $length)))))
  (func (export "forgets") (drop (call $remove (i32.const 0) (i32.const 6))))
  (func (export "notes") (call $note (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 6)))
  (func (export "announces")
    (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 6)))
  (func (export "gives") (drop (call $transfer (i32.const 1024) (i32.const 16))))
  (func (export "ends") (call $terminate (i32.const 1024)))
  (func $answer (param $status i32)
    (i32.store (i32.const 4096) (local.get $status))
    (call $returned_read (i32.const 4100) (i32.const 0) (call $returned_length))
    (call $return (i32.const 4096) (i32.add (i32.const 4) (call $returned_length))))
  ;; Input: contract, flags (4 bytes), length of the method (4 bytes), method, and its input. The callee
  ;; gets half of the gas.
  (func (export "relays") (local $length i32) (local $method i32)
    (local.set $length (call $load))
    (local.set $method (i32.load (i32.const 1060)))
    (call $answer
      (call $call
        (i32.const 1024)
        (i32.const 1064) (local.get $method)
        (i32.add (i32.const 1064) (local.get $method))
        (i32.sub (local.get $length) (i32.add (i32.const 40) (local.get $method)))
        (i32.const 16)
        (i64.shr_u (call $gas_left) (i64.const 1))
        (i32.load (i32.const 1056)))))
  ;; Input: code, flags (4 bytes), method.
  (func (export "borrows") (local $length i32)
    (local.set $length (call $load))
    (call $answer
      (call $delegate_call
        (i32.const 1024)
        (i32.const 1060) (i32.sub (local.get $length) (i32.const 36))
        (i32.const 0) (i32.const 0)
        (i64.shr_u (call $gas_left) (i64.const 1))
        (i32.load (i32.const 1056))))))
