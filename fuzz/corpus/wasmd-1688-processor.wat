;; wasmd #1688: native code that was made for a processor with more instructions was loaded on one with
;; fewer. These are the operators for which engines look at what a processor has: they must give the
;; same with its instruction and without.
;; = leading(1) returns 31, 63
;; = leading(0) returns 32, 64
;; = trailing(8) returns 3, 3
;; = trailing(0) returns 32, 64
;; = ones(-1) returns 32, 64
;; = ones(0x0f0f0f0f) returns 16, 16
;; = turned(0x80000001, 33) returns 3, 0x300000001
;; = lowest(0x50) returns 0x10, 0x40
;; = masked(0xff, 4) returns 15, 0xf0
(module
  (func $wide (param i32) (result i64)
    (if (result i64) (i32.eq (local.get 0) (i32.const -1))
      (then (i64.const -1))
      (else (i64.extend_i32_u (local.get 0)))))
  (func (export "leading") (param i32) (result i32 i64)
    (i32.clz (local.get 0)) (i64.clz (call $wide (local.get 0))))
  (func (export "trailing") (param i32) (result i32 i64)
    (i32.ctz (local.get 0)) (i64.ctz (call $wide (local.get 0))))
  (func (export "ones") (param i32) (result i32 i64)
    (i32.popcnt (local.get 0)) (i64.popcnt (call $wide (local.get 0))))
  (func (export "turned") (param i32 i32) (result i32 i64)
    (i32.rotl (local.get 0) (local.get 1))
    (i64.rotl (i64.const 0x8000000080000001) (i64.extend_i32_u (local.get 1))))
  ;; The lowest bit alone, and all but it.
  (func (export "lowest") (param i32) (result i32 i32)
    (i32.and (local.get 0) (i32.sub (i32.const 0) (local.get 0)))
    (i32.and (local.get 0) (i32.sub (local.get 0) (i32.const 1))))
  (func (export "masked") (param i32 i32) (result i32 i32)
    (i32.and (local.get 0) (i32.sub (i32.shl (i32.const 1) (local.get 1)) (i32.const 1)))
    (i32.and (local.get 0)
      (i32.xor (i32.sub (i32.shl (i32.const 1) (local.get 1)) (i32.const 1)) (i32.const -1)))))
