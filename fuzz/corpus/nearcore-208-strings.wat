;; nearcore #208: the metering pass damaged the strings of a module. Data stays where it was and as
;; it was, whatever bytes it has, and functions keep their place in the table.
;; = byte(0) returns 104
;; = byte(4) returns 111
;; = byte(5) returns 0
;; = byte(100) returns 255
;; = byte(101) returns 0
;; = byte(102) returns 11
;; = byte(65535) returns 33
;; = word() returns 0x6f6c6c65
;; = sum() returns 532
;; = by_the_table(0) returns 1
;; = by_the_table(1) returns 2
(module
  (type $number (func (result i32)))
  (memory 1)
  (table 2 2 funcref)
  (elem (i32.const 0) $one $two)
  (data (i32.const 0) "hello")
  (data (i32.const 100) "\ff\00\0b\10\41")
  (data (i32.const 65535) "!")
  (func $one (type $number) (i32.const 1))
  (func $two (type $number) (i32.const 2))
  (func $byte (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "word") (result i32) (i32.load (i32.const 1)))
  ;; h, e, l, l, o
  (func (export "sum") (result i32)
    (local $at i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $byte (local.get $at))))
      (br_if $again
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 5))))
    (local.get $sum))
  (func (export "by_the_table") (param i32) (result i32)
    (call_indirect (type $number) (local.get 0))))
