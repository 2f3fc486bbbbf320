;; wasmi 0.36.0 (#1189): ref.is_null of a constant was folded wrongly. Operators on references are
;; outside of the subset.
;; = refused reference-types
(module
  (func (export "run") (result i32) (ref.is_null (ref.null func))))
