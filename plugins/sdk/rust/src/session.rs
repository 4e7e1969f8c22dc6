use alloc::{string::String, vec::Vec};
use core::fmt;
use core::time::Duration;

use crate::{abi, boundary};

/// An error of the host: one of `abi::ERR_*`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    /// There is nothing.
    pub const NOT_FOUND: Errno = Errno(abi::ERR_NOT_FOUND);
    /// Another value is there.
    pub const CAS_MISMATCH: Errno = Errno(abi::ERR_CAS_MISMATCH);
    /// This host, or this definition, does not have it.
    pub const UNSUPPORTED: Errno = Errno(abi::ERR_UNSUPPORTED);
    /// There is too much.
    pub const QUOTA: Errno = Errno(abi::ERR_QUOTA);

    pub(crate) fn check(rc: i32) -> Result<i32, Errno> {
        if rc < 0 {
            return Err(Errno(rc));
        }
        Ok(rc)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self.0 {
            abi::ERR_NOT_FOUND => "NOT_FOUND",
            abi::ERR_BAD_ARG => "BAD_ARG",
            abi::ERR_FAULT => "FAULT",
            abi::ERR_UNSUPPORTED => "UNSUPPORTED",
            abi::ERR_CAS_MISMATCH => "CAS_MISMATCH",
            abi::ERR_QUOTA => "QUOTA",
            abi::ERR_WRONG_PHASE => "WRONG_PHASE",
            abi::ERR_TIMEOUT => "TIMEOUT",
            abi::ERR_INTERNAL => "INTERNAL",
            n => return write!(f, "errno {}", n),
        })
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A fact about the session: `user`, `host`, `port`, `schema`, `tls`, `service`, `session`,
/// `attr.NAME`. Empty, if there is none.
pub fn info(key: &str) -> String {
    let text = boundary::fetch(|b| boundary::info_get(key.as_bytes(), b)).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

/// Writes a line to the session's log; in `new`, to Penstock's. The level is
/// `abi::LOG_ERROR` and so on.
pub fn log(level: u32, line: &str) {
    boundary::log(level, line.as_bytes());
}

/// Whether lines of the level are kept: ask before making an expensive one.
pub fn log_enabled(level: u32) -> bool {
    boundary::log_enabled(level) > 0
}

/// Logs a panic, for the panic handler of a plugin without `std`. With `std` the crate
/// does so itself.
pub fn panicked(info: &dyn fmt::Display) {
    log(abi::LOG_ERROR, &alloc::format!("{}", info));
}

/// The host's monotonic clock when what the hook is called for came.
pub fn now() -> Duration {
    Duration::from_nanos(boundary::header_u64(abi::HDR_NOW))
}

/// Randomness of the host, fit for secrets.
pub fn random() -> u64 {
    let mut b = [0; 8];
    assert_eq!(boundary::random_get(&mut b), 0, "the host gives no randomness");
    u64::from_le_bytes(b)
}

/// What [`crate::Plugin::detach`] of a predecessor left, if the instance is opened for
/// [`crate::OpenReason::Swap`].
pub fn handed_over() -> Option<Vec<u8>> {
    boundary::fetch(boundary::state_read).ok()
}

fn milliseconds(d: Duration) -> u32 {
    ((d.as_nanos() + 999_999) / 1_000_000).clamp(1, 1 << 31) as u32
}

/// Has [`crate::Plugin::timer`] called once after d, rounded up to a millisecond; id is 0 to 15.
pub fn set_timer(id: u32, d: Duration) -> Result<(), Errno> {
    Errno::check(boundary::timer_set(id, milliseconds(d))).map(drop)
}

/// Disarms a timer.
pub fn cancel_timer(id: u32) -> Result<(), Errno> {
    Errno::check(boundary::timer_cancel(id)).map(drop)
}

/// Appends to one of the definition's `sinks`, as one unit.
pub fn sink_write(sink: u32, bytes: &[u8]) -> Result<(), Errno> {
    Errno::check(boundary::sink_write(sink, bytes)).map(drop)
}

/// Sends a statement to another service.
pub fn tee(service: &str, sql: &[u8]) -> Result<(), Errno> {
    Errno::check(boundary::tee(service.as_bytes(), sql)).map(drop)
}

/// Calls a private extension of the host and returns the result's true length.
pub fn call(name: &str, input: &[u8], out: &mut [u8]) -> Result<usize, Errno> {
    Errno::check(boundary::call(name.as_bytes(), input, out)).map(|n| n as usize)
}

/// A number of the definition, summed over its sessions. Make it in
/// [`crate::Plugin::new`]. Without metrics on the host it counts nothing.
#[derive(Clone, Copy, Debug)]
pub struct Metric(i32);

impl Metric {
    fn new(kind: u32, name: &str) -> Metric {
        Metric(boundary::metric_define(kind, name.as_bytes()))
    }

    /// A number that only grows.
    pub fn counter(name: &str) -> Metric {
        Metric::new(abi::METRIC_COUNTER, name)
    }

    /// A number that goes up and down.
    pub fn gauge(name: &str) -> Metric {
        Metric::new(abi::METRIC_GAUGE, name)
    }

    /// A distribution.
    pub fn histogram(name: &str) -> Metric {
        Metric::new(abi::METRIC_HISTOGRAM, name)
    }

    /// Adds to a counter or gauge.
    pub fn add(self, delta: i64) {
        if self.0 >= 0 {
            boundary::metric_add(self.0 as u32, delta);
        }
    }

    /// Sets a gauge.
    pub fn set(self, value: i64) {
        if self.0 >= 0 {
            boundary::metric_set(self.0 as u32, value);
        }
    }

    /// Adds an observation to a histogram.
    pub fn observe(self, value: i64) {
        if self.0 >= 0 {
            boundary::metric_observe(self.0 as u32, value);
        }
    }
}
