// SPDX-License-Identifier: LGPL-2.1-or-later
//! What a call through the binding costs, against the bare foreign call: a number in and a &str out, and a handle in
//! and a String out.
use std::ffi::CStr;
use std::os::raw::c_char;
use std::ptr;
use std::time::Instant;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 31;

#[repr(C)]
struct Opaque([u8; 0]);

extern "C" {
    fn kc_status_name(status: i32) -> *const c_char;
    fn kc_context_new(context: *mut *mut Opaque) -> i32;
    fn kc_site_new(context: *mut Opaque, name: *const c_char, site: *mut *mut Opaque) -> i32;
    fn kc_site_get_name(site: *const Opaque) -> *const c_char;
}

fn new_site() -> *mut Opaque {
    let (mut context, mut site) = (ptr::null_mut(), ptr::null_mut());
    let status = unsafe {
        kc_context_new(&mut context) | kc_site_new(context, b"Grand Hotel\0".as_ptr().cast(), &mut site)
    };
    assert_eq!(status, 0);
    site
}

fn nanoseconds<T: AsRef<str>>(call: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    let letters: usize = (0..CALLS).map(|_| call().as_ref().len()).sum();
    let time = start.elapsed().as_nanos() as f64;
    assert_eq!(letters, call().as_ref().len() * CALLS as usize);
    time / f64::from(CALLS)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(|one, other| one.total_cmp(other));
    values[values.len() / 2]
}

fn compare<T: AsRef<str>>(name: &str, binding: impl Fn() -> T, foreign: impl Fn() -> T) {
    assert_eq!(binding().as_ref(), foreign().as_ref());
    let pairs: Vec<_> = (0..ROUNDS).map(|_| (nanoseconds(&binding), nanoseconds(&foreign))).collect();
    let (ours, bare): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let ratio = median(pairs.iter().map(|(one, other)| one / other).collect());
    println!("{name}: binding {:.0} ns, foreign {:.0} ns, ratio {ratio:.2}", median(ours), median(bare));
}

fn main() -> keycard::Result<()> {
    compare(
        "status_name",
        || keycard::status_name(-42),
        || unsafe { CStr::from_ptr(kc_status_name(-42)) }.to_str().unwrap_or(""),
    );
    let context = keycard::Context::new("memory:")?;
    let (site, bare) = (context.site("Grand Hotel")?, new_site());
    compare(
        "site_name",
        || site.name(),
        || unsafe { CStr::from_ptr(kc_site_get_name(bare)) }.to_str().unwrap_or("").to_string(),
    );
    Ok(())
}
