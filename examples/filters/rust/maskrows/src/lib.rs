//! maskrows: what columns hold whose names match a pattern does not reach the client. Texts
//! become the mask, values of other types NULL; NULL stays NULL.
//!
//! Names are those that the server gives the result's columns: what an expression has made of a
//! column is another one. Cursors are refused, because their rows come without columns.
//!
//! Options: `columns`, a list of patterns with `*` and `?`, required; `mask`, a text.

use penstock_sdk::{abi, is_text, Filter, Metric, Options, Phase, Plugin, Query, Reply, Verdict};

struct MaskRows {
    patterns: Vec<String>,
    mask: String,
    masked: Vec<bool>, // by column of the result
    values: Metric,
}

impl Plugin for MaskRows {
    fn new(o: &mut Options) -> Result<Self, String> {
        let patterns = o.strings("columns");
        let mask = o.string("mask", "***");
        if patterns.is_empty() {
            o.fail("columns", "is required: patterns of column names, such as \"*password*\"");
        }
        o.commands(&[abi::COM_QUERY, abi::COM_STMT_EXECUTE, abi::COM_STMT_BULK_EXECUTE, abi::COM_STMT_FETCH]);
        o.reply_level(abi::REPLY_ROWS);
        Ok(MaskRows { patterns, mask, masked: Vec::new(), values: Metric::counter("values_masked") })
    }
}

impl Filter for MaskRows {
    fn query(&mut self, q: &mut Query) -> Verdict {
        if q.command() == abi::COM_STMT_FETCH {
            return Verdict::reject(1235, "42000", "maskrows: rows of a cursor cannot be masked");
        }
        Verdict::Pass
    }

    fn reply(&mut self, r: &mut Reply) -> Verdict {
        match r.phase() {
            Phase::Columns => {
                // An alias does not unmask a column: its own name in the table counts too.
                let hit = |name: &[u8]| self.patterns.iter().any(|p| like(p.as_bytes(), name));
                self.masked = r.definitions().map(|d| hit(d.name) || hit(d.org_name)).collect();
                Verdict::Pass
            }
            Phase::Rows if self.masked.contains(&true) => self.rows(r),
            _ => Verdict::Pass,
        }
    }
}

impl MaskRows {
    fn rows(&self, r: &Reply) -> Verdict {
        let mut out = Vec::with_capacity(r.part().len());
        let mut values = 0;
        let mut packets = r.packets();
        for p in &mut packets {
            let mut row = r.row(p.payload);
            let mut to = r.write_row(&mut out);
            for f in &mut row {
                let hide = self.masked[f.column] && f.value.is_some();
                match () {
                    _ if !hide => to.field(&f),
                    _ if is_text(f.kind) => to.text(self.mask.as_bytes()),
                    _ => to.null(),
                }
                values += i64::from(hide);
            }
            to.end();
            if !row.is_whole() {
                // What cannot be read cannot be masked.
                return Verdict::reject(1105, "", "maskrows: a row does not fit its columns");
            }
        }
        if !packets.rest().is_empty() {
            return Verdict::reject(1105, "", "maskrows: a row is cut off");
        }
        self.values.add(values);
        Verdict::Replace(out)
    }
}

/// Matches a whole text, in any case of ASCII letters: `*` is any text, `?` any one byte.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => like(rest, text),
        (Some((b'*', rest)), Some((_, tail))) => like(rest, text) || like(pattern, tail),
        (Some((p, rest)), Some((t, tail))) => (*p == b'?' || p.eq_ignore_ascii_case(t)) && like(rest, tail),
        _ => false,
    }
}

penstock_sdk::metadata!("../../maskrows.json");
penstock_sdk::plugins! { filter "maskrows" => MaskRows }

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::testing::{column, host, Command, Session, Summary};
    use penstock_sdk::{append_lenenc, append_packet};

    fn start() -> Session {
        Session::filter::<MaskRows>("{\"columns\":[\"*pass*\",\"salary\"],\"mask\":\"xx\"}")
    }

    /// Columns id INT, password VARCHAR, Salary INT.
    fn definitions(s: &mut Session) {
        let mut b = vec![1, 0, 0, 0, 3];
        b.extend(column("id", abi::FIELD_LONG));
        b.extend(column("password", abi::FIELD_VAR_STRING));
        b.extend(column("Salary", abi::FIELD_LONG));
        assert_eq!(s.reply(abi::PHASE_COLUMNS, Summary::default(), &b).action, abi::ACTION_PASS);
    }

    fn packets(payloads: &[&[u8]]) -> Vec<u8> {
        let mut b = Vec::new();
        payloads.iter().for_each(|p| append_packet(&mut b, p));
        b
    }

    #[test]
    fn text_rows() {
        let mut s = start();
        s.query("SELECT * FROM t", abi::TYPE_READ);
        definitions(&mut s);
        let rows = packets(&[b"\x017\x06secret\x03100", b"\x018\xfb\x03100"]);
        let r = s.reply(abi::PHASE_ROWS, Summary::default(), &rows);
        assert_eq!(r.output, packets(&[b"\x017\x02xx\xfb", b"\x018\xfb\xfb"]));
        assert_eq!(host(|h| h.metrics["values_masked"]), 3);

        // One that is longer than the window, whose rest the host holds.
        let mut long = Vec::new();
        append_lenenc(&mut long, &[b'x'; 100_000]);
        let mut want = long.clone();
        long.extend_from_slice(b"\x06secret\x03100");
        want.extend_from_slice(b"\x02xx\xfb");
        let r = s.reply(abi::PHASE_ROWS, Summary::default(), &packets(&[&long]));
        assert!(r.output == packets(&[&want]));
    }

    #[test]
    fn binary_rows() {
        let mut s = start();
        s.run(Command { command: abi::COM_STMT_EXECUTE, ..Command::default() });
        definitions(&mut s);
        let r = s.reply(abi::PHASE_ROWS, Summary::default(), &packets(&[b"\0\0\x07\0\0\0\x06secret\x64\0\0\0"]));
        assert_eq!(r.output, packets(&[b"\0\x10\x07\0\0\0\x02xx"]));
    }

    #[test]
    fn nothing_gets_through_that_cannot_be_read() {
        let mut s = start();
        s.query("SELECT * FROM t", abi::TYPE_READ);
        definitions(&mut s);
        let whole = packets(&[b"\x017\x06secret\x03100"]);
        for n in 0..whole.len() {
            let r = s.reply(abi::PHASE_ROWS, Summary::default(), &whole[..n]);
            assert!(n == 0 || r.action == abi::ACTION_REJECT, "{} bytes: {:?}", n, r);
        }
        assert_eq!(s.reply(abi::PHASE_ROWS, Summary::default(), &packets(&[b"\x017"])).action, abi::ACTION_REJECT);
        assert_eq!(s.run(Command { command: abi::COM_STMT_FETCH, ..Command::default() }).errno, 1235);
    }

    #[test]
    fn options() {
        assert!(Session::refusal::<MaskRows>("{}").contains("\"columns\" is required"));
    }

    #[test]
    fn patterns() {
        for (p, t, want) in [("*", "", true), ("a*c", "ABBC", true), ("a?c", "ac", false), ("*x*", "axb", true), ("a", "ab", false)] {
            assert_eq!(like(p.as_bytes(), t.as_bytes()), want, "{} {}", p, t);
        }
    }
}
