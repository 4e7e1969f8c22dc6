//! A host for unit tests, on any machine but WebAssembly.
//!
//! [`Session::filter`] and [`Session::router`] do what the host does for a session: they make the
//! plugin from options in JSON and open it. [`Session::run`] is one command,
//! [`Session::reply`] a part of its reply, [`Session::event`] an event. Each thread has a host
//! of its own, so tests may run side by side, but each test has one session at a time.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::boundary::{self, shared};
use crate::{abi, guest, Filter, Registration, Router};

/// What the host knows and what it has been told.
#[derive(Debug, Clone)]
pub struct Host {
    /// What [`crate::info`] returns.
    pub facts: BTreeMap<String, String>,
    /// Names and `abi::TARGET_*` bits of the servers.
    pub targets: Vec<(String, u32)>,
    /// Grows with their changes.
    pub targets_version: u32,
    /// The target that answered last.
    pub current: u32,
    /// The monotonic clock.
    pub now: Duration,
    /// What a predecessor handed over.
    pub state: Option<Vec<u8>>,
    /// Lines above it are not wanted.
    pub log_level: u32,
    /// The log.
    pub lines: Vec<String>,
    /// What was written to each sink.
    pub sinks: BTreeMap<u32, Vec<u8>>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, i64>,
    /// Timers that are set, in milliseconds.
    pub timers: BTreeMap<u32, u32>,
    /// The shared values.
    pub kv: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The parts of a reply that the last hook has built, such as `row 1 NULL`.
    pub built: Vec<String>,
    /// Why the plugin refused.
    pub failure: String,
    names: Vec<String>,
    options: Vec<u8>,
    payload: Vec<u8>,
    beyond: Vec<u8>,
    canonical: Vec<u8>,
    tables: Vec<u8>,
}

impl Default for Host {
    fn default() -> Host {
        let facts = [("user", "app"), ("host", "127.0.0.1"), ("schema", "shop"), ("service", "svc"), ("session", "7")];
        Host {
            facts: facts.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            targets: Vec::new(),
            targets_version: 1,
            current: abi::NO_TARGET,
            now: Duration::from_secs(3600),
            state: None,
            log_level: abi::LOG_DEBUG,
            lines: Vec::new(),
            sinks: BTreeMap::new(),
            metrics: BTreeMap::new(),
            timers: BTreeMap::new(),
            kv: BTreeMap::new(),
            built: Vec::new(),
            failure: String::new(),
            names: Vec::new(),
            options: Vec::new(),
            payload: Vec::new(),
            beyond: Vec::new(),
            canonical: Vec::new(),
            tables: Vec::new(),
        }
    }
}

std::thread_local! {
    static HOST: RefCell<Host> = RefCell::new(Host::default());
}

/// Looks at this thread's host, or changes it.
pub fn host<T>(f: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with(|h| f(&mut h.borrow_mut()))
}

/// A command, with what the host computes for it. The default is a COM_QUERY without text,
/// with autocommit.
#[derive(Debug, Clone, Default)]
pub struct Command<'a> {
    /// 0: `abi::COM_QUERY`.
    pub command: u8,
    /// The statement.
    pub sql: &'a str,
    /// Instead of the command byte and the statement.
    pub payload: Option<&'a [u8]>,
    /// `abi::TYPE_*`.
    pub types: u64,
    /// `abi::OP_*`.
    pub operation: u32,
    /// `abi::SESSION_*`; 0: autocommit.
    pub flags: u32,
    /// Its digest.
    pub digest: u64,
    /// Its canonical text.
    pub canonical: &'a str,
    /// Its tables.
    pub tables: &'a [&'a str],
    /// `abi::HINT_*`.
    pub hint: u32,
    /// For `abi::HINT_SERVER`.
    pub hint_server: &'a str,
}

/// What the header says about a reply.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Summary {
    pub state: u32,
    pub errno: u32,
    pub rows: u64,
    pub bytes: u64,
    pub affected: u64,
    pub columns: u32,
    pub status: u32,
    pub duration: Duration,
    pub server: u32,
}

/// A hook's answer and all that comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `abi::ACTION_*`.
    pub action: u8,
    /// Its argument.
    pub argument: u32,
    /// A command with its byte, packets, or a message.
    pub output: Vec<u8>,
    /// Of Reject and Close.
    pub errno: u32,
    /// Of Reject and Close; empty if the plugin gave none.
    pub state: String,
    /// A router's second choice.
    pub fallback: u32,
    /// The reply level that was asked for.
    pub reply_level: u32,
    /// `abi::HINT_*`.
    pub hint: u32,
    /// The hint's server.
    pub hint_server: String,
}

