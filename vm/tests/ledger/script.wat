;; A contract whose input is a little program, so that tests can say what a frame does without a
;; contract of their own. Each step is one byte and its operands; see script.rs.
(module
  (import "lockstep" "input_length" (func $input_length (result i32)))
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "revert" (func $revert (param i32 i32)))
  (import "lockstep" "panic" (func $panic (param i32 i32)))
  (import "lockstep" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (import "lockstep" "storage_remove" (func $storage_remove (param i32 i32) (result i32)))
  (import "lockstep" "storage_next" (func $storage_next (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_previous"
    (func $storage_previous (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "transient_write" (func $transient_write (param i32 i32 i32 i32)))
  (import "lockstep" "transient_read" (func $transient_read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
  (import "lockstep" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "terminate" (func $terminate (param i32)))
  (import "lockstep" "emit_event" (func $emit_event (param i32 i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "run")
  ;; The values that storage is given: 256 bytes from here.
  (data (i32.const 256) "\2a\2a\2a\2a\2a\2a\2a\2a")
  (func $run
    (local $at i32) (local $end i32) (local $step i32) (local $length i32)
    (local.set $at (i32.const 1024))
    (local.set $end (i32.add (local.get $at) (call $input_length)))
    (call $input_read (local.get $at) (i32.const 0) (call $input_length))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $step (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        ;; 1 key length: writes that many bytes
        (if (i32.eq (local.get $step) (i32.const 1)) (then
          (call $storage_write (local.get $at) (i32.const 1) (i32.const 256)
            (i32.load8_u offset=1 (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 2)))
          (br $next)))
        ;; 2 key: removes
        (if (i32.eq (local.get $step) (i32.const 2)) (then
          (drop (call $storage_remove (local.get $at) (i32.const 1)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        ;; 3 account value: transfers
        (if (i32.eq (local.get $step) (i32.const 3)) (then
          (drop (call $transfer (local.get $at) (i32.add (local.get $at) (i32.const 32))))
          (local.set $at (i32.add (local.get $at) (i32.const 48)))
          (br $next)))
        ;; 4 byte: emits an event
        (if (i32.eq (local.get $step) (i32.const 4)) (then
          (call $emit_event (i32.const 0) (i32.const 0) (local.get $at) (i32.const 1))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        ;; 5 byte: reverts with it
        (if (i32.eq (local.get $step) (i32.const 5)) (then
          (call $revert (local.get $at) (i32.const 1))))
        ;; 6: panics
        (if (i32.eq (local.get $step) (i32.const 6)) (then
          (call $panic (i32.const 0) (i32.const 3))))
        ;; 7: traps
        (if (i32.eq (local.get $step) (i32.const 7)) (then
          (unreachable)))
        ;; 8: runs out of gas
        (if (i32.eq (local.get $step) (i32.const 8)) (then
          (loop $forever (br $forever))))
        ;; 9 account: terminates
        (if (i32.eq (local.get $step) (i32.const 9)) (then
          (call $terminate (local.get $at))))
        ;; 10 contract value gas flags length program: calls a script
        (if (i32.eq (local.get $step) (i32.const 10)) (then
          (drop (call $call
            (local.get $at)
            (i32.const 0) (i32.const 3)
            (i32.add (local.get $at) (i32.const 58))
            (i32.load8_u offset=57 (local.get $at))
            (i32.add (local.get $at) (i32.const 32))
            (i64.load offset=48 (local.get $at))
            (i32.load8_u offset=56 (local.get $at))))
          (local.set $at (i32.add
            (i32.add (local.get $at) (i32.const 58))
            (i32.load8_u offset=57 (local.get $at))))
          (br $next)))
        ;; 11 byte: returns it
        (if (i32.eq (local.get $step) (i32.const 11)) (then
          (call $return (local.get $at) (i32.const 1))))
        ;; 12 key: writes transient storage
        (if (i32.eq (local.get $step) (i32.const 12)) (then
          (call $transient_write (local.get $at) (i32.const 1) (i32.const 256) (i32.const 1))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        ;; 13 key: traps when transient storage holds the key
        (if (i32.eq (local.get $step) (i32.const 13)) (then
          (if (i32.ge_s
            (call $transient_read (local.get $at) (i32.const 1) (i32.const 512) (i32.const 8))
            (i32.const 0)) (then (unreachable)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        ;; 14 key: announces the next key and removes it, or announces nothing when there is none
        (if (i32.eq (local.get $step) (i32.const 14)) (then
          (local.set $length
            (call $storage_next (local.get $at) (i32.const 1) (i32.const 512) (i32.const 8)))
          (call $announce (local.get $length))
          (if (i32.gt_s (local.get $length) (i32.const 0)) (then
            (drop (call $storage_remove (i32.const 512) (local.get $length)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        ;; 15 key: announces the key before
        (if (i32.eq (local.get $step) (i32.const 15)) (then
          (call $announce
            (call $storage_previous (local.get $at) (i32.const 1) (i32.const 512) (i32.const 8)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
        (unreachable))))
  ;; Emits the key of this length at 512 as an event, an empty one for -1.
  (func $announce (param $length i32)
    (call $emit_event (i32.const 0) (i32.const 0) (i32.const 512)
      (select (local.get $length) (i32.const 0)
        (i32.gt_s (local.get $length) (i32.const 0)))))
  (export "run" (func $run))
  (export "init" (func $run))
  (export "upgraded" (func $run)))
