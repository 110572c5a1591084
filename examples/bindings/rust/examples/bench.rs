// SPDX-License-Identifier: LGPL-2.1-or-later
//! What a call through the binding costs, against the bare foreign call: a number in, a &str out.
use std::ffi::CStr;
use std::os::raw::c_char;
use std::time::Instant;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 31;

extern "C" {
    fn kc_status_name(status: i32) -> *const c_char;
}

fn foreign(status: i32) -> &'static str {
    unsafe { CStr::from_ptr(kc_status_name(status)) }.to_str().unwrap_or("")
}

fn nanoseconds(call: impl Fn(i32) -> &'static str) -> f64 {
    let start = Instant::now();
    let letters: usize = (0..CALLS).map(|_| call(-42).len()).sum();
    let time = start.elapsed().as_nanos() as f64;
    assert_eq!(letters, 7 * CALLS as usize);
    time / f64::from(CALLS)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(|one, other| one.total_cmp(other));
    values[values.len() / 2]
}

fn main() {
    assert_eq!((keycard::status_name(-42), foreign(-42)), ("no-card", "no-card"));
    let pairs: Vec<_> = (0..ROUNDS).map(|_| (nanoseconds(keycard::status_name), nanoseconds(foreign))).collect();
    let (binding, bare): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let ratio = median(pairs.iter().map(|(one, other)| one / other).collect());
    println!("status_name: binding {:.0} ns, foreign {:.0} ns, ratio {ratio:.2}", median(binding), median(bare));
}
