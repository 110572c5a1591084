// SPDX-License-Identifier: LGPL-2.1-or-later
//! Errors as results.
use crate::{ffi, text, Advice, Outcome, Status};
use std::fmt;
use std::ptr;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, what it means for the card, and what to do. No guest data are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// The status with which the call or operation ended.
    pub code: Status,
    /// What to do next.
    pub advice: Advice,
    /// What happened to the card.
    pub card_state: Outcome,
    /// What was wrong, for people.
    pub message: String,
    /// The advice as a sentence for the clerk.
    pub advice_text: String,
    /// The field, option or argument that was wrong, or "".
    pub field: String,
    /// The lock system's own error code, or "".
    pub vendor_code: String,
    /// The lock system's own words, or "".
    pub vendor_text: String,
}

impl Error {
    /// The stable name of the code, such as "no-card".
    pub fn name(&self) -> &'static str {
        self.code.label()
    }

    /// What the library says of a status; the pointer may be NULL.
    pub(crate) unsafe fn new(status: i32, error: *const ffi::kc_error) -> Self {
        let message = text::owned(ffi::kc_error_get_message(error));
        Self {
            code: status.into(),
            advice: ffi::kc_error_get_advice(error).into(),
            card_state: ffi::kc_error_get_card_state(error).into(),
            message: if message.is_empty() { text::owned(ffi::kc_status_text(status)) } else { message },
            advice_text: text::owned(ffi::kc_error_get_advice_text(error)),
            field: text::owned(ffi::kc_error_get_field(error)),
            vendor_code: text::owned(ffi::kc_error_get_vendor_code(error)),
            vendor_text: text::owned(ffi::kc_error_get_vendor_text(error)),
        }
    }

    /// An error that was found before the library was asked.
    pub(crate) fn here(code: Status, message: &str) -> Self {
        Self { message: message.into(), ..unsafe { Self::new(code.code(), ptr::null()) } }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.message, self.advice_text)
    }
}

impl std::error::Error for Error {}

/// What a call returned, as a result.
pub(crate) trait Pass {
    /// `error` gives the error of the object that was called; it counts if it is that of this failure.
    fn pass(self, error: impl FnOnce() -> *const ffi::kc_error) -> Result<()>;
}

impl Pass for i32 {
    fn pass(self, error: impl FnOnce() -> *const ffi::kc_error) -> Result<()> {
        if self >= 0 {
            return Ok(());
        }
        let error = error();
        let its = unsafe { ffi::kc_error_get_code(error) } == self;
        Err(unsafe { Error::new(self, if its { error } else { ptr::null() }) })
    }
}
