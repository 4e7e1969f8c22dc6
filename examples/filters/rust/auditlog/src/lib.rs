//! auditlog: a line for each statement in the definition's first sink: who, in which schema,
//! which statement (its digest), how long it took, how many rows it gave.

use penstock_sdk::{
    abi, info, sink_write, CloseReason, Filter, Metric, OpenReason, Options, Phase, Plugin, Query, Reply, Verdict,
};

struct AuditLog {
    user: String,
    open: Option<Statement>,
    lost: Metric,
}

/// A statement whose reply has not ended.
struct Statement {
    digest: u64,
    schema: String,
}

impl Plugin for AuditLog {
    fn new(o: &mut Options) -> Result<Self, String> {
        o.commands(&[abi::COM_QUERY, abi::COM_STMT_EXECUTE]);
        o.needs(abi::NEED_DIGEST);
        o.features(abi::FEATURE_SINKS);
        o.reply_level(abi::REPLY_SUMMARY);
        Ok(AuditLog { user: String::new(), open: None, lost: Metric::counter("lines_lost") })
    }

    fn open(&mut self, _: OpenReason) -> Result<(), String> {
        self.session_reset();
        Ok(())
    }

    /// The user is another one after COM_CHANGE_USER.
    fn session_reset(&mut self) {
        self.user = info("user");
    }

    fn close(&mut self, _: CloseReason) {
        self.finish(None);
    }
}

impl Filter for AuditLog {
    fn query(&mut self, q: &mut Query) -> Verdict {
        self.finish(None);
        self.open = Some(Statement { digest: q.digest(), schema: info("schema") });
        Verdict::Pass
    }

    fn reply(&mut self, r: &mut Reply) -> Verdict {
        if r.phase() == Phase::Summary {
            self.finish(Some(r));
        }
        Verdict::Pass
    }
}

impl AuditLog {
    /// Writes the line. Without a reply nobody knows how the statement ended.
    fn finish(&mut self, r: Option<&Reply>) {
        let s = match self.open.take() {
            Some(s) => s,
            None => return,
        };
        let mut line = format!(
            "{{\"user\":{},\"schema\":{},\"digest\":\"{:016x}\"",
            json(&self.user),
            json(&s.schema),
            s.digest
        );
        if let Some(r) = r {
            line += &format!(
                ",\"duration_us\":{},\"rows\":{},\"errno\":{}",
                r.duration().as_micros(),
                r.rows(),
                r.errno()
            );
        }
        line += "}\n";
        if sink_write(0, line.as_bytes()).is_err() {
            self.lost.add(1);
        }
    }
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

penstock_sdk::metadata!("../../auditlog.json");
penstock_sdk::plugins! { filter "auditlog" => AuditLog }

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::testing::{host, Command, Session, Summary};
    use std::time::Duration;

    fn log() -> String {
        host(|h| String::from_utf8(h.sinks.remove(&0).unwrap_or_default()).unwrap())
    }

    #[test]
    fn a_line_for_each_statement() {
        let mut s = Session::filter::<AuditLog>("{}");
        let statement = Command { sql: "SELECT 1", digest: 0xabc, ..Command::default() };
        assert_eq!(s.run(statement.clone()).action, abi::ACTION_PASS);
        let sum = Summary { rows: 3, duration: Duration::from_micros(2500), ..Summary::default() };
        s.reply(abi::PHASE_SUMMARY, sum, &[]);
        let head = "{\"user\":\"app\",\"schema\":\"shop\",\"digest\":\"0000000000000abc\"";
        assert_eq!(log(), format!("{},\"duration_us\":2500,\"rows\":3,\"errno\":0}}\n", head));

        // What never had a reply is written all the same, and the user is the one of the moment.
        host(|h| h.facts.insert("user".into(), "o\"brien".into()));
        s.event(abi::EVENT_SESSION_RESET, 0, 0);
        s.run(statement);
        s.close(abi::CLOSE_SESSION_END);
        assert_eq!(log(), head.replace("app", "o\\\"brien") + "}\n");
    }

    #[test]
    fn there_are_no_options() {
        assert_eq!(Session::refusal::<AuditLog>("{\"file\":1}"), "filter: unknown option \"file\"; allowed: ");
    }
}
