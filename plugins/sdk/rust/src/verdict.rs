use alloc::{string::String, vec::Vec};
use core::time::Duration;

use crate::{abi, Answer};

/// A hook's answer. Which hooks may give which, docs/abi.md says.
#[derive(Debug)]
pub enum Verdict {
    /// The command or reply goes on unchanged.
    Pass,
    /// A query's other statement, or a reply's other packets, framed.
    Replace(Vec<u8>),
    /// A filter's reply in the place of the server's.
    Answer(Answer),
    /// The client gets an ERR packet: see [`Verdict::reject`].
    Reject(Refusal),
    /// As Reject, and the session is closed: see [`Verdict::close`].
    Close(Refusal),
    /// The same command again after so long. Declare `abi::NEED_HOLD`.
    Hold(Duration),
    /// Pass, and end the plugin's work for this session.
    Detach,
    /// Leave this batch of rows out.
    Drop,
    /// Pass this part, and leave the result's further rows out.
    Done,
    /// To the target with this index.
    One(u32),
    /// To the first target, to the second if the first cannot be connected.
    OneOr(u32, u32),
    /// To a server of the role, which the host chooses.
    Any(Role),
    /// To every backend of the session; the client gets this target's reply.
    All(u32),
}

/// What a server has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The primary.
    Primary,
    /// A replica.
    Replica,
    /// Either.
    Running,
}

impl Role {
    pub(crate) fn code(self) -> u32 {
        match self {
            Role::Primary => abi::ROLE_PRIMARY,
            Role::Replica => abi::ROLE_REPLICA,
            Role::Running => abi::ROLE_RUNNING,
        }
    }
}

/// An ERR packet.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error number; 0 means 1105.
    pub errno: u16,
    /// Five digits and capital letters, or empty for what belongs to the number.
    pub state: &'static str,
    /// For the client; it takes 511 bytes.
    pub message: String,
}

impl Verdict {
    /// Answers the client with an ERR packet. The state may be empty.
    pub fn reject(errno: u16, state: &'static str, message: impl Into<String>) -> Verdict {
        Verdict::Reject(Refusal { errno, state, message: message.into() })
    }

    /// As reject, and closes the session.
    pub fn close(errno: u16, state: &'static str, message: impl Into<String>) -> Verdict {
        Verdict::Close(Refusal { errno, state, message: message.into() })
    }
}
