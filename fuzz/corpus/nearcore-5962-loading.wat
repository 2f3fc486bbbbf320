;; nearcore #5962, #7177 and #15923: loading a contract cost less than it took, or nothing when it
;; failed. What a module holds is paid when it is loaded and when an instance is made, so that the
;; gas of a call is that of its own operators, whatever lies beside them.
;; = small() returns 1 using 5 gas
;; = last() returns 12 using 35 gas
(module
  (type $number (func (result i32)))
  (memory 2)
  (table 3 3 funcref)
  (elem (i32.const 0) $unused $unused $unused)
  (data (i32.const 0) "a long text that is written into the memory when an instance is made")
  (data (i32.const 131068) "\0c\00\00\00")
  (func $unused (type $number) (local i64 i64 i64 i64) (i32.mul (i32.const 3) (i32.const 4)))
  (func (export "small") (result i32) (i32.const 1))
  (func (export "last") (result i32) (i32.load (i32.const 131068))))
