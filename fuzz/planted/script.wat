;; A contract whose input is a little program. Each step is one byte and its operands. What steps
;; read is collected from 0xa000 on and returned at the end.
(module
  (import "lockstep" "input_length" (func $input_length (result i32)))
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "revert" (func $revert (param i32 i32)))
  (import "lockstep" "storage_read" (func $storage_read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (import "lockstep" "storage_remove" (func $storage_remove (param i32 i32) (result i32)))
  (import "lockstep" "storage_next" (func $storage_next (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "emit_event" (func $emit_event (param i32 i32 i32 i32)))
  (import "lockstep" "block_timestamp" (func $block_timestamp (result i64)))
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (memory 1 4)
  (data (i32.const 0) "run")
  ;; Two topics, and the values that storage is given.
  (data (i32.const 256) "first topic of every event here!other topic of every event here!")
  (global $out (mut i32) (i32.const 0xa000))
  (func $recurse (param $depth i32)
    (if (local.get $depth) (then
      (call $recurse (i32.sub (local.get $depth) (i32.const 1))))))
  (func $put (param $value i64)
    (i64.store (global.get $out) (local.get $value))
    (global.set $out (i32.add (global.get $out) (i32.const 8))))
  ;; How many bytes the operands of a step have.
  (func $operands (param $step i32) (result i32)
    (block $four (block $two (block $one
      (br_table $one $two $one $four $one $one $one $one $four (local.get $step)))
      (return (i32.const 1)))
      (return (i32.const 2)))
    (i32.const 4))
  (func $read (param $at i32)
    (call $put (i64.extend_i32_s (call $storage_read
      (local.get $at) (i32.const 1) (global.get $out) (i32.const 64))))
    (global.set $out (i32.add (global.get $out) (i32.const 64))))
  (func $next (param $at i32)
    (call $put (i64.extend_i32_s (call $storage_next
      (local.get $at) (i32.const 1) (global.get $out) (i32.const 8)))))
  ;; contract (32), value (16), gas (8), flags (1), length (1), program
  (func $send (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $call
      (local.get $at) (i32.const 0) (i32.const 3)
      (i32.add (local.get $at) (i32.const 58))
      (i32.load8_u offset=57 (local.get $at))
      (i32.add (local.get $at) (i32.const 32))
      (i64.load offset=48 (local.get $at))
      (i32.load8_u offset=56 (local.get $at)))))
    (i32.add (i32.add (local.get $at) (i32.const 58)) (i32.load8_u offset=57 (local.get $at))))
  (func $run
    (local $at i32) (local $end i32) (local $step i32)
    (local.set $at (i32.const 1024))
    (local.set $end (i32.add (local.get $at) (call $input_length)))
    (call $input_read (local.get $at) (i32.const 0) (call $input_length))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $step (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (local.get $step) (i32.const 9)) (then
          (drop (call $transfer (local.get $at) (i32.add (local.get $at) (i32.const 32))))
          (local.set $at (i32.add (local.get $at) (i32.const 48)))
          (br $again)))
        (if (i32.eq (local.get $step) (i32.const 10)) (then
          (local.set $at (call $send (local.get $at)))
          (br $again)))
        ;; 14 address (4): reads from there
        (if (i32.eq (local.get $step) (i32.const 14)) (then
          (call $put (i64.load (i32.load (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br $again)))
        (block $grow (block $peek (block $poke (block $time (block $trap (block $revert
        (block $event (block $next (block $recurse (block $remove (block $write (block $read
          (br_table $read $write $remove $recurse $next $event $revert $trap $grow
            $done $done $time $poke $peek $done (local.get $step)))
          ;; 0 key
          (call $read (local.get $at))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 1 key length
          (call $storage_write (local.get $at) (i32.const 1) (i32.const 256)
            (i32.load8_u offset=1 (local.get $at)))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 2 key
          (drop (call $storage_remove (local.get $at) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 3 depth (4)
          (call $recurse (i32.load (local.get $at)))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 4 key
          (call $next (local.get $at))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 5 byte
          (call $emit_event (i32.const 256) (i32.const 2) (local.get $at) (i32.const 1))
          (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
          (br $again))
          ;; 6 byte
          (call $revert (local.get $at) (i32.const 1)))
          ;; 7
          (unreachable))
          ;; 11: the time and the gas
          (call $put (call $block_timestamp))
          (call $put (call $gas_left))
          (br $again))
          ;; 12 byte: writes it where nothing else writes
          (i32.store8 (i32.const 0xf000) (i32.load8_u (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $again))
          ;; 13: reads from there
          (call $put (i64.load (i32.const 0xf000)))
          (br $again))
        ;; 8 pages (4)
        (call $put (i64.extend_i32_s (memory.grow (i32.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (call $operands (local.get $step))))
        (br $again)))
    (call $return (i32.const 0xa000) (i32.sub (global.get $out) (i32.const 0xa000))))
  (export "run" (func $run))
  (export "init" (func $run)))
