;; wasmi 2.0.0: a `br_table` with several values to labels of equal heights did not copy them down
;; over what lies below them, and the labels' values were what other code had left in memory.
;; Blocks with several results are refused, and a `br_table` that leaves a function with several.
;; = refused block-result-count
(module
  (func (export "run") (param $which i32) (result i32)
    (block $a (result i32 i32)
      (block $b (result i32 i32)
        (i32.const 99) (i32.const 1) (i32.const 2)
        (br_table $a $b (local.get $which))))
    (drop)))
