package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/wire"
)

// columnTypes are MariaDB's column types with literals to store in them,
// borders and bad values among them.
var columnTypes = []struct{ name, values string }{
	{"TINYINT", "0|1|-128|127|300|'x'"},
	{"TINYINT UNSIGNED", "0|255|-1"},
	{"SMALLINT", "-32768|32767|99999"},
	{"MEDIUMINT", "-8388608|8388607"},
	{"INT", "-2147483648|2147483647|'12abc'"},
	{"INT UNSIGNED ZEROFILL", "7|4294967295"},
	{"BIGINT", "-9223372036854775808|9223372036854775807"},
	{"BIGINT UNSIGNED", "18446744073709551615|0"},
	{"DECIMAL(30,10)", "1.5|-99999999999999999999.9999999999|0"},
	{"FLOAT", "1.25|-3.4e38|1e-30"},
	{"DOUBLE", "2.5e300|-0.0|1e-300"},
	{"BIT(1)", "0|1"},
	{"BIT(64)", "b'101'|0xffffffffffffffff"},
	{"BOOLEAN", "TRUE|FALSE"},
	{"DATE", "'2024-02-29'|'0000-00-00'|'9999-12-31'|'2024-02-30'"},
	{"TIME", "'-838:59:59'|'00:00:00'|'12:34:56'"},
	{"TIME(6)", "'12:34:56.123456'|'-00:00:00.000001'"},
	{"DATETIME", "'2024-02-29 23:59:59'|'0000-00-00 00:00:00'"},
	{"DATETIME(3)", "'2024-02-29 23:59:59.987'"},
	{"DATETIME(6)", "'1000-01-01 00:00:00.000001'"},
	{"TIMESTAMP NULL", "'2024-01-01 00:00:00'|NULL"},
	{"TIMESTAMP(6) NULL", "'2024-01-01 00:00:00.654321'"},
	{"YEAR", "1901|2155|0"},
	{"CHAR(10)", "''|'ten chars!'|'far too long for it'"},
	{"VARCHAR(20)", "''|'a'|'äöü€𝄞'|'quote '' and \\\\'"},
	{"VARCHAR(2000) CHARACTER SET latin1", "'é'|REPEAT('x', 300)"},
	{"VARCHAR(20) CHARACTER SET ucs2", "'wide'"},
	{"VARCHAR(20) CHARACTER SET sjis", "_sjis 0x8d5c|'a'"},
	{"BINARY(4)", "'ab'|0x00ff00ff"},
	{"VARBINARY(300)", "''|REPEAT(0xff, 251)|0x00"},
	{"TINYTEXT", "'t'|REPEAT('y', 255)"},
	{"TEXT", "''|REPEAT('z', 65535)"},
	{"MEDIUMTEXT", "REPEAT('m', 70000)"},
	{"LONGTEXT", "'l'"},
	{"TINYBLOB", "0x00"},
	{"BLOB", "0x000102|''"},
	{"MEDIUMBLOB", "REPEAT(0x41, 66000)"},
	{"LONGBLOB", "0xfb"},
	{"ENUM('a','b','c')", "'a'|'c'|'nope'|2"},
	{"SET('x','y','z')", "''|'x,z'|7"},
	{"JSON", `'{"a": [1, 2, null]}'|'not json'`},
	{"GEOMETRY", "ST_GeomFromText('POINT(1 2)')|ST_GeomFromText('LINESTRING(0 0,1 1)')"},
	{"POINT", "POINT(3, 4)"},
	{"INET4", "'192.168.0.1'|'bad'"},
	{"INET6", "'::1'|'2001:db8::ff00:42:8329'"},
	{"UUID", "'123e4567-e89b-12d3-a456-426614174000'"},
}

func buildCorpus(t *testing.T) []step {
	t.Helper()
	steps := lines("SET timestamp = 1700000000\nSET time_zone = '+00:00'\nSET sql_mode = 'STRICT_TRANS_TABLES'")
	steps = append(steps, typeSteps()...)
	steps = append(steps, lines(statements)...)
	steps = append(steps, charsetSteps()...)
	steps = append(steps, procedureSteps()...)
	steps = append(steps, preparedSteps()...)
	return append(steps, commandSteps()...)
}

