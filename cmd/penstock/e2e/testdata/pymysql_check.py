"""Runs what an application does with PyMySQL and checks the answers.

Usage: pymysql_check.py HOST PORT USER PASSWORD SCHEMA
"""

import datetime
import decimal
import sys

import pymysql

host, port, user, password, schema = sys.argv[1:]


def connect(**options):
    return pymysql.connect(host=host, port=int(port), user=user, password=password, database=schema, charset="utf8mb4", **options)


def one(cursor, statement, *args):
    cursor.execute(statement, args)
    return cursor.fetchone()


db = connect()
c = db.cursor()
c.execute("DROP TABLE IF EXISTS py_check")
c.execute("CREATE TABLE py_check (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(50), amount DECIMAL(10,2), d DATETIME(6), b BLOB)")
when = datetime.datetime(2024, 2, 29, 12, 34, 56, 789000)
assert c.execute("INSERT INTO py_check (name, amount, d, b) VALUES (%s, %s, %s, %s)", ("ünï€𝄞", "12.50", when, b"\x00\xff")) == 1
assert c.lastrowid == 1
# PyMySQL switches autocommit off: this reads its own uncommitted write.
assert one(c, "SELECT name, amount, d, b, NULL FROM py_check") == ("ünï€𝄞", decimal.Decimal("12.50"), when, b"\x00\xff", None)
db.rollback()
assert one(c, "SELECT COUNT(*) FROM py_check") == (0,)
c.executemany("INSERT INTO py_check (name) VALUES (%s)", [(str(i),) for i in range(500)])
db.commit()
assert one(c, "SELECT COUNT(*), SUM(name) FROM py_check") == (500, 124750.0)
db.commit()

try:
    c.execute("SELECT nosuch")
    raise AssertionError("an unknown column was accepted")
except pymysql.err.OperationalError as err:
    assert err.args[0] == 1054, err

c.execute("CREATE OR REPLACE PROCEDURE py_p(IN x INT) BEGIN SELECT x; SELECT x + 1, 'two'; END")
c.callproc("py_p", (41,))
assert c.fetchall() == ((41,),)
assert c.nextset() and c.fetchall() == ((42, "two"),)
while c.nextset():
    pass
c.execute("DROP PROCEDURE py_p")

stream = db.cursor(pymysql.cursors.SSCursor)
stream.execute("SELECT seq, REPEAT('r', 1000) FROM seq_1_to_20000")
assert sum(row[0] for row in stream) == 20000 * 20001 // 2
stream.close()

big = "y" * (17 << 20)
assert one(c, "SELECT LENGTH(%s)", big) == (len(big),)
db.ping()
db.select_db("mysql")
assert one(c, "SELECT DATABASE()") == ("mysql",)
db.select_db(schema)
c.execute("DROP TABLE py_check")
db.close()
try:
    pymysql.connect(host=host, port=int(port), user=user, password="wrong")
    raise AssertionError("a wrong password was accepted")
except pymysql.err.OperationalError as err:
    assert err.args[0] == 1045, err
print("ok")
