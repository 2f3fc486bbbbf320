;; wasmi 2.0.0 ends with a panic while it translates a store whose address and value are the same local,
;; when that is in its register and the offset does not fit in 16 bits. The metering pass makes it
;; put the register away. Found by reading.
;; = i32_store(0x1234) returns 0x1230
;; = i32_store(0x15555) returns 0x5550
;; = i32_store8(0x1234) returns 0x30
;; = i32_store8(0x15555) returns 0x50
;; = i32_store16(0x1234) returns 0x1230
;; = i32_store16(0x15555) returns 0x5550
;; = i64_store(0x1234) returns 0x1230
;; = i64_store(0x15555) returns 0x5550
;; = i64_store8(0x1234) returns 0x30
;; = i64_store8(0x15555) returns 0x50
;; = i64_store16(0x1234) returns 0x1230
;; = i64_store16(0x15555) returns 0x5550
;; = i64_store32(0x1234) returns 0x1230
;; = i64_store32(0x15555) returns 0x5550
;; = teed(0x1234) returns 0x1230
;; = in_a_loop(40) returns 32
(module
  (memory 3)
  (func (export "i32_store") (param i32) (result i32) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i32.store offset=65536 (local.get 1) (local.get 1))
    (i32.load offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i32_store8") (param i32) (result i32) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i32.store8 offset=65536 (local.get 1) (local.get 1))
    (i32.load8_u offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i32_store16") (param i32) (result i32) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i32.store16 offset=65536 (local.get 1) (local.get 1))
    (i32.load16_u offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i64_store") (param i32) (result i64) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i64.store offset=65536 (local.get 1) (i64.extend_i32_u (local.get 1)))
    (i64.load offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i64_store8") (param i32) (result i64) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i64.store8 offset=65536 (local.get 1) (i64.extend_i32_u (local.get 1)))
    (i64.load8_u offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i64_store16") (param i32) (result i64) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i64.store16 offset=65536 (local.get 1) (i64.extend_i32_u (local.get 1)))
    (i64.load16_u offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "i64_store32") (param i32) (result i64) (local i32)
    (local.set 1 (i32.and (local.get 0) (i32.const 0xfff8)))
    (i64.store32 offset=65536 (local.get 1) (i64.extend_i32_u (local.get 1)))
    (i64.load32_u offset=65536 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "teed") (param i32) (result i32) (local i32)
    (i32.store offset=0x12000
      (local.tee 1 (i32.and (local.get 0) (i32.const 0xfff8)))
      (local.get 1))
    (i32.load offset=0x12000 (i32.and (local.get 0) (i32.const 0xfff8))))
  (func (export "in_a_loop") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 8)))
      (i32.store offset=0x10000 (local.get 1) (local.get 1))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (i32.load offset=0xfff8 (local.get 1))))
