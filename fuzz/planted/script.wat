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
  (import "lockstep" "panic" (func $panic (param i32 i32)))
  (import "lockstep" "caller" (func $caller (param i32)))
  (import "lockstep" "self_id" (func $self_id (param i32)))
  (import "lockstep" "origin" (func $origin (param i32)))
  (import "lockstep" "value" (func $value (param i32)))
  (import "lockstep" "balance" (func $balance (param i32 i32)))
  (import "lockstep" "block_height" (func $block_height (result i64)))
  (import "lockstep" "chain_id" (func $chain_id (result i64)))
  (import "lockstep" "is_read_only" (func $is_read_only (result i32)))
  (import "lockstep" "storage_length" (func $storage_length (param i32 i32) (result i32)))
  (import "lockstep" "storage_previous" (func $storage_previous (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "transient_read" (func $transient_read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "transient_write" (func $transient_write (param i32 i32 i32 i32)))
  (import "lockstep" "transient_remove" (func $transient_remove (param i32 i32) (result i32)))
  (import "lockstep" "delegate_call"
    (func $delegate_call (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "instantiate"
    (func $instantiate (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (import "lockstep" "upgrade" (func $upgrade (param i32 i32 i32 i64) (result i32)))
  (import "lockstep" "terminate" (func $terminate (param i32)))
  (import "lockstep" "returned_length" (func $returned_length (result i32)))
  (import "lockstep" "returned_read" (func $returned_read (param i32 i32 i32)))
  (import "lockstep" "hash_sha2_256" (func $hash_sha2_256 (param i32 i32 i32)))
  (import "lockstep" "hash_sha3_256" (func $hash_sha3_256 (param i32 i32 i32)))
  (import "lockstep" "hash_keccak_256" (func $hash_keccak_256 (param i32 i32 i32)))
  (import "lockstep" "hash_blake2b_256" (func $hash_blake2b_256 (param i32 i32 i32)))
  (import "lockstep" "hash_blake2b_128" (func $hash_blake2b_128 (param i32 i32 i32)))
  (import "lockstep" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "secp256k1_recover" (func $secp256k1_recover (param i32 i32 i32) (result i32)))
  (import "lockstep" "p256_verify" (func $p256_verify (param i32 i32 i32) (result i32)))
  (import "lockstep" "debug_log" (func $debug_log (param i32 i32)))
  (memory 1 4)
  (type $take (func (param i32) (result i32)))
  (table 14 14 funcref)
  (elem (i32.const 0) $transient $previous $length $delegate $make $upgrade_to $end $returned
    $context $hashes $signature $panic_with $log $keyed)
  (data (i32.const 0) "run")
  ;; Two topics, and the values that storage is given.
  (data (i32.const 256) "first topic of every event here!other topic of every event here!")
  ;; The first vector of RFC 8032: a public key and its signature of no bytes.
  (data (i32.const 512) "\d7\5a\98\01\82\b1\0a\b7\d5\4b\fe\d3\c9\64\07\3a"
    "\0e\e1\72\f3\da\a6\23\25\af\02\1a\68\f7\07\51\1a"
    "\e5\56\43\00\c3\60\ac\72\90\86\e2\cc\80\6e\82\8a\84\87\7f\1e\b8\e5\d9\74\d8\73\e0\65\22\49\01\55"
    "\5f\b8\82\15\90\a3\3b\ac\c6\1e\39\70\1c\f9\b4\6b\d2\5b\f5\f0\59\5b\be\24\65\51\41\43\8e\7a\10\0b")
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
  ;; contract (32), value (16), gas (8), flags (1), length (2), program
  (func $send (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $call
      (local.get $at) (i32.const 0) (i32.const 3)
      (i32.add (local.get $at) (i32.const 59))
      (i32.load16_u offset=57 (local.get $at))
      (i32.add (local.get $at) (i32.const 32))
      (i64.load offset=48 (local.get $at))
      (i32.load8_u offset=56 (local.get $at)))))
    (i32.add (i32.add (local.get $at) (i32.const 59)) (i32.load16_u offset=57 (local.get $at))))
  ;; 15 what (0 writes, 1 reads, 2 removes) key length
  (func $transient (param $at i32) (result i32)
    (local $what i32) (local $key i32)
    (local.set $what (i32.load8_u (local.get $at)))
    (local.set $key (i32.add (local.get $at) (i32.const 1)))
    (if (i32.eqz (local.get $what)) (then
      (call $transient_write (local.get $key) (i32.const 1) (i32.const 256)
        (i32.load8_u offset=2 (local.get $at)))))
    (if (i32.eq (local.get $what) (i32.const 1)) (then
      (call $put (i64.extend_i32_s (call $transient_read (local.get $key) (i32.const 1)
        (i32.add (global.get $out) (i32.const 8)) (i32.const 64))))
      (global.set $out (i32.add (global.get $out) (i32.const 64)))))
    (if (i32.gt_u (local.get $what) (i32.const 1)) (then
      (call $put (i64.extend_i32_s (call $transient_remove (local.get $key) (i32.const 1))))))
    (i32.add (local.get $at) (i32.const 3)))
  ;; 16 key, 0 for the end
  (func $previous (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $storage_previous (local.get $at)
      (i32.ne (i32.load8_u (local.get $at)) (i32.const 0))
      (i32.add (global.get $out) (i32.const 8)) (i32.const 8))))
    (global.set $out (i32.add (global.get $out) (i32.const 8)))
    (i32.add (local.get $at) (i32.const 1)))
  ;; 17 key
  (func $length (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $storage_length (local.get $at) (i32.const 1))))
    (i32.add (local.get $at) (i32.const 1)))
  ;; 18 code (32), gas (8), flags (1), length (2), program
  (func $delegate (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $delegate_call
      (local.get $at) (i32.const 0) (i32.const 3)
      (i32.add (local.get $at) (i32.const 43))
      (i32.load16_u offset=41 (local.get $at))
      (i64.load offset=32 (local.get $at))
      (i32.load8_u offset=40 (local.get $at)))))
    (i32.add (i32.add (local.get $at) (i32.const 43)) (i32.load16_u offset=41 (local.get $at))))
  ;; 19 code (32), salt (32), value (16), gas (8), length (2), program
  (func $make (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $instantiate
      (local.get $at) (i32.add (local.get $at) (i32.const 32))
      (i32.add (local.get $at) (i32.const 90))
      (i32.load16_u offset=88 (local.get $at))
      (i32.add (local.get $at) (i32.const 64))
      (i64.load offset=80 (local.get $at))
      (i32.add (global.get $out) (i32.const 8)))))
    (global.set $out (i32.add (global.get $out) (i32.const 32)))
    (i32.add (i32.add (local.get $at) (i32.const 90)) (i32.load16_u offset=88 (local.get $at))))
  ;; 20 code (32), gas (8), length (2), program
  (func $upgrade_to (param $at i32) (result i32)
    (call $put (i64.extend_i32_s (call $upgrade
      (local.get $at)
      (i32.add (local.get $at) (i32.const 42))
      (i32.load16_u offset=40 (local.get $at))
      (i64.load offset=32 (local.get $at)))))
    (i32.add (i32.add (local.get $at) (i32.const 42)) (i32.load16_u offset=40 (local.get $at))))
  ;; 21 beneficiary (32)
  (func $end (param $at i32) (result i32)
    (call $terminate (local.get $at))
    (unreachable))
  ;; 22 offset (1) length (1); an offset of 255 is taken as it is, any other is cut to what is there
  (func $returned (param $at i32) (result i32)
    (local $offset i32) (local $length i32) (local $all i32)
    (local.set $all (call $returned_length))
    (local.set $offset (i32.load8_u (local.get $at)))
    (local.set $length (i32.load8_u offset=1 (local.get $at)))
    (call $put (i64.extend_i32_u (local.get $all)))
    (if (i32.ne (local.get $offset) (i32.const 255)) (then
      (local.set $offset (select (local.get $offset) (local.get $all)
        (i32.lt_u (local.get $offset) (local.get $all))))
      (local.set $all (i32.sub (local.get $all) (local.get $offset)))
      (local.set $length (select (local.get $length) (local.get $all)
        (i32.lt_u (local.get $length) (local.get $all))))))
    (call $returned_read (global.get $out) (local.get $offset) (local.get $length))
    (global.set $out (i32.add (global.get $out) (local.get $length)))
    (i32.add (local.get $at) (i32.const 2)))
  ;; 23: who calls what, with how much, and where
  (func $context (param $at i32) (result i32)
    (call $put (call $block_height))
    (call $put (call $chain_id))
    (call $put (i64.extend_i32_u (call $is_read_only)))
    (call $caller (global.get $out))
    (call $origin (i32.add (global.get $out) (i32.const 32)))
    (call $self_id (i32.add (global.get $out) (i32.const 64)))
    (call $value (i32.add (global.get $out) (i32.const 96)))
    (call $balance (i32.add (global.get $out) (i32.const 64))
      (i32.add (global.get $out) (i32.const 112)))
    (global.set $out (i32.add (global.get $out) (i32.const 128)))
    (local.get $at))
  ;; 24 length: hashes of so many bytes
  (func $hashes (param $at i32) (result i32)
    (local $bytes i32)
    (local.set $bytes (i32.load8_u (local.get $at)))
    (call $hash_sha2_256 (i32.const 256) (local.get $bytes) (global.get $out))
    (call $hash_sha3_256 (i32.const 256) (local.get $bytes)
      (i32.add (global.get $out) (i32.const 32)))
    (call $hash_keccak_256 (i32.const 256) (local.get $bytes)
      (i32.add (global.get $out) (i32.const 64)))
    (call $hash_blake2b_256 (i32.const 256) (local.get $bytes)
      (i32.add (global.get $out) (i32.const 96)))
    (call $hash_blake2b_128 (i32.const 256) (local.get $bytes)
      (i32.add (global.get $out) (i32.const 128)))
    (global.set $out (i32.add (global.get $out) (i32.const 144)))
    (i32.add (local.get $at) (i32.const 1)))
  ;; 25 kind (0 is right, the others are wrong): a signature
  (func $signature (param $at i32) (result i32)
    (local $kind i32)
    (local.set $kind (i32.load8_u (local.get $at)))
    (if (i32.le_u (local.get $kind) (i32.const 1)) (then
      (call $put (i64.extend_i32_u (call $ed25519_verify (i32.const 512) (i32.const 544)
        (i32.const 256) (local.get $kind))))))
    (if (i32.eq (local.get $kind) (i32.const 2)) (then
      (call $put (i64.extend_i32_u (call $secp256k1_recover (i32.const 256) (i32.const 288)
        (i32.add (global.get $out) (i32.const 8)))))))
    (if (i32.gt_u (local.get $kind) (i32.const 2)) (then
      (call $put (i64.extend_i32_u (call $p256_verify (i32.const 256) (i32.const 288)
        (i32.const 512))))))
    (i32.add (local.get $at) (i32.const 1)))
  ;; 26 byte
  (func $panic_with (param $at i32) (result i32)
    (call $panic (local.get $at) (i32.const 1))
    (unreachable))
  ;; 27 byte
  (func $log (param $at i32) (result i32)
    (call $debug_log (local.get $at) (i32.const 1))
    (i32.add (local.get $at) (i32.const 1)))
  ;; 28 what (0 writes, 1 reads, 2 removes, 3 the next key, 4 the one before, 5 the length), how many
  ;; bytes are written, how many the key has, key (3)
  (func $keyed (param $at i32) (result i32)
    (local $what i32) (local $key i32) (local $bytes i32)
    (local.set $what (i32.load8_u (local.get $at)))
    (local.set $bytes (i32.load8_u offset=2 (local.get $at)))
    (local.set $key (i32.add (local.get $at) (i32.const 3)))
    (if (i32.eqz (local.get $what)) (then
      (call $storage_write (local.get $key) (local.get $bytes) (i32.const 256)
        (i32.load8_u offset=1 (local.get $at)))))
    (if (i32.eq (local.get $what) (i32.const 1)) (then
      (call $put (i64.extend_i32_s (call $storage_read (local.get $key) (local.get $bytes)
        (i32.add (global.get $out) (i32.const 8)) (i32.const 64))))
      (global.set $out (i32.add (global.get $out) (i32.const 64)))))
    (if (i32.eq (local.get $what) (i32.const 2)) (then
      (call $put (i64.extend_i32_s (call $storage_remove (local.get $key) (local.get $bytes))))))
    (if (i32.eq (local.get $what) (i32.const 3)) (then
      (call $put (i64.extend_i32_s (call $storage_next (local.get $key) (local.get $bytes)
        (i32.add (global.get $out) (i32.const 8)) (i32.const 8))))
      (global.set $out (i32.add (global.get $out) (i32.const 8)))))
    (if (i32.eq (local.get $what) (i32.const 4)) (then
      (call $put (i64.extend_i32_s (call $storage_previous (local.get $key) (local.get $bytes)
        (i32.add (global.get $out) (i32.const 8)) (i32.const 8))))
      (global.set $out (i32.add (global.get $out) (i32.const 8)))))
    (if (i32.gt_u (local.get $what) (i32.const 4)) (then
      (call $put (i64.extend_i32_s (call $storage_length (local.get $key) (local.get $bytes))))))
    (i32.add (local.get $at) (i32.const 6)))
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
        ;; 15 and above: a function for each
        (if (i32.ge_u (local.get $step) (i32.const 15)) (then
          (br_if $done (i32.ge_u (local.get $step) (i32.const 29)))
          (local.set $at (call_indirect (type $take)
            (local.get $at) (i32.sub (local.get $step) (i32.const 15))))
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
  (export "init" (func $run))
  (export "upgraded" (func $run)))
