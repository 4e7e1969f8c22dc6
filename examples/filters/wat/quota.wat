;; quota: a filter without any SDK, written from docs/abi.md alone.
;;
;; It lets so many statements that name a table pass in each session, and
;; rejects those that follow. SHOW QUOTA tells how many the session has used,
;; and how many all sessions have:
;;
;;   wat2wasm quota.wat -o quota.wasm
;;
;;   [filters.quota]
;;   module = "./quota.wasm"
;;   [filters.quota.options]
;;   limit = 100
;;   table = "orders"  # in any schema, as statements spell it, in any case of ASCII letters
;;
;; It counts executions of prepared statements, not their preparation. What the
;; statement does not name, a view's table or what a routine uses, is not counted.
;; A session that is reset goes on counting, and so does an instance that is
;; swapped in; one that replaces a failed instance would begin anew, so on_failure
;; must stay "close".
;;
;; Memory, three pages, and more for a statement that names very many tables:
;;    0x400   descriptor, 96 bytes
;;    0x480   header, 256 bytes
;;    0x600   what kv_add and state_read write, 8 bytes
;;    0x610   texts
;;    0x680   the row of SHOW QUOTA
;;    0x800   constants
;;   0x1000   options, at most 4 KiB, and a zero behind them
;;  0x10000   window, 16 KiB
;;  0x20000   tables of a statement
(module
  (import "penstock_v1" "config_read" (func $config_read (param i32 i32 i32) (result i32)))
  (import "penstock_v1" "fail" (func $fail (param i32 i32) (result i32)))
  (import "penstock_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "penstock_v1" "sql_tables" (func $sql_tables (param i32 i32) (result i32)))
  (import "penstock_v1" "kv_add" (func $kv_add (param i32 i32 i64 i64 i32) (result i32)))
  (import "penstock_v1" "metric_define" (func $metric_define (param i32 i32 i32) (result i32)))
  (import "penstock_v1" "metric_add" (func $metric_add (param i32 i64) (result i32)))
  (import "penstock_v1" "state_read" (func $state_read (param i32 i32) (result i32)))
  (import "penstock_v1" "reply_columns" (func $reply_columns (param i32 i32) (result i32)))
  (import "penstock_v1" "reply_row" (func $reply_row (param i32 i32) (result i32)))

  (memory (export "memory") 3)

  (data (i32.const 0x400)
    "\60\00\00\00"                                      ;; DescSize: 96
    "\01\00\00\00"                                      ;; DescKind: KindFilter
    "\00\00\00\00"                                      ;; DescMinor
    "\00\00\01\00" "\00\40\00\00"                       ;; DescWindow: 0x10000, DescWindowCap: 16384
    "\80\04\00\00" "\00\01\00\00"                       ;; DescHeader: 0x480, DescHeaderCap: 256
    "\00\00\00\00"                                      ;; DescNeeds: sql_tables needs none
    "\09\00\00\00\00\00\00\00"                          ;; DescFeatures: FeatureKV, FeatureMetrics
    "\00\00\00\00"                                      ;; DescReplyLevel: ReplyNone
    "\01\00\00\00"                                      ;; DescOnFailure: FailureClose
    "\08\00\80\00\00\00\00\00\00\00\00\00\00\00\00\00"  ;; DescCommands: COM_QUERY (3), COM_STMT_EXECUTE (23),
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\04"  ;; COM_STMT_BULK_EXECUTE (250)
    "\40\00\00\00"                                      ;; DescEvents: EventDetach (6)
    "\10\06\00\00" "\00\00\00\00")                      ;; DescTexts: 0x610, DescTextsSize: ps_init writes it

  (data (i32.const 0x610) "\05quota")
  (data (i32.const 0x800) "total")
  (data (i32.const 0x808) "quota_rejected")
  (data (i32.const 0x820) "limit")
  (data (i32.const 0x828) "table")
  (data (i32.const 0x830) "show")
  (data (i32.const 0x838) "quota")
  (data (i32.const 0x840) "42000")
  (data (i32.const 0x850) "The quota of statements on this table is used up")          ;; 48
  (data (i32.const 0x890) "options: {\"limit\": a number, \"table\": \"name\"}, please") ;; 53
  (data (i32.const 0x8d0) "the count of all sessions cannot be kept")                  ;; 40
  (data (i32.const 0x900) "\02\00" "\08\21\00\04\00Used" "\08\21\00\0b\00Used_by_all") ;; 27

  (global $limit (mut i64) (i64.const -1))
  (global $used (mut i64) (i64.const 0))
  (global $table (mut i32) (i32.const 0))  ;; where its name is in the options
  (global $tablen (mut i32) (i32.const 0))
  (global $metric (mut i32) (i32.const 0))
  (global $at (mut i32) (i32.const 0))     ;; of the options

  (func (export "penstock_v1"))

  (func $lower (param $c i32) (result i32)
    (if (result i32) (i32.lt_u (i32.sub (local.get $c) (i32.const 65)) (i32.const 26))
      (then (i32.or (local.get $c) (i32.const 32)))
      (else (local.get $c))))

  ;; same compares n bytes, in any case of ASCII letters.
  (func $same (param $a i32) (param $b i32) (param $n i32) (result i32)
    (block $no
      (loop $next
        (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
        (br_if $no (i32.ne (call $lower (i32.load8_u (local.get $a))) (call $lower (i32.load8_u (local.get $b)))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func $isspace (param $c i32) (result i32)
    (i32.or (i32.eq (local.get $c) (i32.const 32)) (i32.lt_u (i32.sub (local.get $c) (i32.const 9)) (i32.const 5))))

  ;; decimal writes v at p and returns the length.
  (func $decimal (param $p i32) (param $v i64) (result i32)
    (local $n i32) (local $t i64)
    (local.set $t (local.get $v))
    (loop $count
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (local.set $t (i64.div_u (local.get $t) (i64.const 10)))
      (br_if $count (i64.ne (local.get $t) (i64.const 0))))
    (local.set $p (i32.add (local.get $p) (local.get $n)))
    (loop $digit
      (local.set $p (i32.sub (local.get $p) (i32.const 1)))
      (i32.store8 (local.get $p) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $v) (i64.const 10)))))
      (local.set $v (i64.div_u (local.get $v) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $v) (i64.const 0))))
    (local.get $n))

  ;; token skips blanks of the options, which end with a zero, and then c, if that follows: 256 never does.
  (func $token (param $c i32) (result i32)
    (loop $blank
      (if (call $isspace (i32.load8_u (global.get $at)))
        (then (global.set $at (i32.add (global.get $at) (i32.const 1))) (br $blank))))
    (if (i32.ne (i32.load8_u (global.get $at)) (local.get $c)) (then (return (i32.const 0))))
    (global.set $at (i32.add (global.get $at) (i32.const 1)))
    (i32.const 1))

  ;; string is the length of a string that begins here, its quote read; -1: it is none. Escapes it does not know,
  ;; and backquotes, which statements double: the host would not find such a name among the texts.
  (func $string (result i32)
    (local $p i32) (local $c i32)
    (local.set $p (global.get $at))
    (loop $next
      (local.set $c (i32.load8_u (global.get $at)))
      (if (i32.or (i32.or (i32.eq (local.get $c) (i32.const 92)) (i32.eq (local.get $c) (i32.const 96))) (i32.eqz (local.get $c)))
        (then (return (i32.const -1))))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (br_if $next (i32.ne (local.get $c) (i32.const 34))))
    (i32.sub (i32.sub (global.get $at) (local.get $p)) (i32.const 1)))

  (func $number (result i64)
    (local $v i64) (local $d i32) (local $p i32)
    (drop (call $token (i32.const 256)))
    (local.set $p (global.get $at))
    (block $end
      (loop $next
        (local.set $d (i32.sub (i32.load8_u (global.get $at)) (i32.const 48)))
        (br_if $end (i32.ge_u (local.get $d) (i32.const 10)))
        (local.set $v (i64.add (i64.mul (local.get $v) (i64.const 10)) (i64.extend_i32_u (local.get $d))))
        (global.set $at (i32.add (global.get $at) (i32.const 1)))
        (br_if $end (i64.gt_u (local.get $v) (i64.const 1000000000000)))
        (br $next)))
    (if (i32.eq (local.get $p) (global.get $at)) (then (return (i64.const -1))))
    (local.get $v))

  ;; options reads them; 0 if they are not what they have to be.
  (func $options (result i32)
    (local $k i32) (local $n i32)
    (if (i32.eqz (call $token (i32.const 123))) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eqz (call $token (i32.const 34))) (then (return (i32.const 0))))
      (local.set $k (global.get $at))
      (if (i32.ne (call $string) (i32.const 5)) (then (return (i32.const 0))))
      (if (i32.eqz (call $token (i32.const 58))) (then (return (i32.const 0))))
      (if (call $same (local.get $k) (i32.const 0x820) (i32.const 5))
        (then (global.set $limit (call $number)))
        (else
          (if (i32.eqz (call $same (local.get $k) (i32.const 0x828) (i32.const 5))) (then (return (i32.const 0))))
          (if (i32.eqz (call $token (i32.const 34))) (then (return (i32.const 0))))
          (global.set $table (global.get $at))
          (global.set $tablen (call $string))))
      (br_if $next (call $token (i32.const 44))))
    (if (i32.eqz (call $token (i32.const 125))) (then (return (i32.const 0))))
    (drop (call $token (i32.const 256)))
    (i32.and
      (i32.and (i32.eqz (i32.load8_u (global.get $at))) (i64.ge_s (global.get $limit) (i64.const 0)))
      (i32.gt_s (global.get $tablen) (i32.const 0))))

  ;; ps_init(features, length of the options)
  (func (export "ps_init") (param $features i64) (param $len i32) (result i32)
    (local $n i32)
    (global.set $at (i32.const 0x1000))
    (if (i32.gt_u (local.get $len) (i32.const 4096)) (then (local.set $len (i32.const 0))))
    (drop (call $config_read (i32.const 0) (i32.const 0x1000) (local.get $len)))
    (if (i32.eqz (call $options))
      (then
        (drop (call $fail (i32.const 0x890) (i32.const 53)))
        (return (i32.const -2)))) ;; BAD_ARG
    (global.set $metric (call $metric_define (i32.const 1) ;; MetricCounter
      (i32.const 0x808) (i32.const 14)))

    ;; The host need ask about nothing but statements with "quota" or the table's name, as much of it as is allowed, in them.
    (local.set $n (global.get $tablen))
    (if (i32.gt_u (local.get $n) (i32.const 32)) (then (local.set $n (i32.const 32))))
    (i32.store8 (i32.const 0x616) (local.get $n))
    (memory.copy (i32.const 0x617) (global.get $table) (local.get $n))
    (i32.store (i32.const 0x458) (i32.add (local.get $n) (i32.const 7)))
    (i32.const 0x400))

  (func (export "ps_open") (param $reason i32) (result i32)
    ;; OpenSwap: what the predecessor counted
    (if (i32.eq (local.get $reason) (i32.const 1))
      (then
        (if (i32.eq (call $state_read (i32.const 0x600) (i32.const 8)) (i32.const 8))
          (then (global.set $used (i64.load (i32.const 0x600)))))))
    (i32.const 0))

  ;; ps_event(kind, two that EventDetach does not have): what the successor is to know.
  (func (export "ps_event") (param $kind i32) (param i64 i64) (result i64)
    (if (i32.ne (local.get $kind) (i32.const 6)) (then (return (i64.const 0))))
    (i64.store (i32.const 0x10000) (global.get $used))
    (i64.const 0x800000001))  ;; Replaced, 8 bytes

  ;; names says whether the statement names the table: with a schema before it or without.
  (func $names (result i32)
    (local $n i32) (local $p i32) (local $end i32) (local $name i32) (local $more i32)
    (local.set $n (call $sql_tables (i32.const 0x20000) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 0x20000))))
    (if (i32.or (i32.eqz (local.get $n)) (i32.eq (local.get $n) (i32.const -1))) ;; no table, NOT_FOUND: no statement
      (then (return (i32.const 0))))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const 1)))) ;; what cannot be read is taken for the table
    (local.set $more (i32.sub (i32.add (i32.const 0x20000) (local.get $n)) (i32.shl (memory.size) (i32.const 16))))
    (if (i32.gt_s (local.get $more) (i32.const 0))
      (then
        ;; It did not fit.
        (if (i32.eq (memory.grow (i32.shr_u (i32.add (local.get $more) (i32.const 65535)) (i32.const 16))) (i32.const -1))
          (then (return (i32.const 1))))
        (if (i32.ne (call $sql_tables (i32.const 0x20000) (local.get $n)) (local.get $n)) (then (return (i32.const 1))))))
    (local.set $p (i32.const 0x20000))
    (local.set $end (i32.add (local.get $p) (local.get $n)))
    (local.set $name (local.get $p))
    (loop $next
      (if (i32.ge_u (local.get $p) (local.get $end)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 46))
        (then (local.set $name (i32.add (local.get $p) (i32.const 1)))))
      (if (i32.eqz (i32.load8_u (local.get $p)))
        (then
          (if (i32.eq (i32.sub (local.get $p) (local.get $name)) (global.get $tablen))
            (then
              (if (call $same (local.get $name) (global.get $table) (global.get $tablen)) (then (return (i32.const 1))))))
          (local.set $name (i32.add (local.get $p) (i32.const 1)))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; asked says whether the n bytes at p are SHOW QUOTA.
  (func $asked (param $p i32) (param $n i32) (result i32)
    (local $end i32) (local $word i32)
    (local.set $end (i32.add (local.get $p) (local.get $n)))
    (block $no
      (local.set $word (i32.const 0x830))
      (local.set $n (i32.const 4))
      (loop $next
        (block $blanks
          (loop $blank
            (br_if $blanks (i32.ge_u (local.get $p) (local.get $end)))
            (br_if $blanks (i32.eqz (call $isspace (i32.load8_u (local.get $p)))))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))
            (br $blank)))
        (br_if $no (i32.gt_u (i32.add (local.get $p) (local.get $n)) (local.get $end)))
        (br_if $no (i32.eqz (call $same (local.get $p) (local.get $word) (local.get $n))))
        (local.set $p (i32.add (local.get $p) (local.get $n)))
        (if (i32.eq (local.get $n) (i32.const 4))
          (then
            (br_if $no (i32.ge_u (local.get $p) (local.get $end)))
            (br_if $no (i32.eqz (call $isspace (i32.load8_u (local.get $p)))))
            (local.set $word (i32.const 0x838))
            (local.set $n (i32.const 5))
            (br $next))))
      (loop $rest
        (if (i32.ge_u (local.get $p) (local.get $end)) (then (return (i32.const 1))))
        (local.set $n (i32.load8_u (local.get $p)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br_if $rest (i32.eq (local.get $n) (i32.const 59)))
        (br_if $rest (call $isspace (local.get $n)))))
    (i32.const 0))

  ;; total adds to the count of all sessions and leaves the sum at 0x600.
  (func $total (param $delta i64)
    (if (i32.lt_s (call $kv_add (i32.const 0x800) (i32.const 5) (local.get $delta) (i64.const 0) (i32.const 0x600)) (i32.const 0))
      (then
        (i64.store (i32.const 0x600) (i64.const 0))
        (drop (call $log (i32.const 2) (i32.const 0x8d0) (i32.const 40))))))

  ;; ps_query(bytes in the window, flags): Pass, Reject, or Reply with how much of the quota is used.
  (func (export "ps_query") (param $n i32) (param $flags i32) (result i64)
    (local $sql i32) (local $len i32)
    (local.set $sql (i32.load (i32.const 0x4a8)))                    ;; HdrSQLOffset: 40
    (local.set $len (i32.load (i32.const 0x4ac)))                    ;; HdrSQLLength: 44
    (if (i32.and
          (i32.eq (i32.load8_u (i32.const 0x490)) (i32.const 3))     ;; HdrCommand: 16, COM_QUERY
          (i32.le_u (i32.add (local.get $sql) (local.get $len)) (local.get $n)))
      (then
        (if (call $asked (i32.add (i32.const 0x10000) (local.get $sql)) (local.get $len))
          (then
            (call $total (i64.const 0))
            (i32.store (i32.const 0x680) (call $decimal (i32.const 0x684) (global.get $used)))
            (local.set $n (i32.add (i32.const 0x684) (i32.load (i32.const 0x680))))
            (i32.store (local.get $n) (call $decimal (i32.add (local.get $n) (i32.const 4)) (i64.load (i32.const 0x600))))
            (local.set $n (i32.add (local.get $n) (i32.add (i32.const 4) (i32.load (local.get $n)))))
            (drop (call $reply_columns (i32.const 0x900) (i32.const 27)))
            (drop (call $reply_row (i32.const 0x680) (i32.sub (local.get $n) (i32.const 0x680))))
            (return (i64.const 2)))))) ;; Reply
    (if (i32.eqz (call $names)) (then (return (i64.const 0))))
    (if (i64.ge_u (global.get $used) (global.get $limit))
      (then
        (drop (call $metric_add (global.get $metric) (i64.const 1)))
        (i32.store (i32.const 0x568) (i32.const 1226)) ;; HdrErrno: 232
        (memory.copy (i32.const 0x56c) (i32.const 0x840) (i32.const 5)) ;; HdrSQLState: 236
        (memory.copy (i32.const 0x10000) (i32.const 0x850) (i32.const 48))
        (return (i64.const 0x3000000003))))  ;; Reject, 48 bytes
    (global.set $used (i64.add (global.get $used) (i64.const 1)))
    (call $total (i64.const 1))
    (i64.const 0)))
