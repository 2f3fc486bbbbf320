;; RUSTSEC-2023-0090 (CVE-2023-26489, Cranelift): an address from a shifted and extended index left
;; the memory. The index is a 32-bit number: shifting wraps it, and only then is it extended and the
;; offset added.
;; = shifted(0x20000000) returns 0
;; = shifted(0x20000001) returns 1
;; = shifted(2) returns 2
;; = extended(-1) traps MemoryOutOfBounds
;; = extended(-8) traps MemoryOutOfBounds
;; = extended(65523) returns 0
;; = extended(65524) traps MemoryOutOfBounds
;; = far_offset(0) traps MemoryOutOfBounds
;; = added(0xffffffff, 17) returns 2
;; = narrow(0xffffffff00000008) returns 1
;; = signed(24) returns -1, 255, -1, 65535
;; = shifts(33) returns 2, 0x200000000, 0xfffffffe, -2
(module
  (memory 1 1)
  (data (i32.const 8) "\01\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\ff\ff")
  (func (export "shifted") (param i32) (result i32)
    (i32.load (i32.shl (local.get 0) (i32.const 3))))
  (func (export "extended") (param i32) (result i64)
    (i64.load offset=5 (local.get 0)))
  (func (export "far_offset") (param i32) (result i32)
    (i32.load offset=4294967295 (local.get 0)))
  (func (export "added") (param i32 i32) (result i32)
    (i32.load (i32.add (local.get 0) (local.get 1))))
  (func (export "narrow") (param i64) (result i32)
    (i32.load (i32.wrap_i64 (local.get 0))))
  (func (export "signed") (param i32) (result i32 i32 i64 i64)
    (i32.load8_s (local.get 0))
    (i32.load8_u (local.get 0))
    (i64.load16_s (local.get 0))
    (i64.load16_u (local.get 0)))
  ;; A count of 33 is 1 for 32 bits and 33 for 64.
  (func (export "shifts") (param i32) (result i32 i64 i32 i64)
    (i32.shl (i32.const 1) (local.get 0))
    (i64.shl (i64.const 1) (i64.extend_i32_u (local.get 0)))
    (i32.shr_s (i32.const -4) (local.get 0))
    (i64.shr_s (i64.const -0x400000000) (i64.extend_i32_u (local.get 0)))))
