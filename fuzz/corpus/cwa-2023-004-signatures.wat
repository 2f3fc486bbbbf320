;; CWA-2023-004: a small module with large signatures, named again and again, took much memory when
;; it was validated. Signatures have at most 32 parameters and 16 results.
;; = refused param-count result-count
(module
  (type $many_parameters (func (param
    i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32
    i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (type $many_results (func (result
    i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (func (type $many_parameters))
  (func (type $many_parameters)))
