//! ratelimit: a user has so many statements a second, over all of his sessions together.
//! What is left of them is in the values that the definition's sessions share.
//!
//! Options: `tokens_per_second`, required; `burst`, how many statements may come at once.

use std::convert::TryInto;
use std::time::Duration;

use penstock_sdk::{abi, info, kv, now, Errno, Filter, Metric, OpenReason, Options, Plugin, Query, Verdict};

/// A statement; the bucket counts in millionths.
const TOKEN: u64 = 1_000_000;
const HOUR: Duration = Duration::from_secs(3600);

struct RateLimit {
    rate: u64,
    burst: u64,
    key: String,
    rejected: Metric,
}

/// What a user has left, and when that was so.
struct Bucket {
    left: u64,
    at: u64,
}

impl Bucket {
    fn read(b: &[u8]) -> Option<Bucket> {
        let number = |from: usize| Some(u64::from_le_bytes(b.get(from..from + 8)?.try_into().ok()?));
        Some(Bucket { left: number(0)?, at: number(8)? }).filter(|_| b.len() == 16)
    }

    fn bytes(&self) -> Vec<u8> {
        [self.left.to_le_bytes(), self.at.to_le_bytes()].concat()
    }
}

impl Plugin for RateLimit {
    fn new(o: &mut Options) -> Result<Self, String> {
        let rate = o.int("tokens_per_second", 0, 1..=1_000_000);
        let burst = o.int("burst", rate, 1..=1_000_000);
        if !o.has("tokens_per_second") {
            o.fail("tokens_per_second", "is required: statements a second for each user, from 1 to 1000000");
        }
        o.commands(&[abi::COM_QUERY, abi::COM_STMT_EXECUTE]);
        o.features(abi::FEATURE_KV);
        let rejected = Metric::counter("statements_rejected");
        Ok(RateLimit { rate: rate as u64, burst: burst as u64, key: String::new(), rejected })
    }

    fn open(&mut self, _: OpenReason) -> Result<(), String> {
        self.session_reset();
        Ok(())
    }

    fn session_reset(&mut self) {
        self.key = String::from("user/") + &info("user");
    }
}

impl Filter for RateLimit {
    fn query(&mut self, _: &mut Query) -> Verdict {
        // Until no other session was quicker.
        for _ in 0..16 {
            match self.take() {
                Ok(true) => return Verdict::Pass,
                Ok(false) => {
                    self.rejected.add(1);
                    return Verdict::reject(1226, "42000", "too many statements a second for this user");
                }
                Err(Errno::CAS_MISMATCH | Errno::NOT_FOUND) => (),
                Err(_) => break,
            }
        }
        Verdict::reject(1105, "", "ratelimit: the user's bucket cannot be kept")
    }
}

impl RateLimit {
    /// Takes a token out of the bucket; false: there is none.
    fn take(&self) -> Result<bool, Errno> {
        let now = now().as_nanos() as u64;
        let old = match kv::get(&self.key) {
            Ok(b) => Some(b),
            Err(Errno::NOT_FOUND) => None,
            Err(e) => return Err(e),
        };
        let mut bucket = Bucket { left: self.burst * TOKEN, at: now };
        if let Some(b) = &old {
            bucket = self.refill(Bucket::read(b).ok_or(Errno(abi::ERR_INTERNAL))?, now);
        }
        if bucket.left < TOKEN {
            return Ok(false);
        }
        bucket.left -= TOKEN;
        match old {
            Some(old) => kv::swap(&self.key, &old, &bucket.bytes(), Some(HOUR))?,
            None => kv::create(&self.key, &bucket.bytes(), Some(HOUR))?,
        }
        Ok(true)
    }

    fn refill(&self, b: Bucket, now: u64) -> Bucket {
        let passed = now.saturating_sub(b.at).min(HOUR.as_nanos() as u64);
        let full = self.burst * TOKEN;
        let whole = passed == HOUR.as_nanos() as u64;
        let left = if whole { full } else { full.min(b.left.saturating_add(passed * self.rate / 1000)) };
        Bucket { left, at: now.max(b.at) }
    }
}

penstock_sdk::metadata!("../../ratelimit.json");
penstock_sdk::plugins! { filter "ratelimit" => RateLimit }

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::testing::{host, Session};

    fn passed(s: &mut Session, n: usize) -> usize {
        (0..n).filter(|_| s.query("SELECT 1", abi::TYPE_READ).action == abi::ACTION_PASS).count()
    }

    #[test]
    fn a_bucket_for_each_user() {
        let mut s = Session::filter::<RateLimit>("{\"tokens_per_second\":10,\"burst\":5}");
        assert_eq!(passed(&mut s, 8), 5);
        let r = s.query("SELECT 1", abi::TYPE_READ);
        assert_eq!((r.errno, r.state.as_str()), (1226, "42000"));
        host(|h| h.now += Duration::from_millis(250)); // two and a half
        assert_eq!(passed(&mut s, 4), 2);
        host(|h| h.now += Duration::from_millis(50));
        assert_eq!(passed(&mut s, 4), 1);
        host(|h| h.now += 2 * HOUR);
        assert_eq!(passed(&mut s, 8), 5);

        host(|h| h.facts.insert("user".into(), "other".into()));
        s.event(abi::EVENT_SESSION_RESET, 0, 0);
        assert_eq!(passed(&mut s, 8), 5);

        // Nothing fails open.
        host(|h| h.kv.insert(b"user/other".to_vec(), b"garbage".to_vec()));
        assert_eq!(s.query("SELECT 1", 0).errno, 1105);
    }

    #[test]
    fn options() {
        assert!(Session::refusal::<RateLimit>("{}").contains("tokens_per_second\" is required"));
        assert!(Session::refusal::<RateLimit>("{\"tokens_per_second\":0}").contains("from 1 to 1000000, not 0"));
    }
}
