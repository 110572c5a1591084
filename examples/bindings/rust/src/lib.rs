// SPDX-License-Identifier: LGPL-2.1-or-later
//! libkeycard from Rust: hotel room keys through the hotel's lock system.
//!
//! ```no_run
//! fn main() -> keycard::Result<()> {
//!     let context = keycard::Context::new("sqlite:/var/lib/pms/keys.db")?;
//!     let site = context.site("Grand Hotel")?;
//!     site.set_time_zone("Europe/Sofia")?;
//!     site.system("salto", "salto+tcp://10.0.0.5:8090")?.add_encoder("Desk 1")?;
//!     let request = site.request()?;
//!     request.set_booking("4711")?.add_room("101")?.set_validity(None, "2026-06-18")?;
//!     request.set_station("desk-1")?.set_encoder("Desk 1")?;
//!     println!("{:?}", request.issue_original()?.wait()?.key());
//!     Ok(())
//! }
//! ```
//!
//! The compiler holds the library's rule of threads: a [Context] and what is reached from it stay in their thread, for
//! none of it is `Send`:
//!
//! ```compile_fail
//! let context = keycard::Context::new("memory:").unwrap();
//! std::thread::spawn(move || context.dispatch());
//! ```
//!
//! What the library allows in any thread can go there: a [Waker], a [Canceller], a [Key], an [OpenKey], a
//! [Driver] and an [Error].

#[rustfmt::skip] // generated
mod codes;
mod context;
mod error;
mod handle;
#[rustfmt::skip] // generated
mod members;
mod operation;
mod text;

/// The library's functions, as bindgen declares them.
#[allow(dead_code, non_camel_case_types, non_upper_case_globals)]
mod ffi {
    include!(concat!(env!("OUT_DIR"), "/ffi.rs"));
}

pub use codes::*;
pub use context::{Context, Event, Events, Waker};
pub use error::{Error, Result};
pub use handle::{Device, Driver, Encoder, Key, OpenKey, Request, Site, System};
pub use members::{DriverOption, Warning};
pub use operation::{Canceller, Operation, OperationEvents};

/// Version of the library that runs.
pub fn version() -> &'static str {
    unsafe { text::fixed(ffi::kc_version()) }
}

/// The stable name of a status, such as "no-card"; "unknown" for one that the library does not know.
pub fn status_name(status: i32) -> &'static str {
    unsafe { text::fixed(ffi::kc_status_name(status)) }
}

/// Whether a driver of this name is compiled in.
pub fn has_driver(name: &str) -> bool {
    text::Given::new(name).map_or(false, |name| unsafe { ffi::kc_has_driver(name.pointer()) != 0 })
}
