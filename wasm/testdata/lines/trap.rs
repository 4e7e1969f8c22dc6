//! trap fails in the way that a statement names. The tests look for the comments.

use penstock_sdk::{abi, Filter, Options, Plugin, Query, Verdict};

struct Trap {
    table: Vec<u32>,
}

impl Plugin for Trap {
    fn new(o: &mut Options) -> Result<Self, String> {
        o.commands(&[abi::COM_QUERY]);
        Ok(Trap { table: vec![1, 2, 3] })
    }
}

#[inline(always)]
fn first_number(sql: &[u8]) -> u32 {
    let text = std::str::from_utf8(sql).unwrap();
    text.parse().unwrap() // HERE: unwrap
}

impl Filter for Trap {
    fn query(&mut self, q: &mut Query) -> Verdict {
        let sql = q.sql();
        match sql[0] {
            b'p' => panic!("the guest's own words"), // HERE: panic
            b'i' => Verdict::Hold(std::time::Duration::from_millis(self.table[sql.len()] as u64)), // HERE: index
            b'n' => Verdict::Hold(std::time::Duration::from_millis(first_number(sql) as u64)), // HERE: unwrap called
            _ => Verdict::Pass,
        }
    }
}

penstock_sdk::plugins! { filter "trap" => Trap }
