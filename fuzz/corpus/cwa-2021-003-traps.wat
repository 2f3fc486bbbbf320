;; CWA-2021-003: the text of an error, with places in memory and a trace of the stack, reached what
;; nodes agree about. A trap has a kind and nothing else, at whatever depth and in whatever function
;; it comes.
;; = ends(0) traps Unreachable
;; = ends(1) traps DivisionByZero
;; = ends(2) traps IntegerOverflow
;; = ends(3) traps MemoryOutOfBounds
;; = ends(4) traps TableOutOfBounds
;; = ends(5) traps IndirectCallNull
;; = ends(6) traps SignatureMismatch
;; = ends(7) traps OutOfGas
;; = ends(8) traps StackOverflow
;; = ends(9) returns 9
;; = deeper(0) traps Unreachable
;; = deeper(4) traps TableOutOfBounds
;; = deeper(9) returns 9
(module
  (type $plain (func))
  (type $number (func (param i32) (result i32)))
  (memory 1 1)
  (table 3 3 funcref)
  (elem (i32.const 0) $ends)
  (func $without_end (result i32) (i32.add (i32.const 1) (call $without_end)))
  (func $ends (export "ends") (type $number)
    (block $i
    (block $h (block $g (block $f (block $e (block $d (block $c (block $b (block $a (block $z
      (br_table $z $a $b $c $d $e $f $g $h $i (local.get 0)))
      (unreachable))
      (drop (i32.div_s (i32.const 1) (i32.const 0))))
      (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
      (drop (i64.load (i32.const 65529))))
      (call_indirect (type $plain) (i32.const 3)))
      (call_indirect (type $plain) (i32.const 2)))
      (call_indirect (type $plain) (i32.const 0)))
      (loop $again (br $again)))
    (return (call $without_end)))
    (local.get 0))
  (func $deep (param i32) (result i32)
    (call_indirect (type $number) (local.get 0) (i32.const 0)))
  (func (export "deeper") (type $number) (call $deep (local.get 0))))
