;; The imports of circom's witness calculators, in WebAssembly, so that they never call Python.
;; witness_driver.wat fills the table's only slot, because the calculator is linked after this module.
(module
  (type $nextChar (func (result i32)))
  (table (export "table") 1 1 funcref)
  (memory (export "memory") 1)
  (global $code (export "code") (mut i32) (i32.const 0))
  (global $messageLength (export "messageLength") (mut i32) (i32.const 0))

  ;; circom's error codes: 1 signal not found, 2 too many signals set, 3 signal already set, 4 assert failed,
  ;; 5 not enough memory, 6 input array access exceeds the size, 7 out of bounds array access
  (func (export "exceptionHandler") (param $value i32)
    (global.set $code (local.get $value))
    unreachable)

  ;; Appends circom's message ("Error in template ... line ...") to the first page and drops the rest if it is full.
  (func (export "printErrorMessage")
    (local $char i32)
    (loop $next
      (local.set $char (call_indirect (type $nextChar) (i32.const 0)))
      (if (i32.lt_u (global.get $messageLength) (i32.const 65536))
        (then
          (i32.store8 (global.get $messageLength)
            (select (local.get $char) (i32.const 10) (local.get $char)))
          (global.set $messageLength (i32.add (global.get $messageLength) (i32.const 1)))))
      (br_if $next (local.get $char))))

  ;; The output of log(...) can contain witness values, so it is read to its end and discarded.
  (func (export "writeBufferMessage")
    (loop $next (br_if $next (call_indirect (type $nextChar) (i32.const 0)))))
  (func (export "showSharedRWMemory")))
