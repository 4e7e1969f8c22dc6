;; nodrop: a filter without any SDK, written from docs/abi.md alone.
;;
;; It refuses DROP and TRUNCATE, and texts of several statements that change
;; the schema, for everybody but temporary tables' owners:
;;
;;   wat2wasm nodrop.wat -o nodrop.wasm
;;
;;   [filters.nodrop]
;;   module = "./nodrop.wasm"
;;
;; Memory, one page:
;;      64   texts
;;    1024   descriptor, 96 bytes
;;    2048   header, 256 bytes
;;    4096   window, 16 KiB
(module
  (import "penstock_v1" "fail" (func $fail (param i32 i32) (result i32)))
  (import "penstock_v1" "metric_define" (func $metric_define (param i32 i32 i32) (result i32)))
  (import "penstock_v1" "metric_add" (func $metric_add (param i32 i64) (result i32)))

  (memory (export "memory") 1)

  (data (i32.const 64) "nodrop: DROP and TRUNCATE are not allowed here") ;; 46 bytes
  (data (i32.const 128) "nodrop has no options")                        ;; 21 bytes
  (data (i32.const 160) "refused")                                      ;; 7 bytes

  (data (i32.const 1024)
    "\60\00\00\00"                     ;; DescSize: 96
    "\01\00\00\00"                     ;; DescKind: KindFilter
    "\00\00\00\00"                     ;; DescMinor
    "\00\10\00\00" "\00\40\00\00"      ;; DescWindow: 4096, DescWindowCap: 16384
    "\00\08\00\00" "\00\01\00\00"      ;; DescHeader: 2048, DescHeaderCap: 256
    "\02\00\00\00"                     ;; DescNeeds: NeedClassify
    "\08\00\00\00\00\00\00\00"         ;; DescFeatures: FeatureMetrics
    "\00\00\00\00"                     ;; DescReplyLevel: ReplyNone
    "\01\00\00\00"                     ;; DescOnFailure: FailureClose
    "\08\00\40")                       ;; DescCommands: COM_QUERY (3), COM_STMT_PREPARE (22); zeroes up to 1120

  (global $refused (mut i32) (i32.const 0)) ;; the metric's id

  (func (export "penstock_v1")) ;; the marker: which major version it speaks

  ;; ps_init(features, length of the options): the options are JSON; {} has two bytes.
  (func (export "ps_init") (param $features i64) (param $length i32) (result i32)
    (if (i32.gt_u (local.get $length) (i32.const 2))
      (then
        (drop (call $fail (i32.const 128) (i32.const 21)))
        (return (i32.const -2)))) ;; BAD_ARG
    (global.set $refused
      (call $metric_define (i32.const 1) (i32.const 160) (i32.const 7))) ;; MetricCounter
    (i32.const 1024))

  ;; forbidden says whether the header describes a statement to be refused.
  (func $forbidden (result i32)
    (local $type i64) (local $operation i32)
    (local.set $type (i64.load (i32.const 2072)))      ;; HdrType: 24
    (local.set $operation (i32.load (i32.const 2080))) ;; HdrOperation: 32
    ;; TypeMulti and TypeDDL: the operation is the first statement's only.
    (if (i64.eq (i64.and (local.get $type) (i64.const 0x480000)) (i64.const 0x480000))
      (then (return (i32.const 1))))
    (if (i64.ne (i64.and (local.get $type) (i64.const 0x100000)) (i64.const 0)) ;; TypeTempTable
      (then (return (i32.const 0))))
    (i32.or
      (i32.eq (local.get $operation) (i32.const 9))     ;; OpDrop
      (i32.eq (local.get $operation) (i32.const 10))))  ;; OpTruncate

  ;; ps_query(bytes in the window, flags): Pass, or Reject with a message in the window.
  (func (export "ps_query") (param $length i32) (param $flags i32) (result i64)
    (if (i32.eqz (call $forbidden))
      (then (return (i64.const 0)))) ;; Pass
    (drop (call $metric_add (global.get $refused) (i64.const 1)))
    (memory.copy (i32.const 4096) (i32.const 64) (i32.const 46))
    (i32.store (i32.const 2280) (i32.const 1142))       ;; HdrErrno: 232
    (i64.store (i32.const 2284) (i64.const 0x3030303234)) ;; HdrSQLState: 236, "42000" and 3 bytes that nobody reads
    (i64.const 0x2e00000003)))                          ;; Reject with 46 bytes
