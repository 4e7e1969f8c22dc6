//! A guest for the tests: what of the standard library is linked has debug information too.

#[inline(always)]
fn middle(list: &[String]) -> &str {
    &list[list.len() / 2]
}

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut list: Vec<String> = (0..n).map(|i| format!("{:03}", i * 7 % 10)).collect();
    list.sort();
    middle(&list).parse::<i32>().unwrap()
}
