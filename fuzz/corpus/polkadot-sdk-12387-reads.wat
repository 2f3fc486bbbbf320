;; polkadot-sdk #12387: reading a value cost less than what had to be read and proved for it. A read is
;; charged by the length of what is stored, whatever room there is for it: reads of 60,000 bytes cost
;; the same with room for all, for 32 and for none, and much more than the read of one byte.
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (import "lockstep" "storage_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 2)
  (data (i32.const 0) "longtiny")
  (func (export "fills")
    (call $write (i32.const 0) (i32.const 4) (i32.const 65536) (i32.const 60000))
    (call $write (i32.const 4) (i32.const 4) (i32.const 65536) (i32.const 1)))
  ;; The gas of a read with so much room.
  (func $gas_of (param $key i32) (param $room i32) (result i64) (local $before i64)
    (local.set $before (call $gas_left))
    (drop (call $read (local.get $key) (i32.const 4) (i32.const 65536) (local.get $room)))
    (i64.sub (local.get $before) (call $gas_left)))
  (func (export "reads")
    (i64.store (i32.const 32) (call $gas_of (i32.const 0) (i32.const 60000)))
    (i64.store (i32.const 40) (call $gas_of (i32.const 0) (i32.const 32)))
    (i64.store (i32.const 48) (call $gas_of (i32.const 0) (i32.const 0)))
    (i64.store (i32.const 56) (call $gas_of (i32.const 4) (i32.const 60000)))
    (call $return (i32.const 32) (i32.const 32))))