impl Answer {
    /// The message of Reject and Close, or a statement behind its command byte.
    pub fn text(&self) -> String {
        let skip = usize::from(self.action == abi::ACTION_REPLACED && !self.output.is_empty());
        String::from_utf8_lossy(&self.output[skip..]).into_owned()
    }
}

/// A session with one plugin.
pub struct Session {
    router: bool,
    sequence: u64,
    command: u8,
    flags: u32,
}

impl Session {
    /// Starts a filter with a new host. Panics if it refuses.
    pub fn filter<T: Filter + 'static>(options: &str) -> Session {
        host(|h| *h = Host::default());
        Session::start(Registration::filter::<T>("filter"), options, false)
    }

    /// Starts a router with a new host. Panics if it refuses.
    pub fn router<T: Router + 'static>(options: &str) -> Session {
        host(|h| *h = Host::default());
        Session::start(Registration::router::<T>("router"), options, true)
    }

    fn start(plugin: Registration, options: &str, router: bool) -> Session {
        if let Err(why) = init(plugin, options) {
            panic!("the plugin refuses {}: {}", options, why);
        }
        let s = Session { router, sequence: 0, command: abi::COM_QUERY, flags: abi::SESSION_AUTOCOMMIT };
        if let Err(why) = s.open(abi::OPEN_NEW) {
            panic!("the plugin refuses the session: {}", why);
        }
        s
    }

    /// Why a filter refuses options. Panics if it takes them.
    pub fn refusal<T: Filter + 'static>(options: &str) -> String {
        host(|h| *h = Host::default());
        match init(Registration::filter::<T>("filter"), options) {
            Err(why) => why,
            Ok(()) => panic!("the plugin takes {}", options),
        }
    }

    /// Opens the session for a reason, `abi::OPEN_*`, other than the first.
    pub fn open(&self, reason: u32) -> Result<(), String> {
        self.header();
        match guest::open(reason as i32) {
            abi::OK => Ok(()),
            _ => Err(host(|h| h.failure.clone())),
        }
    }

    /// Ends the session: `abi::CLOSE_*`.
    pub fn close(&self, reason: u32) {
        guest::close(reason as i32)
    }

    /// Whether the plugin asked for the command byte.
    pub fn subscribed(&self, command: u8) -> bool {
        let d = unsafe { &(*shared()).descriptor };
        d[abi::DESC_COMMANDS + usize::from(command / 8)] >> (command % 8) & 1 == 1
    }

    /// Calls the hook for the next command.
    pub fn run(&mut self, c: Command) -> Answer {
        self.sequence += 1;
        self.again(c)
    }

    /// [`Session::run`] for a statement of a type, `abi::TYPE_*`.
    pub fn query(&mut self, sql: &str, types: u64) -> Answer {
        self.run(Command { sql, types, ..Command::default() })
    }

    /// Calls the hook for the same command once more, as after Hold.
    pub fn again(&mut self, c: Command) -> Answer {
        self.command = if c.command == 0 { abi::COM_QUERY } else { c.command };
        self.flags = if c.flags == 0 { abi::SESSION_AUTOCOMMIT } else { c.flags };
        self.header();
        let mut payload = alloc::vec![self.command];
        payload.extend_from_slice(c.sql.as_bytes());
        if c.payload.is_none() {
            boundary::put_header_u32(abi::HDR_SQL_OFFSET, 1);
            boundary::put_header_u32(abi::HDR_SQL_LENGTH, c.sql.len() as u32);
        }
        boundary::put_header(abi::HDR_TYPE, &c.types.to_le_bytes());
        boundary::put_header_u32(abi::HDR_OPERATION, c.operation);
        boundary::put_header(abi::HDR_DIGEST, &c.digest.to_le_bytes());
        boundary::put_header_u32(abi::HDR_HINT_KIND, c.hint);
        boundary::put_header_u32(abi::HDR_HINT_LENGTH, c.hint_server.len() as u32);
        boundary::put_header(abi::HDR_HINT_NAME, c.hint_server.as_bytes());
        host(|h| {
            h.built.clear();
            h.canonical = c.canonical.as_bytes().to_vec();
            h.tables = c.tables.iter().flat_map(|t| t.bytes().chain([0])).collect();
        });
        let n = self.place(c.payload.unwrap_or(&payload));
        let verdict = if self.router { guest::route(n) } else { guest::query(n) };
        self.answer(verdict)
    }

    /// Calls the reply hook for a part of the last command's reply, `abi::PHASE_*`.
    pub fn reply(&mut self, phase: u32, s: Summary, part: &[u8]) -> Answer {
        self.header();
        boundary::put_header_u32(abi::HDR_REPLY_STATE, s.state);
        boundary::put_header_u32(abi::HDR_REPLY_ERRNO, s.errno);
        boundary::put_header(abi::HDR_ROWS, &s.rows.to_le_bytes());
        boundary::put_header(abi::HDR_BYTES, &s.bytes.to_le_bytes());
        boundary::put_header(abi::HDR_AFFECTED, &s.affected.to_le_bytes());
        boundary::put_header_u32(abi::HDR_COLUMNS, s.columns);
        boundary::put_header_u32(abi::HDR_SERVER_STATUS, s.status);
        boundary::put_header(abi::HDR_DURATION, &(s.duration.as_nanos() as u64).to_le_bytes());
        boundary::put_header_u32(abi::HDR_SERVER, s.server);
        let n = self.place(part);
        self.answer(guest::reply(phase as i32, n))
    }

    /// Calls the event hook: `abi::EVENT_*`.
    pub fn event(&mut self, kind: u32, a: u64, b: u64) -> Answer {
        self.header();
        host(|h| h.beyond.clear());
        self.answer(guest::event(kind as i32, a as i64, b as i64))
    }

    fn header(&self) {
        boundary::put_header(0, &[0; abi::HEADER_SIZE]);
        let (now, version, current) = host(|h| (h.now, h.targets_version, h.current));
        boundary::put_header_u32(abi::HDR_SIZE, abi::HEADER_SIZE as u32);
        boundary::put_header(abi::HDR_SEQUENCE, &self.sequence.to_le_bytes());
        boundary::put_header(abi::HDR_COMMAND, &[self.command]);
        boundary::put_header_u32(abi::HDR_SESSION_FLAGS, self.flags);
        boundary::put_header(abi::HDR_NOW, &(now.as_nanos() as u64).to_le_bytes());
        boundary::put_header_u32(abi::HDR_TARGETS, version);
        boundary::put_header_u32(abi::HDR_SERVER, current);
        boundary::put_header_u32(abi::HDR_FALLBACK, abi::NO_TARGET);
        boundary::put_header_u32(abi::HDR_REPLY_LEVEL, abi::REPLY_KEEP);
    }

    fn place(&self, payload: &[u8]) -> i32 {
        host(|h| {
            h.payload = payload.to_vec();
            h.beyond.clear();
        });
        let n = boundary::put_window(0, payload);
        if n < payload.len() {
            boundary::put_header_u32(abi::HDR_SESSION_FLAGS, self.flags | abi::SESSION_TRUNCATED);
        }
        n as i32
    }

    fn answer(&self, verdict: i64) -> Answer {
        let (action, argument) = (verdict as u8, (verdict as u64 >> 32) as u32);
        assert_eq!(verdict as u32 >> 8, 0, "the verdict has flags");
        let mut output = Vec::new();
        if matches!(action, abi::ACTION_REPLACED | abi::ACTION_REJECT | abi::ACTION_CLOSE) {
            output.extend_from_slice(boundary::window(argument as usize));
            host(|h| output.extend_from_slice(&h.beyond));
        }
        if self.router && matches!(action, abi::ACTION_ONE | abi::ACTION_ALL) {
            host(|h| h.current = argument);
        }
        let text = |b: &[u8]| String::from_utf8_lossy(b).trim_end_matches('\0').to_string();
        Answer {
            action,
            argument,
            output,
            errno: boundary::header_u32(abi::HDR_ERRNO),
            state: text(&boundary::header_array::<5>(abi::HDR_SQL_STATE)),
            fallback: boundary::header_u32(abi::HDR_FALLBACK),
            reply_level: boundary::header_u32(abi::HDR_REPLY_LEVEL),
            hint: boundary::header_u32(abi::HDR_HINT_KIND),
            hint_server: text(&boundary::header_array::<{ abi::MAX_HINT_NAME }>(abi::HDR_HINT_NAME)),
        }
    }
}

