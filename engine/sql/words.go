package sql

// What may stand before a parenthesis. The lists are MariaDB 10.11's
// (information_schema.SQL_FUNCTIONS and KEYWORDS, each called to see whether
// the server looks for a stored function of that name), with the functions of
// MySQL 8 and of later MariaDB versions beside them.

// readOnlyFunctions change nothing, and any server answers them alike.
const readOnlyFunctions = `
abs acos add_months adddate addtime aes_decrypt aes_encrypt against any_value ascii asin atan atan2
avg benchmark bin bin_to_uuid binlog_gtid_pos bit_and bit_count bit_length bit_or bit_xor cast ceil
ceiling char char_length character_length charset chr coalesce coercibility collation column_add
column_check column_create column_delete column_exists column_get column_json column_list compress
concat concat_operator_oracle concat_ws connection_id contains conv convert convert_tz cos cot count
crc32 crc32c cume_dist curdate current_date current_role current_time current_timestamp current_user
curtime database date date_add date_format date_sub datediff datetime day dayname dayofmonth
dayofweek dayofyear decode decode_histogram decode_oracle degrees dense_rank des_decrypt des_encrypt
elt encode encrypt enum exp export_set extract extractvalue field find_in_set first_value floor
format format_bytes format_pico_time from_base64 from_days from_unixtime geometrycollection
get_format greatest group_concat grouping gtid_subset gtid_subtract hex hour icu_version if ifnull
inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr interval is_ipv4 is_ipv4_compat
is_ipv4_mapped is_ipv6 is_uuid isnull json_array json_array_append json_array_insert
json_array_intersect json_arrayagg json_compact json_contains json_contains_path json_depth
json_detailed json_equals json_exists json_extract json_insert json_key_value json_keys json_length
json_loose json_merge json_merge_patch json_merge_preserve json_normalize json_object
json_object_filter_keys json_object_to_array json_objectagg json_overlaps json_pretty json_query
json_quote json_remove json_replace json_schema_valid json_schema_validation_report json_search
json_set json_storage_free json_storage_size json_table json_type json_unquote json_valid json_value
lag last_day last_value lcase lead least left length lengthb linestring ln load_file localtime
localtimestamp locate log log10 log2 lower lpad lpad_oracle ltrim ltrim_oracle make_set makedate
maketime max mbrcontains mbrcoveredby mbrcovers mbrdisjoint mbrequal mbrequals mbrintersects
mbroverlaps mbrtouches mbrwithin md5 median microsecond mid min minute mod month monthname
multilinestring multipoint multipolygon name_const natural_sort_key nchar now nth_value ntile nullif
number nvarchar nvl nvl2 oct octet_length offset old_password ord overlaps password percent_rank
percentile_cont percentile_disc period_add period_diff pi point polygon position pow power quarter
quote radians rand random_bytes rank regexp_instr regexp_like regexp_replace regexp_substr repeat
replace replace_oracle reverse right round row_number rownum rows rpad rpad_oracle rtrim
rtrim_oracle schema sec_to_time second session_user sformat sha sha1 sha2 sign signed sin sleep some
soundex space sqrt st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_boundary
st_buffer st_centroid st_contains st_convexhull st_crosses st_difference st_dimension st_disjoint
st_distance st_distance_sphere st_endpoint st_envelope st_equals st_exteriorring st_geohash
st_geomcollfromtext st_geomcollfromwkb st_geometrycollectionfromtext st_geometrycollectionfromwkb
st_geometryfromtext st_geometryfromwkb st_geometryn st_geometrytype st_geomfromgeojson
st_geomfromtext st_geomfromwkb st_interiorringn st_intersection st_intersects st_isclosed st_isempty
st_isring st_issimple st_isvalid st_latfromgeohash st_length st_linefromtext st_linefromwkb
st_linestringfromtext st_linestringfromwkb st_longfromgeohash st_makeenvelope st_mlinefromtext
st_mpointfromtext st_mpolyfromtext st_numgeometries st_numinteriorrings st_numpoints st_overlaps
st_pointfromgeohash st_pointfromtext st_pointfromwkb st_pointn st_pointonsurface st_polyfromtext
st_polyfromwkb st_polygonfromtext st_polygonfromwkb st_relate st_simplify st_srid st_startpoint
st_swapxy st_symdifference st_touches st_transform st_union st_validate st_within st_x st_y
statement_digest statement_digest_text std stddev stddev_pop stddev_samp str_to_date strcmp subdate
substr substr_oracle substring substring_index subtime sum sys_guid sysdate system_user tan text
time time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_char to_days
to_seconds trim trim_oracle truncate ucase uncompress uncompressed_length unhex unix_timestamp
updatexml upper user utc_date utc_time utc_timestamp uuid uuid_short uuid_to_bin uuid_v4 uuid_v7
value var_pop var_samp variance vec_distance vec_distance_cosine vec_distance_euclidean vec_fromtext
vec_totext version week weekday weekofyear weight_string window within year yearweek
`

// primaryFunctions read what only the primary, or the connection that holds
// the lock or made the id, knows.
const primaryFunctions = `
get_lock is_free_lock is_used_lock last_insert_id lastval master_gtid_wait master_pos_wait
release_all_locks release_lock source_pos_wait wait_for_executed_gtid_set
wait_until_sql_thread_after_gtids wsrep_last_seen_gtid wsrep_last_written_gtid
wsrep_sync_wait_upto_gtid
`

// sequenceFunctions move a sequence; in Oracle mode they follow a dot.
const sequenceFunctions = `
currval nextval setval
`

// lastFunctions tell about the statement before.
const lastFunctions = `
found_rows row_count
`

// reservedWords cannot name a stored function.
const reservedWords = `
accessible add all alter analyze and any as asc asensitive before between bigint binary blob both by
call cascade case change char character check collate column condition constraint continue convert
create cross cursor databases day_hour day_microsecond day_minute day_second dec decimal declare
default delayed delete desc describe deterministic distinct distinctrow div double drop dual each
else elseif enclosed escaped except exists exit explain false fetch float float4 float8 for force
foreign from fulltext function grant group having hour_microsecond hour_minute hour_second if ignore
in index infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect
interval into is iterate join key keys kill lateral leading leave left like limit linear lines load
lock long longblob longtext loop low_priority match maxvalue mediumblob mediumint mediumtext
middleint minute_microsecond minute_second mod modifies natural not null numeric on optimize option
optionally or order out outer outfile over partition precision primary procedure purge range read
reads real recursive references regexp release rename repeat replace require resignal restrict
return returning revoke right rlike schemas second_microsecond select sensitive separator set show
signal smallint spatial specific sql sql_big_result sql_calc_found_rows sql_small_result
sqlexception sqlstate sqlwarning ssl starting straight_join table terminated then tinyblob tinyint
tinytext to trailing trigger true undo union unique unlock unsigned update usage use using values
varbinary varchar varcharacter varying when where while with write xor year_month zerofill
`
