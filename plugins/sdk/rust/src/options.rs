use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::cell::RefCell;
use core::time::Duration;

use crate::json::{self, Value};
use crate::{abi, boundary};

/// A definition's options, or a table within them.
///
/// Every method that reads one names it and gives its default. A value of the wrong type or
/// out of bounds, and an option that no method asked for, fail the definition with a message
/// that says what is allowed; all problems are reported together.
///
/// Options also take what the plugin wants of the host: see [`Options::commands`] and the
/// methods after it.
pub struct Options {
    table: Vec<(String, Value)>,
    path: String, // of a nested table: `rules[2].`
    asked: Vec<String>,
    common: Rc<RefCell<Common>>,
}

/// What all tables of a definition's options share.
#[derive(Default)]
pub(crate) struct Common {
    pub problems: Vec<String>,
    pub commands: [u8; abi::DESC_COMMANDS_SIZE],
    pub needs: u32,
    pub features: u64,
    pub reply_level: u32,
    pub on_failure: u32,
    pub texts: Vec<u8>,
}

impl Options {
    pub(crate) fn read(length: usize) -> Result<(Options, Rc<RefCell<Common>>), String> {
        let mut text = vec![0; length];
        let mut at = 0;
        while at < length {
            match boundary::config_read(at, &mut text[at..]) {
                n if n > 0 => at += n as usize,
                _ => return Err("the host did not hand over the options".to_string()),
            }
        }
        let value = if length == 0 { Some(Value::Null) } else { json::parse(&text) };
        let table = match value.ok_or("the options are not valid JSON")? {
            Value::Table(t) => t,
            Value::Null => Vec::new(),
            v => return Err(format!("the options must be a table, not {}", v.kind())),
        };
        let common = Rc::new(RefCell::new(Common::default()));
        let o = Options { table, path: String::new(), asked: Vec::new(), common: common.clone() };
        Ok((o, common))
    }

    /// Reports a problem with an option: what it must be.
    pub fn fail(&self, name: &str, problem: impl AsRef<str>) {
        let text = format!("option \"{}{}\" {}", self.path, name, problem.as_ref());
        self.common.borrow_mut().problems.push(text);
    }

    fn get(&mut self, name: &str) -> Option<&Value> {
        if !self.asked.iter().any(|a| a == name) {
            self.asked.push(name.to_string());
        }
        let found = self.table.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        found.filter(|v| !matches!(v, Value::Null))
    }

    /// Reads an option with a function that returns what it got instead if that is wrong.
    fn read_as<T>(&mut self, name: &str, want: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        match read(self.get(name)?) {
            Ok(v) => Some(v),
            Err(got) => {
                self.fail(name, format!("must be {}, not {}", want, got));
                None
            }
        }
    }

    /// Whether the option was given.
    pub fn has(&mut self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Reads a string.
    pub fn string(&mut self, name: &str, def: &str) -> String {
        let read = |v: &Value| match v {
            Value::Text(s) => Ok(s.clone()),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, "a string", read).unwrap_or_else(|| def.to_string())
    }

    /// Reads true or false.
    pub fn bool(&mut self, name: &str, def: bool) -> bool {
        let read = |v: &Value| match v {
            Value::Bool(b) => Ok(*b),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, "true or false", read).unwrap_or(def)
    }

    /// Reads a whole number within bounds.
    pub fn int(&mut self, name: &str, def: i64, bounds: core::ops::RangeInclusive<i64>) -> i64 {
        let want = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let read = |v: &Value| match v {
            Value::Number(s) => s.parse().ok().filter(|n| bounds.contains(n)).ok_or_else(|| s.clone()),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, &want, read).unwrap_or(def)
    }

    /// Reads one of the words, in any case of ASCII letters, and returns its place.
    pub fn word(&mut self, name: &str, def: usize, words: &[&str]) -> usize {
        let want = format!("one of {}", words.join(", "));
        let read = |v: &Value| match v {
            Value::Text(s) => words.iter().position(|w| w.eq_ignore_ascii_case(s)).ok_or_else(|| format!("\"{}\"", s)),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, &want, read).unwrap_or(def)
    }

    /// Reads a list of strings, or one string with commas between them.
    pub fn strings(&mut self, name: &str) -> Vec<String> {
        let read = |v: &Value| match v {
            Value::Text(s) => Ok(s.split(',').map(str::trim).filter(|s| !s.is_empty()).map(String::from).collect()),
            Value::List(list) => list
                .iter()
                .map(|v| match v {
                    Value::Text(s) => Ok(s.clone()),
                    v => Err(format!("with {} in it", v.kind())),
                })
                .collect(),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, "a list of strings", read).unwrap_or_default()
    }

    /// Reads a string with a unit: "250ms", "1.5s", "1m30s", "2h".
    pub fn duration(&mut self, name: &str, def: Duration) -> Duration {
        let read = |v: &Value| match v {
            Value::Text(s) => parse_duration(s).ok_or_else(|| format!("\"{}\"", s)),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, "a duration with a unit, such as \"250ms\", \"5s\" or \"1m\"", read).unwrap_or(def)
    }

    /// Reads a number of bytes: a whole number, or a string with the unit k, M, G (powers of
    /// 1000) or Ki, Mi, Gi (powers of 1024), with or without a B.
    pub fn size(&mut self, name: &str, def: u64) -> u64 {
        let read = |v: &Value| match v {
            Value::Number(s) | Value::Text(s) => parse_size(s).ok_or_else(|| format!("\"{}\"", s)),
            v => Err(v.kind().to_string()),
        };
        self.read_as(name, "a number of bytes, such as 65536, \"64KiB\" or \"1MB\"", read).unwrap_or(def)
    }

    /// Reads a list of tables (in TOML: `[[…]]` or inline tables), each with options of its own.
    pub fn tables(&mut self, name: &str) -> Vec<Options> {
        self.get(name);
        let Options { table, path, common, .. } = self;
        let mut out = Vec::new();
        match table.iter_mut().find(|(n, _)| n == name).map(|(_, v)| v) {
            None | Some(Value::Null) => (),
            Some(Value::List(list)) => {
                for (i, v) in list.iter_mut().enumerate() {
                    let path = format!("{}{}[{}]", path, name, i + 1);
                    match core::mem::replace(v, Value::Null) {
                        Value::Table(table) => out.push(Options { table, path: path + ".", asked: Vec::new(), common: common.clone() }),
                        v => common.borrow_mut().problems.push(format!("option \"{}\" must be a table, not {}", path, v.kind())),
                    }
                }
            }
            Some(v) => {
                let text = format!("option \"{}{}\" must be a list of tables, not {}", path, name, v.kind());
                common.borrow_mut().problems.push(text);
            }
        }
        out
    }

    /// The names of the options that were given, for plugins with numbered ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.table.iter().map(|(n, _)| n.as_str())
    }

