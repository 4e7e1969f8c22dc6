//! What the exports do. Plugins do not use this module; [`crate::plugins!`] does.

use alloc::{format, string::String, vec::Vec};

use crate::boundary::{self, shared};
use crate::plugin::Instance;
use crate::{abi, CloseReason, OpenReason, Options, Query, Registration, Reply, Role, Verdict};

/// The instance's state.
struct Guest {
    instance: Option<Instance>,
    types: Vec<u8>, // of the current result's columns
}

#[cfg(target_arch = "wasm32")]
fn guest() -> &'static mut Guest {
    static mut GUEST: Guest = Guest { instance: None, types: Vec::new() };
    // One thread, and no hook is called while another one runs.
    unsafe { &mut *core::ptr::addr_of_mut!(GUEST) }
}

#[cfg(not(target_arch = "wasm32"))]
fn guest() -> &'static mut Guest {
    use std::boxed::Box;
    std::thread_local! {
        static GUEST: *mut Guest = Box::into_raw(Box::new(Guest { instance: None, types: Vec::new() }));
    }
    unsafe { &mut *GUEST.with(|g| *g) }
}

fn choose(plugins: &[Registration]) -> Result<&Registration, String> {
    let name = boundary::fetch(boundary::plugin_name).unwrap_or_default();
    if let Some(p) = plugins.iter().find(|p| p.name.as_bytes() == &name[..]) {
        return Ok(p);
    }
    let names: Vec<&str> = plugins.iter().map(|p| p.name).collect();
    match plugins {
        [only] if name.is_empty() => Ok(only),
        _ if name.is_empty() => Err(format!(
            "the module has several plugins, say which one with plugin = \"NAME\": {}",
            names.join(" ")
        )),
        _ => Err(format!(
            "plugin \"{}\" is not in this module; it has: {}",
            String::from_utf8_lossy(&name),
            names.join(" ")
        )),
    }
}

fn make(plugins: &[Registration], features: u64, length: usize) -> Result<(), String> {
    let plugin = choose(plugins)?;
    let (mut options, common) = Options::read(length)?;
    let made = (plugin.make)(&mut options);
    drop(options); // it looks for unknown options then
    let common = common.borrow();
    // The options' own problems come first: they are usually why the plugin refuses.
    if !common.problems.is_empty() {
        return Err(format!("{}: {}", plugin.name, common.problems.join("; ")));
    }
    let made = made.map_err(|e| format!("{}: {}", plugin.name, e))?;
    if common.features & !features != 0 {
        return Err(format!(
            "{}: this host lacks a feature that the plugin needs (shared KV, timers, sinks or metrics)",
            plugin.name
        ));
    }
    let kind = match made {
        Instance::Filter(_) => abi::KIND_FILTER,
        Instance::Router(_) => abi::KIND_ROUTER,
    };
    let d = unsafe { &mut (*shared()).descriptor };
    *d = [0; abi::DESCRIPTOR_SIZE];
    let mut put = |off: usize, v: u32| d[off..off + 4].copy_from_slice(&v.to_le_bytes());
    // On another machine than WebAssembly nobody looks at the addresses.
    put(abi::DESC_SIZE, abi::DESCRIPTOR_SIZE as u32);
    put(abi::DESC_KIND, kind);
    put(abi::DESC_MINOR, abi::ABI_MINOR as u32);
    put(abi::DESC_WINDOW, unsafe { core::ptr::addr_of!((*shared()).window) } as usize as u32);
    put(abi::DESC_WINDOW_CAP, abi::MAX_WINDOW as u32);
    put(abi::DESC_HEADER, unsafe { core::ptr::addr_of!((*shared()).header) } as usize as u32);
    put(abi::DESC_HEADER_CAP, abi::HEADER_SIZE as u32);
    put(abi::DESC_NEEDS, common.needs);
    put(abi::DESC_REPLY_LEVEL, common.reply_level);
    put(abi::DESC_ON_FAILURE, common.on_failure);
    // A plugin that has nothing to say to an event answers Pass.
    let events = [
        abi::EVENT_TIMER,
        abi::EVENT_BACKEND_CONNECTED,
        abi::EVENT_BACKEND_FAILED,
        abi::EVENT_BACKEND_LOST,
        abi::EVENT_TARGETS_CHANGED,
        abi::EVENT_DETACH,
        abi::EVENT_DIAGNOSTICS,
        abi::EVENT_SESSION_RESET,
    ];
    put(abi::DESC_EVENTS, events.iter().fold(0, |mask, e| mask | 1 << e));
    if !common.texts.is_empty() {
        put(abi::DESC_TEXTS, unsafe { core::ptr::addr_of!((*shared()).texts) } as usize as u32);
        put(abi::DESC_TEXTS_SIZE, common.texts.len() as u32);
        unsafe { (&mut (*shared()).texts)[..common.texts.len()].copy_from_slice(&common.texts) };
    }
    d[abi::DESC_FEATURES..][..8].copy_from_slice(&common.features.to_le_bytes());
    d[abi::DESC_COMMANDS..][..abi::DESC_COMMANDS_SIZE].copy_from_slice(&common.commands);
    guest().instance = Some(made);
    Ok(())
}

