//! The line between a plugin and the host: the memory that both see, and the imports, as
//! docs/abi.md has them. Nothing outside of this module and `guest` is unsafe.

use crate::abi;

/// What host and guest both see. Pages that nobody touches cost nothing, so the window is
/// as large as it may be.
#[repr(C, align(8))]
pub struct Shared {
    pub header: [u8; abi::HEADER_SIZE],
    pub descriptor: [u8; abi::DESCRIPTOR_SIZE],
    pub texts: [u8; abi::MAX_TEXTS * (1 + abi::MAX_TEXT)],
    pub window: [u8; abi::MAX_WINDOW],
}

impl Shared {
    const fn new() -> Shared {
        Shared {
            header: [0; abi::HEADER_SIZE],
            descriptor: [0; abi::DESCRIPTOR_SIZE],
            texts: [0; abi::MAX_TEXTS * (1 + abi::MAX_TEXT)],
            window: [0; abi::MAX_WINDOW],
        }
    }
}

#[cfg(target_arch = "wasm32")]
static mut SHARED: Shared = Shared::new();

#[cfg(target_arch = "wasm32")]
pub fn shared() -> *mut Shared {
    // One thread, and the address never changes.
    unsafe { core::ptr::addr_of_mut!(SHARED) }
}

// Each thread of a test has an instance of its own.
#[cfg(not(target_arch = "wasm32"))]
std::thread_local! {
    static SHARED: *mut Shared = std::boxed::Box::into_raw(std::boxed::Box::new(Shared::new()));
}

#[cfg(not(target_arch = "wasm32"))]
pub fn shared() -> *mut Shared {
    SHARED.with(|s| *s)
}

/// The first bytes of the window, as the host left them. They stay so until the hook
/// returns: only `put_window` writes there, when it has.
pub fn window<'a>(length: usize) -> &'a [u8] {
    unsafe { core::slice::from_raw_parts((*shared()).window.as_ptr(), length.min(abi::MAX_WINDOW)) }
}

/// Writes into the window what fits behind the first `head` bytes, and returns how much.
pub fn put_window(head: usize, bytes: &[u8]) -> usize {
    let n = bytes.len().min(abi::MAX_WINDOW - head);
    unsafe { (&mut (*shared()).window)[head..head + n].copy_from_slice(&bytes[..n]) };
    n
}

fn header_bytes<const N: usize>(off: usize) -> [u8; N] {
    let mut b = [0; N];
    unsafe { b.copy_from_slice(&(&(*shared()).header)[off..off + N]) };
    b
}

pub fn header_u8(off: usize) -> u8 {
    header_bytes::<1>(off)[0]
}
pub fn header_u32(off: usize) -> u32 {
    u32::from_le_bytes(header_bytes(off))
}
pub fn header_u64(off: usize) -> u64 {
    u64::from_le_bytes(header_bytes(off))
}
pub fn header_array<const N: usize>(off: usize) -> [u8; N] {
    header_bytes(off)
}
pub fn put_header(off: usize, bytes: &[u8]) {
    unsafe { (&mut (*shared()).header)[off..off + bytes.len()].copy_from_slice(bytes) };
}
pub fn put_header_u32(off: usize, v: u32) {
    put_header(off, &v.to_le_bytes());
}

#[cfg(target_arch = "wasm32")]
pub use guest_side::*;
#[cfg(target_arch = "wasm32")]
mod guest_side {
    mod raw {
        #[link(wasm_import_module = "penstock_v1")]
        extern "C" {
            pub fn log(level: u32, at: *const u8, len: usize) -> i32;
            pub fn log_enabled(level: u32) -> i32;
            pub fn config_read(off: usize, at: *mut u8, cap: usize) -> i32;
            pub fn plugin_name(at: *mut u8, cap: usize) -> i32;
            pub fn fail(at: *const u8, len: usize) -> i32;
            pub fn payload_read(off: usize, at: *mut u8, cap: usize) -> i32;
            pub fn payload_append(at: *const u8, len: usize) -> i32;
            pub fn info_get(key: *const u8, key_len: usize, at: *mut u8, cap: usize) -> i32;
            pub fn sql_canonical(at: *mut u8, cap: usize) -> i32;
            pub fn sql_tables(at: *mut u8, cap: usize) -> i32;
            pub fn targets_read(at: *mut u8, cap: usize) -> i32;
            pub fn reply_ok(affected: u64, insert_id: u64, warnings: u32) -> i32;
            pub fn reply_err(code: u32, state: *const u8, at: *const u8, len: usize) -> i32;
            pub fn reply_columns(at: *const u8, len: usize) -> i32;
            pub fn reply_row(at: *const u8, len: usize) -> i32;
            pub fn reply_append(at: *const u8, len: usize) -> i32;
            pub fn metric_define(kind: u32, name: *const u8, len: usize) -> i32;
            pub fn metric_add(id: u32, delta: i64) -> i32;
            pub fn metric_set(id: u32, value: i64) -> i32;
            pub fn metric_observe(id: u32, value: i64) -> i32;
            pub fn kv_get(key: *const u8, key_len: usize, at: *mut u8, cap: usize) -> i32;
            pub fn kv_set(key: *const u8, key_len: usize, at: *const u8, len: usize, ttl_ms: i64, expected: *const u8, expected_len: u32) -> i32;
            pub fn kv_del(key: *const u8, key_len: usize) -> i32;
            pub fn kv_add(key: *const u8, key_len: usize, delta: i64, ttl_ms: i64, sum: *mut i64) -> i32;
            pub fn timer_set(id: u32, ms: u32) -> i32;
            pub fn timer_cancel(id: u32) -> i32;
            pub fn sink_write(id: u32, at: *const u8, len: usize) -> i32;
            pub fn state_read(at: *mut u8, cap: usize) -> i32;
            pub fn tee(service: *const u8, service_len: usize, at: *const u8, len: usize) -> i32;
            pub fn call(name: *const u8, name_len: usize, input: *const u8, input_len: usize, out: *mut u8, cap: usize) -> i32;
        }
        #[link(wasm_import_module = "wasi_snapshot_preview1")]
        extern "C" {
            pub fn random_get(at: *mut u8, len: usize) -> i32;
        }
    }