    /// Asks for command bytes, `abi::COM_QUERY` and so on; the plugin is not called for others.
    pub fn commands(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.common.borrow_mut().commands[usize::from(b / 8)] |= 1 << (b % 8);
        }
    }

    /// Asks for every command.
    pub fn all_commands(&mut self) {
        self.common.borrow_mut().commands = [0xff; abi::DESC_COMMANDS_SIZE];
    }

    /// Says that a filter need not be asked about statements that have none of the texts, in
    /// any case of ASCII letters. It may be asked all the same. More or longer texts than the host
    /// takes mean that it is asked about all.
    pub fn texts(&mut self, texts: &[&str]) {
        let fits = texts.len() <= abi::MAX_TEXTS && texts.iter().all(|t| !t.is_empty() && t.len() <= abi::MAX_TEXT);
        let list = &mut self.common.borrow_mut().texts;
        list.clear();
        for t in texts.iter().filter(|_| fits) {
            list.push(t.len() as u8);
            list.extend_from_slice(t.as_bytes());
        }
    }

    /// Says what the host has to compute for each command: `abi::NEED_*` bits.
    pub fn needs(&mut self, bits: u32) {
        self.common.borrow_mut().needs |= bits;
    }

    /// Says what the host must offer: `abi::FEATURE_*` bits.
    pub fn features(&mut self, bits: u64) {
        self.common.borrow_mut().features |= bits;
    }

    /// Says how much of every reply the reply hook sees: `abi::REPLY_SUMMARY` and so on.
    pub fn reply_level(&mut self, level: u32) {
        self.common.borrow_mut().reply_level = level;
    }

    /// Says what becomes of a session when the plugin fails, unless the configuration says it:
    /// `abi::FAILURE_*`.
    pub fn on_failure(&mut self, policy: u32) {
        self.common.borrow_mut().on_failure = policy;
    }
}

/// What nobody asked for is a problem.
impl Drop for Options {
    fn drop(&mut self) {
        for (name, _) in self.table.iter().filter(|(n, _)| !self.asked.contains(n)) {
            let text = format!("unknown option \"{}{}\"; allowed: {}", self.path, name, self.asked.join(", "));
            self.common.borrow_mut().problems.push(text);
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    if text == "0" {
        return Some(sum);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let ns: u64 = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if number.len() > 18 || number == "." || part.contains('.') {
            return None;
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let mut nanos = whole.checked_mul(ns)?;
        let mut place = ns;
        for digit in part.bytes() {
            place /= 10;
            nanos = nanos.checked_add(place * u64::from(digit - b'0'))?;
        }
        sum = sum.checked_add(Duration::from_nanos(nanos))?;
        rest = tail;
    }
    (!text.is_empty()).then(|| sum)
}

fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.strip_suffix('B').unwrap_or(unit) {
        "" => 1,
        "k" | "K" => 1000,
        "M" => 1000 * 1000,
        "G" => 1000 * 1000 * 1000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|n| *n <= 1 << 62)
}