/// ps_init: the descriptor's address, or an errno.
pub fn init(plugins: &[Registration], features: i64, length: i32) -> i32 {
    #[cfg(all(feature = "std", target_arch = "wasm32"))]
    std::panic::set_hook(std::boxed::Box::new(|info| crate::panicked(info)));
    match make(plugins, features as u64, length as usize) {
        Ok(()) if cfg!(target_arch = "wasm32") => {
            unsafe { core::ptr::addr_of!((*shared()).descriptor) as usize as i32 }
        }
        Ok(()) => 1,
        Err(why) => {
            boundary::fail(why.as_bytes());
            abi::ERR_BAD_ARG
        }
    }
}

/// Calls a method of the plugin, whichever kind it is.
macro_rules! with {
    ($p:ident => $call:expr, $else:expr) => {
        match &mut guest().instance {
            Some(Instance::Filter($p)) => $call,
            Some(Instance::Router($p)) => $call,
            None => $else,
        }
    };
}

/// ps_open.
pub fn open(reason: i32) -> i32 {
    crate::target::forget();
    match with!(p => p.open(OpenReason::from(reason as u32)), Ok(())) {
        Ok(()) => abi::OK,
        Err(why) => {
            boundary::fail(why.as_bytes());
            abi::ERR_BAD_ARG
        }
    }
}

/// Sets the header's outputs.
fn no_wish() {
    boundary::put_header_u32(abi::HDR_ERRNO, 0);
    boundary::put_header(abi::HDR_SQL_STATE, &[0; 5]);
    boundary::put_header_u32(abi::HDR_REPLY_LEVEL, abi::REPLY_KEEP);
    boundary::put_header_u32(abi::HDR_FALLBACK, abi::NO_TARGET);
}

/// ps_query.
pub fn query(length: i32) -> i64 {
    no_wish();
    let mut q = Query::new(length as usize);
    let v = match &mut guest().instance {
        Some(Instance::Filter(f)) => f.query(&mut q),
        _ => Verdict::Pass,
    };
    if let Verdict::Replace(sql) = v {
        return replace_query(&q, &sql);
    }
    answer(v)
}

/// Only commands that carry their statement can have another one.
fn replace_query(q: &Query, sql: &[u8]) -> i64 {
    if q.command() != abi::COM_QUERY && q.command() != abi::COM_STMT_PREPARE {
        return answer(Verdict::Pass);
    }
    match output(boundary::header_u32(abi::HDR_SQL_OFFSET) as usize, sql) {
        Some(n) => pack(abi::ACTION_REPLACED, n),
        None => answer(Verdict::close(1153, "08S01", "the statement became too long when it was rewritten")),
    }
}

/// ps_route.
pub fn route(length: i32) -> i64 {
    no_wish();
    let mut q = Query::new(length as usize);
    match &mut guest().instance {
        Some(Instance::Router(r)) => answer(r.route(&mut q)),
        _ => answer(Verdict::Pass),
    }
}

/// ps_reply.
pub fn reply(phase: i32, length: i32) -> i64 {
    let g = guest();
    let mut r = Reply::new(phase as u32, length as usize, core::mem::take(&mut g.types));
    let v = match &mut g.instance {
        Some(Instance::Filter(f)) => f.reply(&mut r),
        _ => Verdict::Pass,
    };
    g.types = r.into_types();
    answer(v)
}

