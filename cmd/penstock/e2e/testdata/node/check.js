// Runs what an application does with mysql2 and checks the answers.
// Usage: node check.js HOST PORT USER PASSWORD SCHEMA
'use strict';
const assert = require('node:assert');
const mysql = require('mysql2/promise');

async function main() {
  const [host, port, user, password, database] = process.argv.slice(2);
  const pool = mysql.createPool({
    host, port: Number(port), user, password, database, connectionLimit: 8, multipleStatements: true, supportBigNumbers: true,
  });

  await pool.query('DROP TABLE IF EXISTS node_check');
  await pool.query('CREATE TABLE node_check (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(50), n BIGINT, d DATETIME(3), b BLOB, j JSON)');
  const [inserted] = await pool.execute('INSERT INTO node_check (name, n, d, b, j) VALUES (?, ?, ?, ?, ?)',
    ['ünï€𝄞', '9007199254740993', '2024-02-29 12:34:56.789', Buffer.from([0, 1, 255]), '{"a":1}']);
  assert.strictEqual(inserted.insertId, 1);
  assert.strictEqual(inserted.affectedRows, 1);

  // Reads may be answered by the replica: inside a transaction they are not.
  const tx = await pool.getConnection();
  await tx.beginTransaction();
  for (const run of [tx.query, tx.execute]) {
    const [rows] = await run.call(tx, 'SELECT id, name, n, d, b, NULL AS nothing FROM node_check WHERE id = ?', [1]);
    assert.strictEqual(rows.length, 1);
    assert.strictEqual(rows[0].name, 'ünï€𝄞');
    assert.strictEqual(String(rows[0].n), '9007199254740993');
    assert.strictEqual(rows[0].d.getMilliseconds(), 789);
    assert.deepStrictEqual(rows[0].b, Buffer.from([0, 1, 255]));
    assert.strictEqual(rows[0].nothing, null);
  }
  await tx.execute('UPDATE node_check SET n = 0');
  await tx.rollback();
  await tx.beginTransaction();
  const [[{ n }]] = await tx.query('SELECT n FROM node_check');
  assert.strictEqual(String(n), '9007199254740993');
  await tx.commit();

  const [results] = await tx.query('SELECT 1 AS a; SELECT 2 AS b');
  assert.deepStrictEqual(results.map((r) => Object.values(r[0])[0]), [1, 2]);
  await assert.rejects(tx.query('SELEC'), { errno: 1064, code: 'ER_PARSE_ERROR', sqlState: '42000' });
  await tx.changeUser({ user, password, database });
  const [[{ u }]] = await tx.query('SELECT CURRENT_USER() AS u');
  assert.match(u, new RegExp(`^${user}@`));
  await tx.ping();
  tx.release();

  const big = 'x'.repeat(17 * 1024 * 1024);
  const [[{ length }]] = await pool.query('SELECT LENGTH(?) AS length', [big]);
  assert.strictEqual(length, big.length);

  await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const [[{ v }]] = await pool.execute('SELECT ? + 1 AS v', [i]);
    assert.strictEqual(Number(v), i + 1);
  }));
  await pool.query('DROP TABLE node_check');
  await pool.end();
  console.log('ok');
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
