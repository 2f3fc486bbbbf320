;; Elrond, June 2022: a contract that was called by way of another one took it that its caller's caller
;; had called, and paid out what was not the caller's. A callee sees the contract that called it; only
;; delegated code, which runs as the contract that asked for it, sees who called that one.
(module
  (import "lockstep" "input_length" (func $input_length (result i32)))
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "caller" (func $caller (param i32)))
  (import "lockstep" "self_id" (func $self_id (param i32)))
  (import "lockstep" "origin" (func $origin (param i32)))
  (import "lockstep" "value" (func $value (param i32)))
  (import "lockstep" "storage_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "lockstep" "storage_remove" (func $remove (param i32 i32) (result i32)))
  (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "delegate_call"
    (func $delegate_call (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "returned_length" (func $returned_length (result i32)))
  (import "lockstep" "returned_read" (func $returned_read (param i32 i32 i32)))
  (memory 1)
  ;; A bank: 0 the caller, who is the key, and 32 what is theirs. 112 to 127 hold a value of 0.
  (func (export "pays_in")
    (call $caller (i32.const 0))
    (call $value (i32.const 32))
    (call $write (i32.const 0) (i32.const 32) (i32.const 32) (i32.const 16)))
  ;; Pays the caller what is theirs, and returns it; returns nothing when nothing is.
  (func (export "takes_out")
    (call $caller (i32.const 0))
    (if (i32.eq (i32.const 16)
        (call $read (i32.const 0) (i32.const 32) (i32.const 32) (i32.const 16)))
      (then
        (drop (call $remove (i32.const 0) (i32.const 32)))
        (if (call $transfer (i32.const 0) (i32.const 32)) (then (unreachable)))
        (call $return (i32.const 32) (i32.const 16)))))
  ;; Returns caller, contract, origin and value.
  (func (export "tells")
    (call $caller (i32.const 0))
    (call $self_id (i32.const 32))
    (call $origin (i32.const 64))
    (call $value (i32.const 96))
    (call $return (i32.const 0) (i32.const 112)))
  (func $load (result i32)
    (call $input_read (i32.const 1024) (i32.const 0) (call $input_length))
    (i32.sub (call $input_length) (i32.const 32)))
  (func $answer (param $status i32)
    (i32.store (i32.const 4096) (local.get $status))
    (call $returned_read (i32.const 4100) (i32.const 0) (call $returned_length))
    (call $return (i32.const 4096) (i32.add (i32.const 4) (call $returned_length))))
  ;; Input: contract, method.
  (func (export "relays")
    (local $method i32)
    (local.set $method (call $load))
    (call $answer
      (call $call (i32.const 1024) (i32.const 1056) (local.get $method) (i32.const 0) (i32.const 0)
        (i32.const 112) (i64.const -1) (i32.const 0))))
  ;; Input: code, method.
  (func (export "borrows")
    (local $method i32)
    (local.set $method (call $load))
    (call $answer
      (call $delegate_call (i32.const 1024) (i32.const 1056) (local.get $method)
        (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 0)))))
