use alloc::vec::Vec;

use crate::{abi, boundary, Errno, Verdict};

/// Builds the reply that a filter gives in the place of the server's:
/// `Answer::new().columns(&[Column::text("n")]).row(&[Some(b"1")]).verdict()`.
#[derive(Debug, Default)]
pub struct Answer {
    error: Option<Errno>,
}

/// One column of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// `abi::FIELD_*`.
    pub kind: u8,
    /// Its flags.
    pub flags: u16,
}

impl<'a> Column<'a> {
    /// A column of text.
    pub fn text(name: &'a str) -> Column<'a> {
        Column { name, kind: abi::FIELD_VAR_STRING, flags: 0 }
    }

    /// A column of whole numbers of 64 bits.
    pub fn number(name: &'a str) -> Column<'a> {
        Column { name, kind: abi::FIELD_LONG_LONG, flags: 0 }
    }
}

impl Answer {
    /// An empty one.
    pub fn new() -> Answer {
        Answer::default()
    }

    fn note(mut self, rc: i32) -> Answer {
        if rc < 0 && self.error.is_none() {
            self.error = Some(Errno(rc));
        }
        self
    }

    pub(crate) fn error(&self) -> Option<Errno> {
        self.error
    }

    /// An OK packet.
    pub fn ok(self, affected: u64, insert_id: u64, warnings: u16) -> Answer {
        self.note(boundary::reply_ok(affected, insert_id, u32::from(warnings)))
    }

    /// An ERR packet. A state that has not 5 bytes is HY000.
    pub fn err(self, errno: u16, state: &str, message: &str) -> Answer {
        let mut five = [0; 5];
        let state = (state.len() == 5).then(|| {
            five.copy_from_slice(state.as_bytes());
            five
        });
        self.note(boundary::reply_err(u32::from(errno), state, message.as_bytes()))
    }

    /// Begins a result.
    pub fn columns(self, columns: &[Column]) -> Answer {
        let mut b = Vec::new();
        b.extend_from_slice(&(columns.len() as u16).to_le_bytes());
        for c in columns {
            b.push(c.kind);
            b.extend_from_slice(&c.flags.to_le_bytes());
            b.extend_from_slice(&(c.name.len() as u16).to_le_bytes());
            b.extend_from_slice(c.name.as_bytes());
        }
        self.note(boundary::reply_columns(&b))
    }

    /// Adds a row: a value as text for each column, None for NULL.
    pub fn row(self, values: &[Option<&[u8]>]) -> Answer {
        let mut b = Vec::new();
        for v in values {
            match v {
                None => b.extend_from_slice(&abi::ROW_NULL.to_le_bytes()),
                Some(v) => {
                    b.extend_from_slice(&(v.len() as u32).to_le_bytes());
                    b.extend_from_slice(v);
                }
            }
        }
        self.note(boundary::reply_row(&b))
    }

    /// Adds packets that are framed already.
    pub fn packets(self, framed: &[u8]) -> Answer {
        self.note(boundary::reply_append(framed))
    }

    /// Ends the answer. If the host refused a part of it, the client gets an error instead.
    pub fn verdict(self) -> Verdict {
        Verdict::Answer(self)
    }
}
