use alloc::vec::Vec;
use core::marker::PhantomData;
use core::time::Duration;

use crate::{abi, boundary, Definition, Packets, Row, RowWriter};

/// The server's reply, or a part of it, on its way to the client.
pub struct Reply<'a> {
    phase: u32,
    length: usize,  // in the window
    whole: Vec<u8>, // a part that is longer
    types: Vec<u8>, // of the current result's columns
    life: PhantomData<&'a ()>,
}

/// Which part of a reply it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A result's column count and definitions.
    Columns,
    /// A batch of rows.
    Rows,
    /// The whole reply.
    Whole,
    /// No packets: how the reply ended. It has reached the client already.
    Summary,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(phase: u32, length: usize, types: Vec<u8>) -> Reply<'a> {
        let mut r = Reply { phase, length: length.min(abi::MAX_WINDOW), whole: Vec::new(), types, life: PhantomData };
        if r.flag(abi::SESSION_TRUNCATED) && r.length == abi::MAX_WINDOW {
            r.read_rest();
        }
        if phase == abi::PHASE_COLUMNS {
            let found = r.definitions().map(|d| d.kind).collect();
            r.types = found;
        }
        r
    }

    fn read_rest(&mut self) {
        let mut all = boundary::window(self.length).to_vec();
        loop {
            let at = all.len();
            all.resize(at + abi::MAX_WINDOW, 0);
            let got = boundary::payload_read(at, &mut all[at..]).max(0) as usize;
            all.truncate(at + got);
            if got == 0 {
                break;
            }
        }
        self.whole = all;
    }

    pub(crate) fn into_types(self) -> Vec<u8> {
        self.types
    }

    /// Which part this is.
    pub fn phase(&self) -> Phase {
        match self.phase {
            abi::PHASE_COLUMNS => Phase::Columns,
            abi::PHASE_ROWS => Phase::Rows,
            abi::PHASE_WHOLE => Phase::Whole,
            _ => Phase::Summary,
        }
    }

    /// The command byte that the reply answers.
    pub fn command(&self) -> u8 {
        boundary::header_u8(abi::HDR_COMMAND)
    }

    /// The number of the command in its session.
    pub fn sequence(&self) -> u64 {
        boundary::header_u64(abi::HDR_SEQUENCE)
    }

    /// Whether one of the `abi::SESSION_*` bits is set.
    pub fn flag(&self, bits: u32) -> bool {
        boundary::header_u32(abi::HDR_SESSION_FLAGS) & bits != 0
    }

    /// How the reply ended, `abi::REPLY_STATE_*`.
    pub fn state(&self) -> u32 {
        boundary::header_u32(abi::HDR_REPLY_STATE)
    }

    /// The server's error number, 0 if it sent no error.
    pub fn errno(&self) -> u32 {
        boundary::header_u32(abi::HDR_REPLY_ERRNO)
    }

    /// The server's SQLSTATE.
    pub fn sqlstate(&self) -> [u8; 5] {
        boundary::header_array(abi::HDR_REPLY_SQL_ST)
    }

    /// Rows of all results so far.
    pub fn rows(&self) -> u64 {
        boundary::header_u64(abi::HDR_ROWS)
    }

    /// Bytes so far, packet headers included.
    pub fn bytes(&self) -> u64 {
        boundary::header_u64(abi::HDR_BYTES)
    }

    /// Affected rows.
    pub fn affected(&self) -> u64 {
        boundary::header_u64(abi::HDR_AFFECTED)
    }

    /// The last insert id.
    pub fn insert_id(&self) -> u64 {
        boundary::header_u64(abi::HDR_LAST_INSERT_ID)
    }

    /// Warnings.
    pub fn warnings(&self) -> u32 {
        boundary::header_u32(abi::HDR_WARNINGS)
    }

    /// `SERVER_STATUS_*` bits of the last OK or EOF.
    pub fn server_status(&self) -> u32 {
        boundary::header_u32(abi::HDR_SERVER_STATUS)
    }

    /// The time since the command was sent.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(boundary::header_u64(abi::HDR_DURATION))
    }

    /// The target that answered, if one did.
    pub fn server(&self) -> Option<u32> {
        Some(boundary::header_u32(abi::HDR_SERVER)).filter(|t| *t != abi::NO_TARGET)
    }

    /// Columns of the current result.
    pub fn column_count(&self) -> u32 {
        boundary::header_u32(abi::HDR_COLUMNS)
    }

    /// The whole part: framed packets.
    pub fn part(&self) -> &[u8] {
        if self.whole.is_empty() {
            boundary::window(self.length)
        } else {
            &self.whole
        }
    }

    /// The part's packets.
    pub fn packets(&self) -> Packets<'_> {
        Packets(self.part())
    }

    /// The columns of a part of [`Phase::Columns`].
    pub fn definitions(&self) -> impl Iterator<Item = Definition<'_>> {
        self.packets().filter_map(|p| Definition::read(p.payload))
    }

    /// Whether rows are those of a prepared statement.
    pub fn binary(&self) -> bool {
        matches!(self.command(), abi::COM_STMT_EXECUTE | abi::COM_STMT_FETCH | abi::COM_STMT_BULK_EXECUTE)
    }

    /// Reads a row's payload. The columns must have been seen (`abi::REPLY_COLUMNS` or more).
    pub fn row<'r>(&'r self, payload: &'r [u8]) -> Row<'r> {
        Row::new(payload, &self.types, self.binary())
    }

    /// Begins a row in the format of this reply, behind what is in `out`.
    pub fn write_row<'w>(&self, out: &'w mut Vec<u8>) -> RowWriter<'w> {
        RowWriter::new(out, self.types.len(), self.binary())
    }
}