func typeSteps() (steps []step) {
	for i, c := range columnTypes {
		table := fmt.Sprintf("t%d", i)
		steps = append(steps, query(fmt.Sprintf("CREATE TABLE %s (id INT PRIMARY KEY AUTO_INCREMENT, v %s)", table, c.name)))
		for _, mode := range []string{"STRICT_TRANS_TABLES", ""} {
			steps = append(steps, query("SET sql_mode = '"+mode+"'"))
			for value := range strings.SplitSeq(c.values, "|") {
				steps = append(steps, query(fmt.Sprintf("INSERT INTO %s (v) VALUES (%s)", table, value)))
			}
			steps = append(steps, query("SHOW WARNINGS"))
		}
		steps = append(steps, query(fmt.Sprintf("INSERT INTO %s (v) VALUES (NULL), (NULL)", table)))
		steps = append(steps, both(fmt.Sprintf("SELECT * FROM %s ORDER BY id", table))...)
		steps = append(steps, command(wire.ComFieldList, table+"\x00%"))
	}
	return steps
}

// statements is one step a line. Marked ones differ on a replica: estimates of
// an index's cardinality, and that a replica refuses writes before it looks at the
// transaction.
const statements = `
	CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(30) NOT NULL DEFAULT 'none', n INT, UNIQUE KEY (name))
	INSERT INTO a (name, n) VALUES ('one', 1), ('two', 2), ('three', 3)
	INSERT INTO a (name, n) VALUES ('one', 9)
	INSERT IGNORE INTO a (name, n) VALUES ('one', 9), ('four', 4)
	SHOW WARNINGS
	SHOW COUNT(*) WARNINGS
	INSERT INTO a (name, n) VALUES ('one', 10) ON DUPLICATE KEY UPDATE n = VALUES(n)
	SELECT LAST_INSERT_ID(), ROW_COUNT()
	REPLACE INTO a (id, name, n) VALUES (2, 'two', 22)
	INSERT INTO a (name, n) VALUES ('five', 5) RETURNING id, name
	DELETE FROM a WHERE name = 'five' RETURNING *
	UPDATE a SET n = n + 1
	UPDATE a SET n = n
	UPDATE a SET n = 7 WHERE id = 99999
	SELECT * FROM a ORDER BY id
	SELECT * FROM a WHERE 1 = 0
	SELECT COUNT(*), MAX(n), MIN(name), AVG(n), SUM(n) FROM a
	SELECT SQL_CALC_FOUND_ROWS * FROM a ORDER BY id LIMIT 1
	SELECT FOUND_ROWS()
	SELECT 1/0
	SHOW WARNINGS
	SELECT CAST('abc' AS SIGNED)
	SHOW WARNINGS LIMIT 1
	SELECT 1; SELECT 2
	SELECT 1; SELECT nosuch; SELECT 3
	INSERT INTO a (name) VALUES ('m1'); INSERT INTO a (name) VALUES ('m2'); SELECT COUNT(*) FROM a
	SELECT
	SELEC 1
	SELECT * FROM nosuchtable
	SELECT nosuchcolumn FROM a
	SELECT nosuchfunction(1)
	SELECT * FROM nosuchschema.t
	USE nosuchschema
	CREATE TABLE a (x INT)
	CREATE TABLE IF NOT EXISTS a (x INT)
	SHOW WARNINGS
	DROP TABLE IF EXISTS nothere
	SHOW WARNINGS
	SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'own error', MYSQL_ERRNO = 31001
	SHOW ERRORS
	GET DIAGNOSTICS @n = NUMBER
	SELECT @n
	SET @v := 5, @w := 'text', @x := 1.5, @y := NULL
	SELECT @v, @w, @x, @y, @notset
	SELECT @v := @v + 1
	SET NAMES latin1
	SELECT 'ä', COLLATION('x')
	SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci
	SELECT 'ä€𝄞', CHARSET('x'), COLLATION('x')
	SET character_set_results = NULL
	SELECT name FROM a WHERE id = 1
	SET NAMES utf8mb4
	SET SESSION sql_mode = 'ANSI_QUOTES'
	SELECT "id" FROM "a" ORDER BY 1 LIMIT 1
	SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'
	SELECT 'back\slash', 'x\'
	SET SESSION sql_mode = DEFAULT
	SET nosuchvariable = 1
	SET GLOBAL nosuchvariable = 1
	SELECT @@sql_mode, @@autocommit, @@character_set_client
	SHOW VARIABLES LIKE 'character_set_client'
	SHOW DATABASES LIKE 'corp%'
	SHOW TABLES LIKE 'a%'
	SHOW FULL COLUMNS FROM a
	SHOW CREATE TABLE a
	(one server) SHOW INDEX FROM a
	SHOW COLLATION LIKE 'utf8mb4_general%'
	SHOW CHARACTER SET LIKE 'latin1'
	SHOW ENGINES
	SHOW GRANTS
	SHOW STATUS LIKE 'nosuch%'
	DESCRIBE a
	EXPLAIN SELECT * FROM a WHERE id = 1
	EXPLAIN EXTENDED SELECT n FROM a WHERE id = 1
	SHOW WARNINGS
	EXPLAIN FORMAT=JSON SELECT 1
	ANALYZE TABLE a
	CHECK TABLE a
	CHECKSUM TABLE a
	BEGIN
	INSERT INTO a (name) VALUES ('in transaction')
	SELECT COUNT(*) FROM a
	SAVEPOINT s1
	DELETE FROM a
	ROLLBACK TO SAVEPOINT s1
	RELEASE SAVEPOINT s1
	RELEASE SAVEPOINT nosuch
	COMMIT
	START TRANSACTION READ ONLY
	SELECT COUNT(*) FROM a
	(one server) INSERT INTO a (name) VALUES ('no')
	ROLLBACK
	START TRANSACTION READ WRITE
	COMMIT AND CHAIN
	ROLLBACK RELEASE NO CHAIN
	START TRANSACTION WITH CONSISTENT SNAPSHOT
	COMMIT
	SET autocommit = 0
	SELECT COUNT(*) FROM a
	INSERT INTO a (name) VALUES ('ac0')
	ROLLBACK
	SET autocommit = 1
	SET TRANSACTION ISOLATION LEVEL READ COMMITTED
	SELECT 1
	SET TRANSACTION READ ONLY
	SELECT 2
	XA START 'x1'
	INSERT INTO a (name) VALUES ('xa')
	XA END 'x1'
	XA PREPARE 'x1'
	XA COMMIT 'x1'
	XA RECOVER
	LOCK TABLES a READ
	SELECT COUNT(*) FROM a
	INSERT INTO a (name) VALUES ('locked')
	UNLOCK TABLES
	CREATE TEMPORARY TABLE tmp (x INT)
	INSERT INTO tmp VALUES (1), (2)
	SELECT * FROM tmp ORDER BY x
	DROP TEMPORARY TABLE tmp
	CREATE VIEW v AS SELECT id, name FROM a
	SELECT * FROM v ORDER BY id LIMIT 2
	SHOW CREATE VIEW v
	DROP VIEW v
	CREATE SEQUENCE s START WITH 100
	SELECT NEXTVAL(s)
	SELECT NEXT VALUE FOR s, LASTVAL(s)
	DROP SEQUENCE s
	CREATE TABLE h (x INT) WITH SYSTEM VERSIONING
	INSERT INTO h VALUES (1)
	UPDATE h SET x = 2
	SELECT x FROM h FOR SYSTEM_TIME ALL ORDER BY x
	SET STATEMENT max_statement_time = 10 FOR SELECT 1
	EXECUTE IMMEDIATE 'SELECT ? + 1' USING 41
	PREPARE p FROM 'SELECT ?, ?'
	SET @a = 1, @b = 'b'
	EXECUTE p USING @a, @b
	EXECUTE p
	DEALLOCATE PREPARE p
	EXECUTE p
	HANDLER a OPEN
	HANDLER a READ FIRST
	HANDLER a READ NEXT LIMIT 2
	HANDLER a CLOSE
	DO 1, SLEEP(0)
	SELECT GET_LOCK('corpus', 0), IS_FREE_LOCK('corpus'), RELEASE_LOCK('corpus')
	WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 50) SELECT * FROM r
	SELECT seq FROM seq_1_to_300
	SELECT REPEAT('long ', 10000) AS l, seq FROM seq_1_to_20
	(SELECT 1 AS x) UNION (SELECT 2) ORDER BY x
	VALUES (1, 'a'), (2, 'b')
	SELECT /*! 1 + */ 1, /*M! 2 + */ 2, /*!99999 bad */ 3
	SELECT 1 -- comment
	# only a comment
	SELECT '-- not a comment', "/* nor */ this", 'it''s', "say ""x""" # but this is
	SELECT 0x41, X'4142', b'1000001', _utf8mb4'x', N'n', DATE'2024-01-01', 1e3, .5, -1
	SELECT NULL, TRUE, 'a' 'b', CAST(1 AS CHAR), CONVERT('x' USING latin1)
	SELECT JSON_EXTRACT('{"a": 1}', '$.a'), JSON_ARRAYAGG(n) FROM a
	SELECT ROW_NUMBER() OVER (ORDER BY id) AS r, name FROM a ORDER BY id
	SELECT * FROM a AS x JOIN a AS y USING (id) ORDER BY id LIMIT 3
	SELECT id FROM a ORDER BY id FOR UPDATE
	SELECT id FROM a ORDER BY id LOCK IN SHARE MODE
	SELECT name INTO @into FROM a WHERE id = 1
	SELECT @into
	SELECT id INTO @into FROM a
	ALTER TABLE a ADD COLUMN extra INT DEFAULT 3, ALGORITHM=INSTANT
	ALTER TABLE a ENGINE=InnoDB
	ALTER TABLE a DROP COLUMN nosuch
	CREATE INDEX byn ON a (n)
	DROP INDEX byn ON a
	TRUNCATE TABLE h
	RENAME TABLE h TO h2
	DROP TABLE h2
	CREATE USER corpus_user IDENTIFIED BY 'x'
	SHOW CREATE USER nosuch
	DROP USER corpus_user
	FLUSH TABLES
	FLUSH NONSENSE
	KILL QUERY 999999999
	SHOW PROCEDURE STATUS LIKE 'nosuch'
	CREATE TABLE parent (id INT PRIMARY KEY)
	CREATE TABLE child (p INT, FOREIGN KEY (p) REFERENCES parent (id))
	INSERT INTO child VALUES (1)
	DROP TABLE parent
	DROP TABLE child, parent
	BEGIN NOT ATOMIC SELECT 1; SELECT 2; END
	SELECT CONNECTION_ID() > 0
	SELECT DATABASE(), CURRENT_ROLE()
	SELECT CURRENT_USER()
	LOAD DATA LOCAL INFILE '/nosuch' INTO TABLE a
	SELECT BENCHMARK(10, 1), INSERT('abc', 1, 1, 'x'), REPLACE('a', 'a', 'b')
	CREATE TABLE blank (x INT, y INT)
	INSERT INTO blank () VALUES (), ()
	INSERT INTO blank SELECT seq, seq FROM seq_1_to_100
	SELECT SUM(x), COUNT(y) FROM blank
	DELETE FROM blank WHERE x > 50 LIMIT 10
	UPDATE blank SET y = 0 ORDER BY x DESC LIMIT 5
	SELECT x, y FROM blank PROCEDURE ANALYSE()
`

