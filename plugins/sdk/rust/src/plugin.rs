use alloc::{boxed::Box, string::String, vec::Vec};

use crate::{abi, Options, Query, Reply, Verdict};

/// What filters and routers have in common. All but [`Plugin::new`] can be left out.
pub trait Plugin {
    /// Makes the plugin from a definition's options, and says what it wants to see. What
    /// an error says is what the administrator reads; problems that `o` has found itself
    /// are reported without it.
    fn new(o: &mut Options) -> Result<Self, String>
    where
        Self: Sized;

    /// The session begins. An error refuses it.
    fn open(&mut self, reason: OpenReason) -> Result<(), String> {
        let _ = reason;
        Ok(())
    }

    /// A timer of [`crate::set_timer`] has run out.
    fn timer(&mut self, id: u32) -> Verdict {
        let _ = id;
        Verdict::Pass
    }

    /// A router's session has connected to a target.
    fn backend_connected(&mut self, target: u32) {
        let _ = target;
    }

    /// A connection could not be opened. `One` and `Any` send the command elsewhere.
    fn backend_failed(&mut self, target: u32, errno: u32) -> Verdict {
        let _ = (target, errno);
        Verdict::Pass
    }

    /// A connection broke while a command was outstanding; `lost` has `abi::LOST_*` bits.
    /// `One` and `Any` send the command again.
    fn backend_lost(&mut self, target: u32, lost: u64) -> Verdict {
        let _ = (target, lost);
        Verdict::Pass
    }

    /// A server's status has changed.
    fn targets_changed(&mut self, version: u32) -> Verdict {
        let _ = version;
        Verdict::Pass
    }

    /// COM_CHANGE_USER or COM_RESET_CONNECTION succeeded: the session is as new.
    fn session_reset(&mut self) {}

    /// Appends the state that a successor finds with [`crate::handed_over`]: see
    /// [`crate::state`]. It changes nothing, because the instance goes on if its successor
    /// cannot be opened. A router that appends nothing is not replaced in live sessions.
    fn detach(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// Appends a JSON object for the administrator.
    fn diagnose(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// The instance ends. It is not called after a failure.
    fn close(&mut self, reason: CloseReason) {
        let _ = reason;
    }
}

/// Sees the commands that it asked for with [`Options::commands`] on their way to the router.
pub trait Filter: Plugin {
    /// A command has come.
    fn query(&mut self, q: &mut Query) -> Verdict;

    /// A part of its reply has come, at the level of [`Options::reply_level`] or
    /// [`Query::reply_level`].
    fn reply(&mut self, r: &mut Reply) -> Verdict {
        let _ = r;
        Verdict::Pass
    }
}

/// Says where a command goes: `One`, `OneOr`, `Any` or `All`.
pub trait Router: Plugin {
    /// A command has come.
    fn route(&mut self, q: &mut Query) -> Verdict;
}

/// Why an instance is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenReason {
    /// A new session.
    New,
    /// It is swapped into a live session: a predecessor's state may be there.
    Swap,
    /// It replaces an instance that failed.
    AfterTrap,
    /// The session was restarted.
    Restart,
}

impl OpenReason {
    pub(crate) fn from(n: u32) -> OpenReason {
        match n {
            abi::OPEN_SWAP => OpenReason::Swap,
            abi::OPEN_AFTER_TRAP => OpenReason::AfterTrap,
            abi::OPEN_RESTART => OpenReason::Restart,
            _ => OpenReason::New,
        }
    }
}

/// Why an instance is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The session ends, or the instance answered Detach.
    SessionEnd,
    /// It was swapped out, or opened for a swap that did not come to be.
    Swap,
    /// The session was restarted.
    Restart,
}

impl CloseReason {
    pub(crate) fn from(n: u32) -> CloseReason {
        match n {
            abi::CLOSE_SWAP => CloseReason::Swap,
            abi::CLOSE_RESTART => CloseReason::Restart,
            _ => CloseReason::SessionEnd,
        }
    }
}

/// A plugin that the module has: what [`crate::plugins!`] makes.
pub struct Registration {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut Options) -> Result<Instance, String>,
}

impl Registration {
    /// A filter under a name.
    pub fn filter<T: Filter + 'static>(name: &'static str) -> Registration {
        Registration { name, make: make_filter::<T> }
    }

    /// A router under a name.
    pub fn router<T: Router + 'static>(name: &'static str) -> Registration {
        Registration { name, make: make_router::<T> }
    }
}

fn make_filter<T: Filter + 'static>(o: &mut Options) -> Result<Instance, String> {
    Ok(Instance::Filter(Box::new(T::new(o)?)))
}

fn make_router<T: Router + 'static>(o: &mut Options) -> Result<Instance, String> {
    Ok(Instance::Router(Box::new(T::new(o)?)))
}

/// The one plugin that an instance is.
pub(crate) enum Instance {
    Filter(Box<dyn Filter>),
    Router(Box<dyn Router>),
}