fn init(plugin: Registration, options: &str) -> Result<(), String> {
    host(|h| h.options = options.as_bytes().to_vec());
    let plugins: Box<[Registration]> = Box::new([plugin]);
    match guest::init(&plugins, abi::FEATURES as i64, options.len() as i32) {
        n if n > 0 => Ok(()),
        _ => Err(host(|h| h.failure.clone())),
    }
}

/// A column definition's packet, framed.
pub fn column(name: &str, kind: u8) -> Vec<u8> {
    let mut b = Vec::new();
    for text in ["def", "shop", "t", "t", name, name] {
        crate::append_lenenc(&mut b, text.as_bytes());
    }
    b.extend_from_slice(&[12, 45, 0, 80, 0, 0, 0, kind, 0, 0, 0, 0, 0]);
    let mut out = Vec::new();
    crate::append_packet(&mut out, &b);
    out
}

/// The imports, as the host has them.
pub(crate) mod imports {
    use super::*;

    fn out(from: &[u8], to: &mut [u8]) -> i32 {
        if from.len() <= to.len() {
            to[..from.len()].copy_from_slice(from);
        }
        from.len() as i32
    }
    fn part(from: &[u8], off: usize, to: &mut [u8]) -> i32 {
        if off > from.len() {
            return abi::ERR_BAD_ARG;
        }
        let n = to.len().min(from.len() - off);
        to[..n].copy_from_slice(&from[off..off + n]);
        n as i32
    }
    fn text(b: &[u8]) -> String {
        String::from_utf8_lossy(b).into_owned()
    }
    fn built(part: String) -> i32 {
        host(|h| h.built.push(part));
        0
    }
    fn u16_at(b: &[u8], at: usize) -> usize {
        usize::from(b[at]) | usize::from(b[at + 1]) << 8
    }

