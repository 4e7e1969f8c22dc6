//! A state to hand over: a form, which is a number for what follows, then numbers and
//! texts, which are read in the order in which they were written. A version of the plugin
//! that writes something else takes another form.

use alloc::{string::String, vec::Vec};

/// Appends a number.
pub fn append_number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends a text of any length.
pub fn append_text(out: &mut Vec<u8>, text: &[u8]) {
    append_number(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// Reads a state. What is damaged, or not there, reads as zero, and [`Reader::end`] says so.
pub struct Reader<'a> {
    rest: &'a [u8],
    damaged: bool,
}

impl<'a> Reader<'a> {
    /// Begins to read. A state of another form reads as damaged.
    pub fn new(state: &'a [u8], form: u64) -> Reader<'a> {
        let mut r = Reader { rest: state, damaged: false };
        if r.number() != form {
            r.damage();
        }
        r
    }

    fn damage(&mut self) {
        self.rest = &[];
        self.damaged = true;
    }

    /// Reads a number.
    pub fn number(&mut self) -> u64 {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let c = match self.rest.split_first() {
                Some((c, rest)) => {
                    self.rest = rest;
                    *c
                }
                None => break,
            };
            n |= u64::from(c & 0x7f) << shift;
            if c < 0x80 {
                return n;
            }
        }
        self.damage();
        0
    }

    /// Reads a text.
    pub fn text(&mut self) -> &'a [u8] {
        let n = self.number();
        if n > self.rest.len() as u64 {
            self.damage();
            return &[];
        }
        let (text, rest) = self.rest.split_at(n as usize);
        self.rest = rest;
        text
    }

    /// Whether there is something left to read.
    pub fn more(&self) -> bool {
        !self.rest.is_empty()
    }

    /// An error unless the state was whole and read to its end.
    pub fn end(self) -> Result<(), String> {
        if self.damaged || self.more() {
            return Err("the state that the predecessor handed over is not of the form that this version knows".into());
        }
        Ok(())
    }
}
