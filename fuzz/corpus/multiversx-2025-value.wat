;; MultiversX, May 2025: a function of the host moved a value that was not looked at. What a contract does
;; not have it cannot send, to anybody and in any way: the status is 4, the callee does not run, and
;; both balances are what they were.
(module
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "self_id" (func $self_id (param i32)))
  (import "lockstep" "balance" (func $balance (param i32 i32)))
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (import "lockstep" "value" (func $value (param i32)))
  (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (memory 1)
  (data (i32.const 0) "gets")
  ;; The input, to whom (32 bytes) and the value (16), goes to 64.
  (func $load (call $input_read (i32.const 64) (i32.const 0) (i32.const 48)))
  ;; Announces the value that came.
  (func (export "gets")
    (call $value (i32.const 64))
    (call $emit (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 16)))
  ;; Returns the status, the contract's own balance, and that of the other.
  (func $answer (param $status i32)
    (i32.store (i32.const 256) (local.get $status))
    (call $self_id (i32.const 128))
    (call $balance (i32.const 128) (i32.const 260))
    (call $balance (i32.const 64) (i32.const 276))
    (call $return (i32.const 256) (i32.const 36)))
  (func (export "sends")
    (call $load)
    (call $answer
      (call $call (i32.const 64) (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)
        (i32.const 96) (i64.const -1) (i32.const 2))))
  (func (export "gives")
    (call $load)
    (call $answer (call $transfer (i32.const 64) (i32.const 96)))))