    // The host checks every pointer and length; a slice's are right.
    macro_rules! import {
        ($name:ident($($arg:ident: $type:ty),*) => $($call:expr),*) => {
            pub fn $name($($arg: $type),*) -> i32 { unsafe { raw::$name($($call),*) } }
        };
    }
    import!(log(level: u32, s: &[u8]) => level, s.as_ptr(), s.len());
    import!(log_enabled(level: u32) => level);
    import!(config_read(off: usize, out: &mut [u8]) => off, out.as_mut_ptr(), out.len());
    import!(plugin_name(out: &mut [u8]) => out.as_mut_ptr(), out.len());
    import!(fail(s: &[u8]) => s.as_ptr(), s.len());
    import!(payload_read(off: usize, out: &mut [u8]) => off, out.as_mut_ptr(), out.len());
    import!(payload_append(s: &[u8]) => s.as_ptr(), s.len());
    import!(info_get(key: &[u8], out: &mut [u8]) => key.as_ptr(), key.len(), out.as_mut_ptr(), out.len());
    import!(sql_canonical(out: &mut [u8]) => out.as_mut_ptr(), out.len());
    import!(sql_tables(out: &mut [u8]) => out.as_mut_ptr(), out.len());
    import!(targets_read(out: &mut [u8]) => out.as_mut_ptr(), out.len());
    import!(reply_ok(affected: u64, insert_id: u64, warnings: u32) => affected, insert_id, warnings);
    import!(reply_err(code: u32, state: Option<[u8; 5]>, s: &[u8]) =>
        code, state.as_ref().map_or(core::ptr::null(), |x| x.as_ptr()), s.as_ptr(), s.len());
    import!(reply_columns(s: &[u8]) => s.as_ptr(), s.len());
    import!(reply_row(s: &[u8]) => s.as_ptr(), s.len());
    import!(reply_append(s: &[u8]) => s.as_ptr(), s.len());
    import!(metric_define(kind: u32, name: &[u8]) => kind, name.as_ptr(), name.len());
    import!(metric_add(id: u32, delta: i64) => id, delta);
    import!(metric_set(id: u32, value: i64) => id, value);
    import!(metric_observe(id: u32, value: i64) => id, value);
    import!(kv_get(key: &[u8], out: &mut [u8]) => key.as_ptr(), key.len(), out.as_mut_ptr(), out.len());
    import!(kv_set(key: &[u8], s: &[u8], ttl_ms: i64, expected: &[u8], expected_len: u32) =>
        key.as_ptr(), key.len(), s.as_ptr(), s.len(), ttl_ms, expected.as_ptr(), expected_len);
    import!(kv_del(key: &[u8]) => key.as_ptr(), key.len());
    import!(kv_add(key: &[u8], delta: i64, ttl_ms: i64, sum: &mut i64) => key.as_ptr(), key.len(), delta, ttl_ms, sum);
    import!(timer_set(id: u32, ms: u32) => id, ms);
    import!(timer_cancel(id: u32) => id);
    import!(sink_write(id: u32, s: &[u8]) => id, s.as_ptr(), s.len());
    import!(state_read(out: &mut [u8]) => out.as_mut_ptr(), out.len());
    import!(tee(service: &[u8], s: &[u8]) => service.as_ptr(), service.len(), s.as_ptr(), s.len());
    import!(call(name: &[u8], input: &[u8], out: &mut [u8]) =>
        name.as_ptr(), name.len(), input.as_ptr(), input.len(), out.as_mut_ptr(), out.len());
    import!(random_get(out: &mut [u8]) => out.as_mut_ptr(), out.len());
}

#[cfg(not(target_arch = "wasm32"))]
pub use crate::testing::imports::*;

/// Calls an import that copies out up to a capacity, again with more room if it must.
pub fn fetch(mut import: impl FnMut(&mut [u8]) -> i32) -> Result<alloc::vec::Vec<u8>, i32> {
    let mut buf = alloc::vec![0; 256];
    loop {
        let n = import(&mut buf);
        if n < 0 {
            return Err(n);
        }
        let n = n as usize;
        if n <= buf.len() {
            buf.truncate(n);
            return Ok(buf);
        }
        buf.resize(n, 0);
    }
}
