//! The options come as JSON; this is the little of it that is needed.

use alloc::{string::String, vec::Vec};

#[derive(Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Value>),
    Table(Vec<(String, Value)>),
}

impl Value {
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a [u8],
}

/// None: it is not valid JSON.
pub fn parse(text: &[u8]) -> Option<Value> {
    core::str::from_utf8(text).ok()?;
    let mut r = Reader { rest: text };
    let v = r.value(0)?;
    r.space();
    r.rest.is_empty().then(|| v)
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, c: u8) -> bool {
        self.space();
        match self.rest {
            [first, rest @ ..] if *first == c => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn word(&mut self, w: &str, v: Value) -> Option<Value> {
        self.rest = self.rest.strip_prefix(w.as_bytes())?;
        Some(v)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.space();
        if depth > MAX_DEPTH {
            return None;
        }
        match self.rest.first()? {
            b'{' => {
                self.byte();
                let mut list = Vec::new();
                let mut more = !self.take(b'}');
                while more {
                    self.space();
                    let name = self.string()?;
                    if !self.take(b':') {
                        return None;
                    }
                    list.push((name, self.value(depth + 1)?));
                    more = !self.take(b'}');
                    if more && !self.take(b',') {
                        return None;
                    }
                }
                Some(Value::Table(list))
            }
            b'[' => {
                self.byte();
                let mut list = Vec::new();
                let mut more = !self.take(b']');
                while more {
                    list.push(self.value(depth + 1)?);
                    more = !self.take(b']');
                    if more && !self.take(b',') {
                        return None;
                    }
                }
                Some(Value::List(list))
            }
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => {
                let is = |c: &u8| c.is_ascii_digit() || b"+-.eE".contains(c);
                let n = self.rest.iter().take_while(|c| is(c)).count();
                let (text, rest) = self.rest.split_at(n);
                self.rest = rest;
                (n > 0).then(|| Value::Number(String::from_utf8_lossy(text).into_owned()))
            }
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let mut n = 0;
        for _ in 0..4 {
            n = n << 4 | char::from(self.byte()?).to_digit(16)?;
        }
        Some(n)
    }

    fn string(&mut self) -> Option<String> {
        if self.byte()? != b'"' {
            return None;
        }
        let mut out = Vec::new();
        loop {
            let c = match self.byte()? {
                b'"' => return String::from_utf8(out).ok(),
                0..=0x1f => return None,
                b'\\' => match self.byte()? {
                    c @ (b'"' | b'\\' | b'/') => c,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'u' => {
                        let mut n = self.hex()?;
                        if (0xd800..0xdc00).contains(&n) {
                            if self.byte()? != b'\\' || self.byte()? != b'u' {
                                return None;
                            }
                            let low = self.hex()?;
                            if !(0xdc00..0xe000).contains(&low) {
                                return None;
                            }
                            n = 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
                        }
                        let c = char::from_u32(n)?;
                        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                        continue;
                    }
                    _ => return None,
                },
                c => c,
            };
            out.push(c);
        }
    }
}