func charsetSteps() (steps []step) {
	for _, charset := range []string{"latin1", "utf8mb3", "utf8mb4", "sjis", "gbk", "big5", "cp932", "binary", "ucs2"} {
		steps = append(steps, query("SET NAMES "+charset))
		for _, literal := range []string{"'plain'", "'\x8d\x5c'", "'\xbf\x5c'", "'a\x5c\x5cb'", "'\xe4\xbd\xa0'", "'\x00'"} {
			steps = append(steps, query("SELECT HEX("+literal+"), "+literal))
		}
	}
	return append(steps, query("SET NAMES utf8mb4"))
}

func procedureSteps() []step {
	return []step{
		query("CREATE PROCEDURE p1(IN a INT, OUT b INT, INOUT c INT) BEGIN SET b = a * 2; SET c = c + 1; SELECT a, b, c; SELECT 'second'; INSERT INTO blank VALUES (a, b); END"),
		query("SET @c = 1"), query("CALL p1(21, @b, @c)"), query("SELECT @b, @c"),
		prepared("CALL p1(?, @b, @c)", []any{5}, []any{6}),
		query("CREATE PROCEDURE p2() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'in the middle'; END"),
		query("CALL p2()"), query("CALL p1(1)"), query("CALL nosuch()"),
		query("CREATE PROCEDURE p3() BEGIN END"), query("CALL p3()"),
		query("CREATE FUNCTION f1(x INT) RETURNS INT DETERMINISTIC RETURN x + 1"), query("SELECT f1(1), f1(NULL)"),
		query("CREATE TRIGGER tr BEFORE INSERT ON blank FOR EACH ROW SET NEW.y = 77"), query("INSERT INTO blank (x) VALUES (1000)"),
		query("SELECT y FROM blank WHERE x = 1000"), query("DROP TRIGGER tr"),
		query("CALL p1(1, @b, @c); SELECT 'after'; CALL p3()"),
		query("DROP PROCEDURE p1"), query("DROP PROCEDURE p2"), query("DROP PROCEDURE p3"), query("DROP FUNCTION f1"),
	}
}

