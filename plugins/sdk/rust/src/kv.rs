//! The values that all sessions of a definition share. A time to live of `None` is for ever.

use alloc::vec::Vec;
use core::time::Duration;

use crate::{abi, boundary, Errno};

fn milliseconds(ttl: Option<Duration>) -> i64 {
    ttl.map_or(0, |d| d.as_millis().clamp(1, i64::MAX as u128) as i64)
}

/// The value, or [`Errno::NOT_FOUND`].
pub fn get(key: &str) -> Result<Vec<u8>, Errno> {
    boundary::fetch(|b| boundary::kv_get(key.as_bytes(), b)).map_err(Errno)
}

fn put(key: &str, value: &[u8], ttl: Option<Duration>, old: &[u8], length: u32) -> Result<(), Errno> {
    Errno::check(boundary::kv_set(key.as_bytes(), value, milliseconds(ttl), old, length)).map(drop)
}

/// Sets it whatever it was.
pub fn set(key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), Errno> {
    put(key, value, ttl, &[], abi::KV_ANY)
}

/// Sets it if there is none; else [`Errno::CAS_MISMATCH`].
pub fn create(key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), Errno> {
    put(key, value, ttl, &[], abi::KV_ABSENT)
}

/// Sets it if it is `old`; else [`Errno::CAS_MISMATCH`] or [`Errno::NOT_FOUND`].
pub fn swap(key: &str, old: &[u8], value: &[u8], ttl: Option<Duration>) -> Result<(), Errno> {
    put(key, value, ttl, old, old.len() as u32)
}

/// Removes it.
pub fn delete(key: &str) -> Result<(), Errno> {
    Errno::check(boundary::kv_del(key.as_bytes())).map(drop)
}

/// Adds to a counter and returns its new value; the time to live counts from its creation.
pub fn add(key: &str, delta: i64, ttl: Option<Duration>) -> Result<i64, Errno> {
    let mut sum = 0;
    Errno::check(boundary::kv_add(key.as_bytes(), delta, milliseconds(ttl), &mut sum))?;
    Ok(sum)
}
