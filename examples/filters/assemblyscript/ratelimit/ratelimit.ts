// ratelimit: a user has so many statements a second, over all of his sessions together.
// What is left of them is in the values that the definition's sessions share.
//
// Options: `tokens_per_second`, required; `burst`, how many statements may come at once.

import { abi, Bytes, Filter, filter, HOUR, info, kv, Metric, now, Options, Query, Verdict } from "penstock-sdk";
export * from "penstock-sdk/exports";

/** A statement; the bucket counts in millionths. */
const TOKEN: i64 = 1_000_000;

class RateLimit extends Filter {
  rate: i64;
  burst: i64;
  key: string = "";
  rejected: Metric = Metric.counter("statements_rejected");

  constructor(o: Options) {
    super();
    this.rate = o.int("tokens_per_second", 0, 1, 1_000_000);
    this.burst = o.int("burst", this.rate, 1, 1_000_000);
    if (!o.has("tokens_per_second")) o.fail("tokens_per_second", "is required: statements a second for each user, from 1 to 1000000");
    o.commands([abi.COM_QUERY, abi.COM_STMT_EXECUTE]);
    o.features(abi.FEATURE_KV);
  }

  open(_reason: u32): string | null {
    this.sessionReset();
    return null;
  }

  sessionReset(): void {
    this.key = "user/" + info("user");
  }

  query(_q: Query): Verdict {
    // Until no other session was quicker.
    for (let i = 0; i < 16; i++) {
      const error = this.take();
      if (error == abi.OK) return Verdict.pass();
      if (error == abi.ERR_QUOTA) {
        this.rejected.add(1);
        return Verdict.reject(1226, "42000", "too many statements a second for this user");
      }
      if (error != abi.ERR_CAS_MISMATCH && error != abi.ERR_NOT_FOUND) break;
    }
    return Verdict.reject(1105, "", "ratelimit: the user's bucket cannot be kept");
  }

  /** Takes a token out of the bucket; `abi.ERR_QUOTA`: there is none. */
  take(): i32 {
    const old = kv.get(this.key);
    let left = this.burst * TOKEN;
    let at = now();
    if (old.ok) {
      // What a user had left, and when that was so.
      if (old.value.length != 16) return abi.ERR_INTERNAL;
      const had = load<i64>(old.value.dataStart);
      const then = load<i64>(old.value.dataStart, 8);
      const passed = min(max(at - then, 0), HOUR);
      if (passed < HOUR) left = min(left, had + (passed * this.rate) / 1000);
      at = max(at, then);
    } else if (old.error != abi.ERR_NOT_FOUND) {
      return failure(old.error);
    }
    if (left < TOKEN) return abi.ERR_QUOTA;
    const bucket = new Bytes(16).u64(left - TOKEN).u64(at).view();
    const error = old.ok ? kv.swap(this.key, old.value, bucket, HOUR) : kv.create(this.key, bucket, HOUR);
    return failure(error);
  }
}

/** The host's own quota is none of the user's. */
function failure(error: i32): i32 {
  return error == abi.ERR_QUOTA ? abi.ERR_INTERNAL : error;
}

filter("ratelimit", (o) => new RateLimit(o));
