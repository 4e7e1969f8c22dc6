//! everything: a filter that does each thing that the SDK can, when a statement says so. The
//! tests of the examples run it against a server.

use std::time::Duration;

use penstock_sdk::{
    abi, append_packet, call, cancel_timer, fresh_targets, handed_over, info, kv, log, log_enabled, random, set_timer, sink_write,
    state, tee, Answer, Column, Errno, Filter, Hint, Metric, OpenReason, Options, Plugin, Query, Verdict,
};

struct Everything {
    options: String,
    commands: u64,
    timers: u64,
    held: u64,
    seen: Metric,
    level: Metric,
    sizes: Metric,
}

impl Plugin for Everything {
    fn new(o: &mut Options) -> Result<Self, String> {
        let name = o.string("name", "nobody");
        let mut items = o.strings("list").len() as i64;
        for mut t in o.tables("tables") {
            items += t.int("n", 0, 0..=1000);
        }
        let options = format!(
            "{} {} {} {} {} {}",
            name,
            o.size("size", 1),
            o.duration("wait", Duration::ZERO).as_nanos(),
            o.bool("flag", false) as u8,
            o.word("word", 0, &["red", "green"]),
            items
        );
        o.commands(&[abi::COM_QUERY]);
        o.needs(abi::NEED_CANONICAL | abi::NEED_SQL | abi::NEED_HOLD);
        o.features(abi::FEATURE_KV | abi::FEATURE_TIMERS | abi::FEATURE_METRICS | abi::FEATURE_SINKS);
        o.on_failure(abi::FAILURE_RESTART);
        o.texts(&["'do "]);
        if name == "refuse" {
            return Err("asked to refuse".into());
        }
        Ok(Everything {
            options,
            commands: 0,
            timers: 0,
            held: 0,
            seen: Metric::counter("statements_seen"),
            level: Metric::gauge("level"),
            sizes: Metric::histogram("sizes"),
        })
    }

    fn open(&mut self, reason: OpenReason) -> Result<(), String> {
        if reason != OpenReason::Swap {
            return Ok(());
        }
        if let Some(old) = handed_over() {
            let mut r = state::Reader::new(&old, 1);
            self.commands = r.number();
            if r.text() != b"everything" {
                return Err("a strange state".into());
            }
            r.end()?;
        }
        Ok(())
    }

    fn timer(&mut self, id: u32) -> Verdict {
        self.timers += u64::from(id);
        Verdict::Pass
    }

    fn detach(&mut self, out: &mut Vec<u8>) {
        state::append_number(out, 1);
        state::append_number(out, self.commands);
        state::append_text(out, b"everything");
    }

    fn diagnose(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"commands\":{}}}", self.commands).as_bytes());
    }
}

/// Answers with one row of one column.
fn give(value: impl ToString) -> Verdict {
    Answer::new().columns(&[Column::text("value")]).row(&[Some(value.to_string().as_bytes())]).verdict()
}

fn text(b: &[u8]) -> String {
    String::from_utf8_lossy(b).into_owned()
}

fn shared_values() -> Result<i64, Errno> {
    let _ = kv::delete("k");
    assert_eq!(kv::get("k"), Err(Errno::NOT_FOUND));
    assert_eq!(kv::swap("k", b"a", b"b", None), Err(Errno::NOT_FOUND));
    kv::create("k", b"a", None)?;
    assert_eq!(kv::create("k", b"b", None), Err(Errno::CAS_MISMATCH));
    assert_eq!(kv::swap("k", b"b", b"a", None), Err(Errno::CAS_MISMATCH));
    kv::swap("k", b"a", b"b", None)?;
    assert_eq!(kv::get("k")?, b"b");
    kv::set("k", b"a", Some(Duration::from_secs(1)))?;
    kv::add("sum", 5, None)
}

fn timers() -> Result<(), Errno> {
    set_timer(3, Duration::from_millis(1))?;
    set_timer(4, Duration::from_secs(60))?;
    cancel_timer(4)?;
    assert_eq!(cancel_timer(5), Err(Errno::NOT_FOUND));
    Ok(())
}

impl Filter for Everything {
    fn query(&mut self, q: &mut Query) -> Verdict {
        self.commands += 1;
        self.seen.add(1);
        let sql = text(q.sql());
        let what = sql.split("'do ").nth(1).and_then(|s| s.split('\'').next()).unwrap_or("");
        match what {
            "rewrite" => Verdict::Replace(b"SELECT 'rewritten'".to_vec()),
            "reject" => Verdict::reject(1142, "42000", "everything: asked to reject"),
            "rows" => Answer::new()
                .columns(&[Column::number("n"), Column::text("name")])
                .row(&[Some(b"1"), Some(b"one")])
                .row(&[Some(b"2"), None])
                .verdict(),
            "ok" => Answer::new().ok(3, 7, 0).verdict(),
            "packets" => {
                let mut ok = Vec::new();
                append_packet(&mut ok, &[0, 5, 9, 2, 0, 0, 0]);
                Answer::new().packets(&ok).verdict()
            }
            "metrics" => {
                self.level.set(50);
                self.level.add(-8);
                self.sizes.observe(3);
                self.sizes.observe(1000);
                Verdict::Pass
            }
            "error" => Answer::new().err(1644, "45000", "everything: asked for an error").verdict(),
            "hint" => {
                q.set_hint(Hint::Primary);
                Verdict::Pass
            }
            "kv" => give(shared_values().unwrap()),
            "timer" => {
                timers().unwrap();
                Verdict::Pass
            }
            "timers" => give(self.timers),
            "state" => give(self.commands),
            "info" => give(info("user") + "@" + &info("schema") + &info("nothing")),
            "options" => give(&self.options),
            "canonical" => give(text(&q.canonical())),
            "tables" => give(q.tables().iter().map(|t| text(t)).collect::<Vec<_>>().join(",")),
            "hold" if self.held != q.sequence() => {
                self.held = q.sequence();
                Verdict::Hold(Duration::from_millis(1))
            }
            "whole" => give(q.whole(1 << 20).unwrap().len()),
            "sink" => {
                sink_write(0, b"everything was here\n").unwrap();
                Verdict::Pass
            }
            "log" => {
                if log_enabled(abi::LOG_NOTICE) {
                    log(abi::LOG_NOTICE, "everything: a line of the log");
                }
                Verdict::Pass
            }
            "random" => give(random()),
            "extensions" => {
                let none = Err(Errno::UNSUPPORTED);
                give((tee("x", q.sql()) == none && call("x", q.sql(), &mut []) == none.map(|_: ()| 0)) as u8)
            }
            "targets" => give(fresh_targets().len()),
            "panic" => panic!("everything: asked to panic"),
            "close" => Verdict::close(1927, "08S01", "everything: asked to close"),
            "detach" => Verdict::Detach,
            _ => Verdict::Pass,
        }
    }
}

penstock_sdk::plugins! { filter "everything" => Everything }
