use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::{abi, boundary};

/// One server of the service.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is called in verdicts.
    pub index: u32,
    /// `abi::TARGET_*` bits.
    pub status: u32,
    /// Seconds behind the primary, if that is known.
    pub lag: Option<u32>,
    /// Penstock's open connections to it.
    pub connections: u32,
    /// What the administrator gave it, 1 by default.
    pub weight: u32,
    /// What the administrator gave it; 0 is preferred.
    pub rank: u32,
    /// Commands that Penstock waits for there.
    pub outstanding: u32,
    /// The mean time of a reply in microseconds, 0 if it is not known.
    pub latency: u32,
    /// Its name in the configuration.
    pub name: Vec<u8>,
}

impl Target {
    /// Whether all of the `abi::TARGET_*` bits are set.
    pub fn is(&self, bits: u32) -> bool {
        self.status & bits == bits
    }

    /// Whether new commands may go there: it runs, and is neither in maintenance nor being
    /// drained, unless this session is connected to it already.
    pub fn usable(&self) -> bool {
        self.status & (abi::TARGET_RUNNING | abi::TARGET_MAINTENANCE) == abi::TARGET_RUNNING
            && self.status & (abi::TARGET_DRAINING | abi::TARGET_CONNECTED) != abi::TARGET_DRAINING
    }

    fn read(entry: &[u8]) -> Target {
        let u32_at = |off: usize| u32::from_le_bytes([entry[off], entry[off + 1], entry[off + 2], entry[off + 3]]);
        let n = (u32_at(abi::TARGET_NAME_LENGTH) as usize).min(abi::MAX_HINT_NAME);
        Target {
            index: u32_at(abi::TARGET_INDEX),
            status: u32_at(abi::TARGET_STATUS),
            lag: Some(u32_at(abi::TARGET_LAG)).filter(|l| *l as i32 >= 0),
            connections: u32_at(abi::TARGET_CONNECTIONS),
            weight: u32_at(abi::TARGET_WEIGHT).max(1),
            rank: u32_at(abi::TARGET_RANK),
            outstanding: u32_at(abi::TARGET_OUTSTANDING),
            latency: u32_at(abi::TARGET_LATENCY),
            name: entry[abi::TARGET_NAME..abi::TARGET_NAME + n].to_vec(),
        }
    }
}

struct Table {
    seen: Option<u32>, // the header's version when it was read
    list: Rc<Vec<Target>>,
}

#[cfg(target_arch = "wasm32")]
fn with_table<T>(f: impl FnOnce(&mut Option<Table>) -> T) -> T {
    static mut TABLE: Option<Table> = None;
    f(unsafe { &mut *core::ptr::addr_of_mut!(TABLE) }) // one thread
}

#[cfg(not(target_arch = "wasm32"))]
fn with_table<T>(f: impl FnOnce(&mut Option<Table>) -> T) -> T {
    std::thread_local! {
        static TABLE: core::cell::RefCell<Option<Table>> = core::cell::RefCell::new(None);
    }
    TABLE.with(|t| f(&mut t.borrow_mut()))
}

/// What is known of the targets is not trusted any more.
pub(crate) fn forget() {
    with_table(|t| {
        if let Some(t) = t {
            t.seen = None;
        }
    })
}

/// The service's servers, in the order of the configuration. The host is asked only if a
/// status has changed: connections, outstanding, latency, lag and connected can be old.
pub fn targets() -> Rc<Vec<Target>> {
    let version = boundary::header_u32(abi::HDR_TARGETS);
    let known = with_table(|t| match t {
        Some(t) if t.seen == Some(version) => Some(t.list.clone()),
        _ => None,
    });
    known.unwrap_or_else(fresh_targets)
}

/// Asks the host for the targets.
pub fn fresh_targets() -> Rc<Vec<Target>> {
    let raw = boundary::fetch(boundary::targets_read).unwrap_or_default();
    let mut list = Vec::new();
    if raw.len() >= abi::TARGETS_HEAD_SIZE {
        let size = u32::from_le_bytes([
            raw[abi::TARGETS_ENTRY_SIZE],
            raw[abi::TARGETS_ENTRY_SIZE + 1],
            raw[abi::TARGETS_ENTRY_SIZE + 2],
            raw[abi::TARGETS_ENTRY_SIZE + 3],
        ]) as usize;
        if size >= abi::TARGET_ENTRY_SIZE {
            list = raw[abi::TARGETS_HEAD_SIZE..].chunks_exact(size).map(Target::read).collect();
        }
    }
    let list = Rc::new(list);
    let seen = Some(boundary::header_u32(abi::HDR_TARGETS));
    with_table(|t| *t = Some(Table { seen, list: list.clone() }));
    list
}

/// The first usable target that is all of the `abi::TARGET_*` bits.
pub fn find_target(bits: u32) -> Option<u32> {
    targets().iter().find(|t| t.is(bits) && t.usable()).map(|t| t.index)
}
