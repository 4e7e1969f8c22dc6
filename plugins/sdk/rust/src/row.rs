use alloc::vec::Vec;

use crate::abi;
use crate::packet::take_lenenc;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its column, from 0.
    pub column: usize,
    /// The column's type, `abi::FIELD_*`.
    pub kind: u8,
    /// None is NULL. A text row's is what the client sees, a binary one's the value's bytes
    /// without their length.
    pub value: Option<&'a [u8]>,
    /// The value as it stands in the row.
    pub raw: &'a [u8],
}

/// Iterates over the values of one row.
pub struct Row<'a> {
    rest: &'a [u8],
    nulls: Option<&'a [u8]>, // of a binary row
    types: &'a [u8],
    column: usize,
    bad: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(payload: &'a [u8], types: &'a [u8], binary: bool) -> Row<'a> {
        let head = 1 + (types.len() + 9) / 8; // two bits are reserved
        let mut row = Row { rest: payload, nulls: None, types, column: 0, bad: false };
        if binary {
            row.bad = payload.len() < head || payload[0] != 0;
            if !row.bad {
                row.nulls = Some(&payload[1..head]);
                row.rest = &payload[head..];
            }
        }
        row
    }

    /// After the last value: whether the row fitted its columns.
    pub fn is_whole(&self) -> bool {
        !self.bad && self.column == self.types.len() && self.rest.is_empty()
    }

    fn value(&mut self, column: usize) -> Option<Option<&'a [u8]>> {
        let nulls = match self.nulls {
            None => return take_lenenc(&mut self.rest),
            Some(nulls) => nulls,
        };
        if nulls[(column + 2) / 8] >> ((column + 2) % 8) & 1 != 0 {
            return Some(None);
        }
        let n = match self.types[column] {
            abi::FIELD_NULL => 0,
            abi::FIELD_TINY => 1,
            abi::FIELD_SHORT | abi::FIELD_YEAR => 2,
            abi::FIELD_LONG | abi::FIELD_INT24 | abi::FIELD_FLOAT => 4,
            abi::FIELD_LONG_LONG | abi::FIELD_DOUBLE => 8,
            _ => return take_lenenc(&mut self.rest).filter(Option::is_some),
        };
        let v = self.rest.get(..n)?;
        self.rest = &self.rest[n..];
        Some(Some(v))
    }
}

impl<'a> Iterator for Row<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if self.bad || self.column == self.types.len() {
            return None;
        }
        let (column, before) = (self.column, self.rest);
        self.column += 1;
        match self.value(column) {
            Some(value) => {
                let raw = &before[..before.len() - self.rest.len()];
                Some(Field { column, kind: self.types[column], value, raw })
            }
            None => {
                self.bad = true;
                None
            }
        }
    }
}

/// Makes a row in the format of a reply: a value for each column, in order.
pub struct RowWriter<'a> {
    out: &'a mut Vec<u8>,
    packet: usize,
    nulls: Option<usize>, // where a binary row's begin
    column: usize,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, columns: usize, binary: bool) -> RowWriter<'a> {
        let packet = out.len();
        out.extend_from_slice(&[0; 4]);
        let mut nulls = None;
        if binary {
            out.push(0);
            nulls = Some(out.len());
            out.resize(out.len() + (columns + 9) / 8, 0);
        }
        RowWriter { out, packet, nulls, column: 0 }
    }

    /// A value of another row of the same columns, as it is.
    pub fn field(&mut self, f: &Field) {
        if f.value.is_none() {
            return self.null();
        }
        self.out.extend_from_slice(f.raw);
        self.column += 1;
    }

    /// A text, for a column that [`is_text`].
    pub fn text(&mut self, text: &[u8]) {
        crate::append_lenenc(self.out, text);
        self.column += 1;
    }

    /// NULL.
    pub fn null(&mut self) {
        match self.nulls {
            Some(at) => self.out[at + (self.column + 2) / 8] |= 1 << ((self.column + 2) % 8),
            None => self.out.push(0xfb),
        }
        self.column += 1;
    }

    /// Ends the row.
    pub fn end(self) {
        let n = (self.out.len() - self.packet - 4) as u32;
        self.out[self.packet..self.packet + 3].copy_from_slice(&n.to_le_bytes()[..3]);
    }
}

/// Whether values of the type are length-encoded bytes in both protocols, so that a text can
/// stand in their place.
pub fn is_text(kind: u8) -> bool {
    matches!(
        kind,
        abi::FIELD_VAR_CHAR
            | abi::FIELD_VAR_STRING
            | abi::FIELD_STRING
            | abi::FIELD_TINY_BLOB
            | abi::FIELD_MEDIUM_BLOB
            | abi::FIELD_LONG_BLOB
            | abi::FIELD_BLOB
            | abi::FIELD_ENUM
            | abi::FIELD_SET
    )
}