    pub fn log(level: u32, s: &[u8]) -> i32 {
        host(|h| {
            if level <= h.log_level {
                h.lines.push(text(s));
            }
        });
        0
    }
    pub fn log_enabled(level: u32) -> i32 {
        host(|h| (level <= h.log_level) as i32)
    }
    pub fn config_read(off: usize, to: &mut [u8]) -> i32 {
        host(|h| part(&h.options, off, to))
    }
    pub fn plugin_name(_: &mut [u8]) -> i32 {
        0
    }
    pub fn fail(s: &[u8]) -> i32 {
        host(|h| h.failure = text(s));
        0
    }
    pub fn payload_read(off: usize, to: &mut [u8]) -> i32 {
        host(|h| part(&h.payload, off, to))
    }
    pub fn payload_append(s: &[u8]) -> i32 {
        host(|h| h.beyond.extend_from_slice(s));
        0
    }
    pub fn info_get(key: &[u8], to: &mut [u8]) -> i32 {
        host(|h| h.facts.get(&text(key)).map_or(abi::ERR_NOT_FOUND, |v| out(v.as_bytes(), to)))
    }
    pub fn sql_canonical(to: &mut [u8]) -> i32 {
        host(|h| out(&h.canonical, to))
    }
    pub fn sql_tables(to: &mut [u8]) -> i32 {
        host(|h| out(&h.tables, to))
    }
    pub fn targets_read(to: &mut [u8]) -> i32 {
        let mut b = Vec::new();
        host(|h| {
            for n in [h.targets_version, h.targets.len() as u32, abi::TARGET_ENTRY_SIZE as u32, h.current] {
                b.extend_from_slice(&n.to_le_bytes());
            }
            for (i, (name, status)) in h.targets.iter().enumerate() {
                let mut entry = [0; abi::TARGET_ENTRY_SIZE];
                let mut put = |off: usize, v: u32| entry[off..off + 4].copy_from_slice(&v.to_le_bytes());
                put(abi::TARGET_INDEX, i as u32);
                put(abi::TARGET_STATUS, *status);
                put(abi::TARGET_LAG, u32::MAX);
                put(abi::TARGET_WEIGHT, 1);
                put(abi::TARGET_NAME_LENGTH, name.len() as u32);
                entry[abi::TARGET_NAME..abi::TARGET_NAME + name.len()].copy_from_slice(name.as_bytes());
                b.extend_from_slice(&entry);
            }
        });
        out(&b, to)
    }
    pub fn reply_ok(affected: u64, insert_id: u64, warnings: u32) -> i32 {
        built(alloc::format!("ok {} {} {}", affected, insert_id, warnings))
    }
    pub fn reply_err(code: u32, state: Option<[u8; 5]>, s: &[u8]) -> i32 {
        built(alloc::format!("err {} {} {}", code, text(&state.unwrap_or(*b"HY000")), text(s)))
    }
    pub fn reply_columns(s: &[u8]) -> i32 {
        let (mut line, mut at) = (String::from("columns"), 2);
        for _ in 0..u16_at(s, 0) {
            let n = u16_at(s, at + 3);
            line = line + " " + &text(&s[at + 5..at + 5 + n]);
            at += 5 + n;
        }
        built(line)
    }
    pub fn reply_row(s: &[u8]) -> i32 {
        let (mut line, mut at) = (String::from("row"), 0);
        while at < s.len() {
            let n = u32::from_le_bytes([s[at], s[at + 1], s[at + 2], s[at + 3]]);
            at += 4;
            if n == abi::ROW_NULL {
                line += " NULL";
                continue;
            }
            line = line + " " + &text(&s[at..at + n as usize]);
            at += n as usize;
        }
        built(line)
    }
    pub fn reply_append(s: &[u8]) -> i32 {
        built(alloc::format!("packets {:x?}", s))
    }
    pub fn metric_define(_: u32, name: &[u8]) -> i32 {
        host(|h| {
            h.names.push(text(name));
            h.names.len() as i32 - 1
        })
    }
    pub fn metric_add(id: u32, delta: i64) -> i32 {
        host(|h| *h.metrics.entry(h.names[id as usize].clone()).or_default() += delta);
        0
    }
    pub fn metric_set(id: u32, value: i64) -> i32 {
        host(|h| h.metrics.insert(h.names[id as usize].clone(), value));
        0
    }
    pub fn metric_observe(id: u32, value: i64) -> i32 {
        metric_add(id, value)
    }
    pub fn kv_get(key: &[u8], to: &mut [u8]) -> i32 {
        host(|h| h.kv.get(key).map_or(abi::ERR_NOT_FOUND, |v| out(v, to)))
    }
    pub fn kv_set(key: &[u8], s: &[u8], _: i64, expected: &[u8], length: u32) -> i32 {
        host(|h| {
            match (h.kv.get(key), length) {
                (_, abi::KV_ANY) | (None, abi::KV_ABSENT) => (),
                (Some(_), abi::KV_ABSENT) => return abi::ERR_CAS_MISMATCH,
                (None, _) => return abi::ERR_NOT_FOUND,
                (Some(v), _) if v != expected => return abi::ERR_CAS_MISMATCH,
                _ => (),
            }
            h.kv.insert(key.to_vec(), s.to_vec());
            0
        })
    }
    pub fn kv_del(key: &[u8]) -> i32 {
        host(|h| h.kv.remove(key).map_or(abi::ERR_NOT_FOUND, |_| 0))
    }
    pub fn kv_add(key: &[u8], delta: i64, _: i64, sum: &mut i64) -> i32 {
        host(|h| {
            let old = h.kv.get(key).cloned().unwrap_or_else(|| 0i64.to_le_bytes().to_vec());
            let mut b = [0; 8];
            if old.len() != 8 {
                return abi::ERR_BAD_ARG;
            }
            b.copy_from_slice(&old);
            *sum = i64::from_le_bytes(b) + delta;
            h.kv.insert(key.to_vec(), sum.to_le_bytes().to_vec());
            0
        })
    }
    pub fn timer_set(id: u32, ms: u32) -> i32 {
        if id > 15 {
            return abi::ERR_BAD_ARG;
        }
        host(|h| h.timers.insert(id, ms));
        0
    }
    pub fn timer_cancel(id: u32) -> i32 {
        host(|h| h.timers.remove(&id).map_or(abi::ERR_NOT_FOUND, |_| 0))
    }
    pub fn sink_write(id: u32, s: &[u8]) -> i32 {
        host(|h| h.sinks.entry(id).or_default().extend_from_slice(s));
        0
    }
    pub fn state_read(to: &mut [u8]) -> i32 {
        host(|h| h.state.as_ref().map_or(abi::ERR_NOT_FOUND, |s| out(s, to)))
    }
    pub fn tee(_: &[u8], _: &[u8]) -> i32 {
        abi::ERR_UNSUPPORTED
    }
    pub fn call(_: &[u8], _: &[u8], _: &mut [u8]) -> i32 {
        abi::ERR_UNSUPPORTED
    }
    pub fn random_get(to: &mut [u8]) -> i32 {
        use std::hash::{BuildHasher, Hasher};
        let seed = std::collections::hash_map::RandomState::new().build_hasher().finish();
        for (i, b) in to.iter_mut().enumerate() {
            *b = (seed >> (8 * (i % 8))) as u8;
        }
        0
    }
}