/// ps_event. The header is the last command's then, so what it says of the targets is not
/// trusted.
pub fn event(kind: i32, a: i64, b: i64) -> i64 {
    no_wish();
    crate::target::forget();
    let n = a as u32;
    let mut out = Vec::new();
    let v = match kind as u32 {
        abi::EVENT_TIMER => with!(p => p.timer(n), Verdict::Pass),
        abi::EVENT_BACKEND_FAILED => with!(p => p.backend_failed(n, b as u32), Verdict::Pass),
        abi::EVENT_BACKEND_LOST => with!(p => p.backend_lost(n, b as u64), Verdict::Pass),
        abi::EVENT_TARGETS_CHANGED => with!(p => p.targets_changed(n), Verdict::Pass),
        kind => {
            match kind {
                abi::EVENT_BACKEND_CONNECTED => with!(p => p.backend_connected(n), ()),
                abi::EVENT_SESSION_RESET => with!(p => p.session_reset(), ()),
                abi::EVENT_DETACH => with!(p => p.detach(&mut out), ()),
                abi::EVENT_DIAGNOSTICS => with!(p => p.diagnose(&mut out), ()),
                _ => (),
            }
            if out.is_empty() {
                Verdict::Pass
            } else {
                Verdict::Replace(out)
            }
        }
    };
    answer(v)
}

/// ps_close.
pub fn close(reason: i32) {
    with!(p => p.close(CloseReason::from(reason as u32)), ())
}

fn pack(action: u8, argument: u32) -> i64 {
    (u64::from(argument) << 32 | u64::from(action)) as i64
}

/// Hands bytes to the host behind the window's first ones; what the window does not hold,
/// beyond it. None: the host does not take that much.
fn output(head: usize, bytes: &[u8]) -> Option<u32> {
    let n = boundary::put_window(head, bytes);
    if n < bytes.len() && boundary::payload_append(&bytes[n..]) < 0 {
        return None;
    }
    Some((head + n) as u32)
}

/// What MariaDB clients take of a message: MYSQL_ERRMSG_SIZE less its NUL.
const MAX_MESSAGE: usize = 511;

fn answer(v: Verdict) -> i64 {
    let refuse = |action: u8, r: &crate::Refusal| {
        boundary::put_header_u32(abi::HDR_ERRNO, u32::from(r.errno));
        if r.state.len() == 5 {
            boundary::put_header(abi::HDR_SQL_STATE, r.state.as_bytes());
        }
        let text = r.message.as_bytes();
        pack(action, boundary::put_window(0, &text[..text.len().min(MAX_MESSAGE)]) as u32)
    };
    match v {
        Verdict::Pass => pack(abi::ACTION_PASS, 0),
        Verdict::Replace(bytes) => match output(0, &bytes) {
            Some(n) => pack(abi::ACTION_REPLACED, n),
            None => answer(Verdict::reject(1105, "", "the filter's reply became too large")),
        },
        Verdict::Answer(a) => match a.error() {
            None => pack(abi::ACTION_REPLY, 0),
            Some(e) => answer(Verdict::reject(1105, "", format!("the filter could not build its reply: {}", e))),
        },
        Verdict::Reject(r) => refuse(abi::ACTION_REJECT, &r),
        Verdict::Close(r) => refuse(abi::ACTION_CLOSE, &r),
        Verdict::Hold(d) => {
            let ms = (d.as_nanos() + 999_999) / 1_000_000;
            pack(abi::ACTION_HOLD, ms.clamp(1, 1 << 31) as u32)
        }
        Verdict::Detach => pack(abi::ACTION_DETACH, 0),
        Verdict::Drop => pack(abi::ACTION_DROP, 0),
        Verdict::Done => pack(abi::ACTION_DONE, 0),
        Verdict::One(t) => pack(abi::ACTION_ONE, t),
        Verdict::OneOr(t, other) => {
            boundary::put_header_u32(abi::HDR_FALLBACK, other);
            pack(abi::ACTION_ONE, t)
        }
        Verdict::Any(role) => pack(abi::ACTION_ANY, Role::code(role)),
        Verdict::All(t) => pack(abi::ACTION_ALL, t),
    }
}
