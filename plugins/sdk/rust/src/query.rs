use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::{abi, boundary};

/// The command that a filter or router is asked about. What its methods return is good
/// until the hook returns.
pub struct Query<'a> {
    length: usize, // in the window
    life: PhantomData<&'a ()>,
}

/// Where a filter would like the router to send a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint<'a> {
    /// No wish.
    None,
    /// The primary.
    Primary,
    /// A replica.
    Replica,
    /// The server of this name, of at most 64 bytes.
    Server(&'a [u8]),
    /// The server that answered the command before.
    Last,
    /// All servers.
    All,
}

impl<'a> Query<'a> {
    pub(crate) fn new(length: usize) -> Query<'a> {
        Query { length: length.min(abi::MAX_WINDOW), life: PhantomData }
    }

    /// The number of the command in its session, from 1.
    pub fn sequence(&self) -> u64 {
        boundary::header_u64(abi::HDR_SEQUENCE)
    }

    /// The command byte, `abi::COM_QUERY` and so on.
    pub fn command(&self) -> u8 {
        boundary::header_u8(abi::HDR_COMMAND)
    }

    /// The command as far as it lies in the window, command byte first.
    pub fn payload(&self) -> &'a [u8] {
        boundary::window(self.length)
    }

    /// The statement's text in the client's character set, as far as it lies in the window;
    /// see [`Query::whole`]. It is empty for commands without one. That of
    /// `abi::COM_STMT_EXECUTE` is there with `abi::NEED_SQL`.
    pub fn sql(&self) -> &'a [u8] {
        let off = boundary::header_u32(abi::HDR_SQL_OFFSET) as usize;
        if off == 0 || off >= self.length {
            return &[];
        }
        let text = &self.payload()[off..];
        &text[..text.len().min(self.sql_length())]
    }

    /// The statement's full length.
    pub fn sql_length(&self) -> usize {
        boundary::header_u32(abi::HDR_SQL_LENGTH) as usize
    }

    /// A copy of the whole statement if it has at most `limit` bytes. None for longer ones, and for
    /// those that the host does not hold in memory (16 MiB and more).
    pub fn whole(&self, limit: usize) -> Option<Vec<u8>> {
        let n = self.sql_length();
        let mut text = self.sql().to_vec();
        if n > limit || text.len() < n && self.flag(abi::SESSION_LARGE) {
            return None;
        }
        let off = boundary::header_u32(abi::HDR_SQL_OFFSET) as usize;
        let mut at = text.len();
        text.resize(n, 0);
        while at < n {
            match boundary::payload_read(off + at, &mut text[at..]) {
                got if got > 0 => at += got as usize,
                _ => return None,
            }
        }
        Some(text)
    }

    /// The statement's `abi::TYPE_*` bits, with `abi::NEED_CLASSIFY`.
    pub fn types(&self) -> u64 {
        boundary::header_u64(abi::HDR_TYPE)
    }

    /// Whether one of the `abi::TYPE_*` bits is set.
    pub fn is(&self, bits: u64) -> bool {
        self.types() & bits != 0
    }

    /// The statement's verb, `abi::OP_*`, with `abi::NEED_CLASSIFY`.
    pub fn operation(&self) -> u32 {
        boundary::header_u32(abi::HDR_OPERATION)
    }

    /// What identifies the canonical statement, with `abi::NEED_DIGEST`.
    pub fn digest(&self) -> u64 {
        boundary::header_u64(abi::HDR_DIGEST)
    }

    /// The target that answered last, if one has.
    pub fn last_target(&self) -> Option<u32> {
        Some(boundary::header_u32(abi::HDR_SERVER)).filter(|t| *t != abi::NO_TARGET)
    }

    /// The collation id of the client's character set.
    pub fn charset(&self) -> u32 {
        boundary::header_u32(abi::HDR_CHARSET)
    }

    /// The client's id of the prepared statement, 0 if none.
    pub fn statement_id(&self) -> u32 {
        boundary::header_u32(abi::HDR_STATEMENT_ID)
    }

    /// `abi::SESSION_*` bits.
    pub fn flags(&self) -> u32 {
        boundary::header_u32(abi::HDR_SESSION_FLAGS)
    }

    /// Whether one of the `abi::SESSION_*` bits is set.
    pub fn flag(&self, bits: u32) -> bool {
        self.flags() & bits != 0
    }

    /// The statement without literals and comments, with `abi::NEED_CANONICAL`.
    pub fn canonical(&self) -> Vec<u8> {
        boundary::fetch(boundary::sql_canonical).unwrap_or_default()
    }

    /// The statement's tables, `schema.table` or `table`, as far as the text names them.
    pub fn tables(&self) -> Vec<Vec<u8>> {
        let list = boundary::fetch(boundary::sql_tables).unwrap_or_default();
        list.split(|c| *c == 0).filter(|n| !n.is_empty()).map(<[u8]>::to_vec).collect()
    }

    /// The routing hint so far.
    pub fn hint<T>(&self, look: impl FnOnce(Hint) -> T) -> T {
        let name: [u8; abi::MAX_HINT_NAME] = boundary::header_array(abi::HDR_HINT_NAME);
        let n = (boundary::header_u32(abi::HDR_HINT_LENGTH) as usize).min(name.len());
        look(match boundary::header_u32(abi::HDR_HINT_KIND) {
            abi::HINT_PRIMARY => Hint::Primary,
            abi::HINT_REPLICA => Hint::Replica,
            abi::HINT_SERVER => Hint::Server(&name[..n]),
            abi::HINT_LAST => Hint::Last,
            abi::HINT_ALL => Hint::All,
            _ => Hint::None,
        })
    }

    /// Tells the router, and the filters before it, where to send the command. A name that
    /// is too long is no hint.
    pub fn set_hint(&mut self, hint: Hint) {
        let (kind, name): (u32, &[u8]) = match hint {
            Hint::Server(name) if name.len() <= abi::MAX_HINT_NAME => (abi::HINT_SERVER, name),
            Hint::None | Hint::Server(_) => (abi::HINT_NONE, &[]),
            Hint::Primary => (abi::HINT_PRIMARY, &[]),
            Hint::Replica => (abi::HINT_REPLICA, &[]),
            Hint::Last => (abi::HINT_LAST, &[]),
            Hint::All => (abi::HINT_ALL, &[]),
        };
        boundary::put_header_u32(abi::HDR_HINT_KIND, kind);
        boundary::put_header_u32(abi::HDR_HINT_LENGTH, name.len() as u32);
        boundary::put_header(abi::HDR_HINT_NAME, name);
    }

    /// Asks for more of this command's reply, or for less, than [`crate::Options::reply_level`]
    /// says: `abi::REPLY_ROWS` and so on.
    pub fn reply_level(&mut self, level: u32) {
        boundary::put_header_u32(abi::HDR_REPLY_LEVEL, level);
    }
}
