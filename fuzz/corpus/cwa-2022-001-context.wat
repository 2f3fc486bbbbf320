;; CWA-2022-001 and -003, CWA-2024-006, Juno: a contract could ask for what only one node has. All
;; that it can ask for here is the block, the message and the state; what the host answers is the
;; same on every engine, and so is what becomes of it in memory.
;; = asks() returns 32
;; = asks_twice() returns 1
(module
  (import "lockstep" "block_height" (func $height (result i64)))
  (import "lockstep" "block_timestamp" (func $timestamp (result i64)))
  (import "lockstep" "chain_id" (func $chain (result i64)))
  (import "lockstep" "caller" (func $caller (param i32)))
  (import "lockstep" "self_id" (func $self (param i32)))
  (import "lockstep" "balance" (func $balance (param i32 i32)))
  (import "lockstep" "is_read_only" (func $is_read_only (result i32)))
  (memory 1)
  (func $ask (export "asks") (result i32)
    (i64.store (i32.const 64) (call $height))
    (i64.store (i32.const 72) (call $timestamp))
    (i64.store (i32.const 80) (call $chain))
    (call $caller (i32.const 96))
    (call $self (i32.const 128))
    (call $balance (i32.const 160) (i32.const 192))
    (i32.store (i32.const 224) (call $is_read_only))
    (i32.const 32))
  (func (export "asks_twice") (result i32)
    (i32.eq (call $ask) (call $ask))))
