//! Write routers and filters for Penstock in Rust.
//!
//! A plugin is a type that is a [`Plugin`], and a [`Filter`] or a [`Router`]:
//!
//! ```
//! use penstock_sdk::{abi, Filter, Options, Plugin, Query, Verdict};
//!
//! struct NoDdl;
//!
//! impl Plugin for NoDdl {
//!     fn new(o: &mut Options) -> Result<Self, String> {
//!         o.commands(&[abi::COM_QUERY]);
//!         o.needs(abi::NEED_CLASSIFY);
//!         Ok(NoDdl)
//!     }
//! }
//!
//! impl Filter for NoDdl {
//!     fn query(&mut self, q: &mut Query) -> Verdict {
//!         if q.is(abi::TYPE_DDL) {
//!             return Verdict::reject(1142, "42000", "no DDL here");
//!         }
//!         Verdict::Pass
//!     }
//! }
//!
//! penstock_sdk::plugins! { filter "noddl" => NoDdl }
//! # fn main() {}
//! ```
//!
//! in a crate of type `cdylib`, which is built with
//!
//! ```text
//! cargo build --release --target wasm32-unknown-unknown
//! ```
//!
//! [`Plugin::new`] runs once for each definition in the configuration: it decodes the
//! options, does everything expensive and says what the plugin wants to see. What it
//! returns is copied for each session and serves exactly one, so fields are session
//! state and nothing needs a lock.
//!
//! A panic ends the instance: its message goes to the log, and the definition's
//! `on_failure` says what becomes of the session. There are no clocks in
//! `wasm32-unknown-unknown`: use [`now`], not `std::time::Instant`.
//!
//! Compiled for another machine, the crate talks to the host of module [`testing`], so that
//! `cargo test` runs a plugin's unit tests. The numbers in [`abi`] are explained in
//! docs/abi.md.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(any(feature = "std", not(target_arch = "wasm32")))]
extern crate std;

pub mod abi;
mod answer;
mod boundary;
#[doc(hidden)]
pub mod guest;
mod json;
pub mod kv;
mod options;
mod packet;
mod plugin;
mod query;
mod reply;
mod row;
mod session;
pub mod state;
mod target;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod verdict;

pub use answer::{Answer, Column};
pub use options::Options;
pub use packet::{append_lenenc, append_packet, Definition, Packet, Packets};
pub use plugin::{CloseReason, Filter, OpenReason, Plugin, Registration, Router};
pub use query::{Hint, Query};
pub use reply::{Phase, Reply};
pub use row::{is_text, Field, Row, RowWriter};
pub use session::{
    call, cancel_timer, handed_over, info, log, log_enabled, now, panicked, random, set_timer,
    sink_write, tee, Errno, Metric,
};
pub use target::{find_target, fresh_targets, targets, Target};
pub use verdict::{Refusal, Role, Verdict};

/// Puts a file of the crate into the module that says what the module is and which options its
/// plugins take (docs/abi.md, Metadata): `penstock_sdk::metadata!("plugin.json");`. The path begins
/// at the crate's directory. It stands once in a module.
#[macro_export]
macro_rules! metadata {
    ($file:literal) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            const LENGTH: usize = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)).len();
            #[link_section = "penstock.plugins"]
            #[used]
            static SECTION: [u8; LENGTH] = *include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file));
        };
    };
}

/// Says which plugins the module has: `filter "name" => Type` and `router "name" => Type`,
/// with commas between them. It stands once in a module.
#[macro_export]
macro_rules! plugins {
    ($($kind:ident $name:literal => $type:ty),+ $(,)?) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[no_mangle]
            pub extern "C" fn penstock_v1() {}
            #[no_mangle]
            pub extern "C" fn ps_init(features: i64, length: i32) -> i32 {
                let plugins = [$($crate::Registration::$kind::<$type>($name)),+];
                $crate::guest::init(&plugins, features, length)
            }
            #[no_mangle]
            pub extern "C" fn ps_open(reason: i32) -> i32 { $crate::guest::open(reason) }
            #[no_mangle]
            pub extern "C" fn ps_query(length: i32, _flags: i32) -> i64 { $crate::guest::query(length) }
            #[no_mangle]
            pub extern "C" fn ps_route(length: i32, _flags: i32) -> i64 { $crate::guest::route(length) }
            #[no_mangle]
            pub extern "C" fn ps_reply(phase: i32, length: i32) -> i64 { $crate::guest::reply(phase, length) }
            #[no_mangle]
            pub extern "C" fn ps_event(kind: i32, a: i64, b: i64) -> i64 { $crate::guest::event(kind, a, b) }
            #[no_mangle]
            pub extern "C" fn ps_close(reason: i32) { $crate::guest::close(reason) }
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            let _ = [$($crate::Registration::$kind::<$type>($name)),+];
        };
    };
}
