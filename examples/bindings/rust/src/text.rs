// SPDX-License-Identifier: LGPL-2.1-or-later
//! Texts on their way in and out.
use crate::{Error, Result, Status};
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::ptr;

/// A text for the library: lives as long as the call.
pub(crate) struct Given(Option<CString>);

impl Given {
    pub fn new(text: &str) -> Result<Self> {
        match CString::new(text) {
            Ok(text) => Ok(Self(Some(text))),
            Err(_) => Err(Error::here(Status::InvalidArgument, "The text holds a NUL character.")),
        }
    }

    pub fn optional(text: Option<&str>) -> Result<Self> {
        text.map_or(Ok(Self(None)), Self::new)
    }

    pub fn pointer(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}

/// A text of an object, copied. The library's texts are UTF-8 and never NULL.
pub(crate) unsafe fn owned(pointer: *const c_char) -> String {
    let text = CStr::from_ptr(pointer);
    text.to_str().map_or_else(|_| text.to_string_lossy().into_owned(), str::to_owned)
}

/// A text that lives as long as the library.
pub(crate) unsafe fn fixed(pointer: *const c_char) -> &'static str {
    CStr::from_ptr(pointer).to_str().unwrap_or("")
}
