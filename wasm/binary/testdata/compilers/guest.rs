// A guest that uses what Rust's standard library makes of WebAssembly: heap,
// maps, sorting, formatting, trait objects, panics that never come.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;

trait Step {
    fn apply(&mut self, n: u32) -> u64;
}

struct Words(BTreeMap<String, u32>);
struct Primes(Vec<u32>);
struct Average(f64);

impl Step for Words {
    fn apply(&mut self, n: u32) -> u64 {
        for word in "select insert update delete replace call set begin".split(' ') {
            let mut key = String::new();
            write!(key, "{}-{:x}", word, n % 13).unwrap();
            *self.0.entry(key).or_insert(0) += n;
        }
        self.0
            .iter()
            .fold(n as u64, |h, (k, v)| mix(h, k.len() as u64 + *v as u64))
    }
}

impl Step for Primes {
    fn apply(&mut self, n: u32) -> u64 {
        let mut next = self.0.last().copied().unwrap_or(1) + 1;
        while self.0.iter().any(|p| next % p == 0) {
            next += 1;
        }
        self.0.push(next);
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|p| p.wrapping_mul(n | 1).rotate_left(7));
        sorted.iter().fold(0, |h, p| mix(h, *p as u64))
    }
}

impl Step for Average {
    fn apply(&mut self, n: u32) -> u64 {
        self.0 = (self.0 * 3.0 + (n as f64).sqrt()) / 4.0;
        mix(n as u64, (self.0 * 1e6) as u64)
    }
}

fn mix(h: u64, v: u64) -> u64 {
    (h ^ v.wrapping_add(0x9e3779b97f4a7c15))
        .wrapping_mul(0xff51afd7ed558ccd)
        .rotate_left(23)
}

thread_local! {
    static STEPS: RefCell<Vec<Box<dyn Step>>> = RefCell::new(vec![
        Box::new(Words(BTreeMap::new())),
        Box::new(Primes(Vec::new())),
        Box::new(Average(1.0)),
    ]);
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u64 {
    STEPS.with(|steps| {
        let mut steps = steps.borrow_mut();
        let count = steps.len();
        (0..12).fold(n as u64, |h, k| {
            mix(h, steps[(n as usize + k) % count].apply(n * 17 + k as u32))
        })
    })
}
