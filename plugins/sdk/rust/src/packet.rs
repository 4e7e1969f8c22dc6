use alloc::vec::Vec;

/// Iterates over framed packets: three bytes of length, one of sequence, the payload. It
/// ends before one that is cut off; [`Packets::rest`] has what is left then.
pub struct Packets<'a>(pub(crate) &'a [u8]);

/// A framed packet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What it carries.
    pub payload: &'a [u8],
    /// All of it.
    pub framed: &'a [u8],
}

impl<'a> Packets<'a> {
    /// Goes over packets.
    pub fn new(framed: &'a [u8]) -> Packets<'a> {
        Packets(framed)
    }

    /// What has not been gone over.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        let n = match *self.0 {
            [a, b, c, _, ..] => usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16,
            _ => return None,
        };
        if self.0.len() - 4 < n {
            return None;
        }
        let (framed, rest) = self.0.split_at(4 + n);
        self.0 = rest;
        Some(Packet { payload: &framed[4..], framed })
    }
}

/// Frames a payload of less than 16 MiB − 1. The host numbers packets anew.
pub fn append_packet(out: &mut Vec<u8>, payload: &[u8]) {
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes()[..3]);
    out.push(0);
    out.extend_from_slice(payload);
}

/// Appends a length-encoded text.
pub fn append_lenenc(out: &mut Vec<u8>, text: &[u8]) {
    let n = text.len() as u64;
    let (first, width) = match n {
        0..=0xfa => (n as u8, 0),
        0xfb..=0xffff => (0xfc, 2),
        0x1_0000..=0xff_ffff => (0xfd, 3),
        _ => (0xfe, 8),
    };
    out.push(first);
    out.extend_from_slice(&n.to_le_bytes()[..width]);
    out.extend_from_slice(text);
}

/// Takes a length-encoded text: Some(None) is 0xfb, NULL, which only rows have.
pub(crate) fn take_lenenc<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (first, tail) = rest.split_first()?;
    let width = match *first {
        0xfb => {
            *rest = tail;
            return Some(None);
        }
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        0xff => return None,
        _ => 0,
    };
    let mut wide = [0; 8];
    wide[..width].copy_from_slice(tail.get(..width)?);
    let n = if width == 0 { u64::from(*first) } else { u64::from_le_bytes(wide) };
    let tail = &tail[width..];
    if n > tail.len() as u64 {
        return None;
    }
    let (text, tail) = tail.split_at(n as usize);
    *rest = tail;
    Some(Some(text))
}

/// A column of a result.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The schema's name.
    pub schema: &'a [u8],
    /// The table's alias.
    pub table: &'a [u8],
    /// The table's name.
    pub org_table: &'a [u8],
    /// The column's alias.
    pub name: &'a [u8],
    /// The column's name in its table, empty for an expression.
    pub org_name: &'a [u8],
    /// The collation; 63 means bytes, not text.
    pub charset: u16,
    /// The longest value.
    pub length: u32,
    /// `abi::FIELD_*`.
    pub kind: u8,
    /// Its flags.
    pub flags: u16,
    /// Its decimals.
    pub decimals: u8,
}

impl<'a> Definition<'a> {
    /// Reads a column definition's packet. The fixed part is found from the end, so
    /// MariaDB's extended metadata before it does not matter.
    pub fn read(payload: &'a [u8]) -> Option<Definition<'a>> {
        let mut rest = payload;
        let mut texts: [&[u8]; 6] = [&[]; 6];
        for t in &mut texts {
            *t = take_lenenc(&mut rest)??;
        }
        let t = &rest[rest.len().checked_sub(13)?..];
        let [_, schema, table, org_table, name, org_name] = texts;
        Some(Definition {
            schema,
            table,
            org_table,
            name,
            org_name,
            charset: u16::from_le_bytes([t[1], t[2]]),
            length: u32::from_le_bytes([t[3], t[4], t[5], t[6]]),
            kind: t[7],
            flags: u16::from_le_bytes([t[8], t[9]]),
            decimals: t[10],
        })
    }
}
