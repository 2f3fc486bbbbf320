;; Code that runs into a trap for certain need not be paid, because a trap takes all gas; but what
;; stands in front of an operand that is charged at run time was left out as well.
(module
  (memory 1)
  (func (export "f")
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
    (unreachable)))