func preparedSteps() []step {
	many := strings.TrimSuffix(strings.Repeat("?,", 300), ",")
	values := make([]any, 300)
	for i := range values {
		values[i] = i
	}
	return []step{
		prepared("SELECT ?", []any{1}, []any{2}, []any{3}),
		prepared("SELECT ?, ?, ?, ?", []any{nil, "text", 2.5, []byte{0, 255}}),
		prepared("SELECT "+many, values),
		prepared("INSERT INTO a (name, n) VALUES (?, ?)", []any{"prepared 1", 1}, []any{"prepared 2", 2}, []any{"prepared 1", 3}),
		prepared("UPDATE a SET n = ? WHERE name LIKE ?", []any{50, "prepared%"}),
		prepared("SELECT id, name, n FROM a WHERE n = ? ORDER BY id", []any{50}, []any{51}),
		prepared("SELECT * FROM nosuch WHERE a = ?"), prepared("SELEC ?"), prepared("BEGIN", nil), prepared("COMMIT", nil),
		prepared("SET @p = ?", []any{"kept"}), query("SELECT @p"),
		prepared("SHOW TABLES LIKE ?"), prepared("DELETE FROM a WHERE name LIKE ?", []any{"prepared%"}),
		prepared("SELECT REPEAT('x', ?)", []any{100000}, []any{0}),
		cursor("SELECT seq FROM seq_1_to_100", 7), cursor("SELECT * FROM a ORDER BY id", 1000), cursor("SELECT 1 FROM a WHERE 1 = 0", 5),
		{name: "long data", run: func(c *rig.Client) ([]byte, error) {
			all, err := c.Do(wire.ComStmtPrepare, []byte("SELECT LENGTH(?), MD5(?)"))
			if err != nil {
				return all, err
			}
			id := c.Reply.StatementID
			hideStatementID(all)
			for param := range 2 {
				for range 3 {
					chunk := append(append(statementID(id), byte(param), 0), strings.Repeat("chunk", 2000)...)
					if err := c.Send(wire.ComStmtSendLongData, chunk); err != nil {
						return all, err
					}
				}
			}
			m := wire.StmtExecute{Params: 2, ID: id, Iterations: 1, NewTypes: true, Types: []byte{byte(wire.TypeBlob), 0, byte(wire.TypeBlob), 0},
				Values: make([][]byte, 2), LongData: func(int) bool { return true }}
			raw, err := c.Do(wire.ComStmtExecute, m.Encode(nil)[1:])
			all = append(all, raw...)
			if err != nil {
				return all, err
			}
			raw, err = c.Do(wire.ComStmtReset, statementID(id))
			return append(all, raw...), err
		}},
		{name: "unknown statement", run: func(c *rig.Client) ([]byte, error) { return c.Do(wire.ComStmtExecute, execute(424242, nil, 0, true)) }},
		{name: "unknown statement, reset", run: func(c *rig.Client) ([]byte, error) { return c.Do(wire.ComStmtReset, statementID(424242)) }},
	}
}

func commandSteps() []step {
	return []step{
		command(wire.ComPing, ""), command(wire.ComInitDB, "nosuchschema"), command(wire.ComInitDB, corpusSchema),
		command(wire.ComSetOption, "\x01\x00"), query("SELECT 1; SELECT 2"), command(wire.ComSetOption, "\x00\x00"), query("SELECT 1; SELECT 2"),
		command(wire.ComFieldList, "nosuch\x00%"), command(wire.ComFieldList, "a\x00na%"),
		command(wire.ComResetConnection, ""), query("SELECT @p, @@autocommit"),
		{name: "unknown command", run: func(c *rig.Client) ([]byte, error) { return c.Do(wire.Command(0x77), nil) }},
		command(wire.ComPing, ""),
	}
}
