// SPDX-License-Identifier: LGPL-2.1-or-later
//! Handles: each object holds one reference and gives it back when it is dropped.
use crate::context::Shared;
use crate::error::Pass;
use crate::{ffi, text, Error, KeyState, Kind, Result};
use std::fmt;
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// What the library counts references of. Both functions may be called in any thread.
pub(crate) trait Object {
    unsafe fn hold(pointer: *mut Self);
    unsafe fn release(pointer: *mut Self);
}

/// One reference.
pub(crate) struct Owned<T: Object>(NonNull<T>);

impl<T: Object> Owned<T> {
    /// Takes over a reference; the library made it, so it is not NULL.
    pub unsafe fn new(pointer: *mut T) -> Self {
        Self(NonNull::new(pointer).expect("the library gave a handle"))
    }

    /// Takes a reference of its own; None for NULL.
    pub unsafe fn borrowed(pointer: *mut T) -> Option<Self> {
        let pointer = NonNull::new(pointer)?;
        T::hold(pointer.as_ptr());
        Some(Self(pointer))
    }

    pub fn pointer(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Object> Clone for Owned<T> {
    fn clone(&self) -> Self {
        unsafe { T::hold(self.0.as_ptr()) };
        Self(self.0)
    }
}

impl<T: Object> Drop for Owned<T> {
    fn drop(&mut self) {
        unsafe { T::release(self.0.as_ptr()) }
    }
}

macro_rules! object {
    ($name:ident, $raw:ident, $documentation:literal) => {
        #[doc = $documentation]
        #[derive(Clone)]
        pub struct $name {
            handle: Owned<ffi::$raw>,
            shared: Rc<Shared>,
        }

        #[allow(dead_code)] // not every class needs all of them
        impl $name {
            pub(crate) unsafe fn owned(pointer: *mut ffi::$raw, shared: &Rc<Shared>) -> Self {
                Self { handle: Owned::new(pointer), shared: shared.clone() }
            }

            pub(crate) unsafe fn borrowed(pointer: *mut ffi::$raw, shared: &Rc<Shared>) -> Option<Self> {
                Some(Self { handle: Owned::borrowed(pointer)?, shared: shared.clone() })
            }

            pub(crate) fn pointer(&self) -> *mut ffi::$raw {
                self.handle.pointer()
            }

            pub(crate) fn shared(&self) -> &Rc<Shared> {
                &self.shared
            }
        }
    };
}

object!(Site, kc_site, "One property. Questions to its ledger are operations: see [crate::Operation].");
object!(System, kc_system, "One lock system of a site.");
object!(Encoder, kc_encoder, "What writes a card.");
object!(
    Device,
    kc_device,
    "Something plugged into this computer that may be an encoder; it becomes one of a site by giving its [Device::uri] to \
     [Site::system]."
);
object!(
    Request,
    kc_request,
    "What is wanted. Setters check at once and can be chained; it may be changed and used again."
);

impl Site {
    /// Makes a lock system; the first part of the URI tells of which kind.
    pub fn system(&self, name: &str, uri: &str) -> Result<System> {
        let (name, uri, mut system) = (text::Given::new(name)?, text::Given::new(uri)?, ptr::null_mut());
        let status = unsafe { ffi::kc_system_new(self.pointer(), name.pointer(), uri.pointer(), &mut system) };
        status.pass(|| unsafe { ffi::kc_site_get_error(self.pointer()) })?;
        Ok(unsafe { System::owned(system, self.shared()) })
    }

    /// Makes an empty request.
    pub fn request(&self) -> Result<Request> {
        let mut request = ptr::null_mut();
        unsafe { ffi::kc_request_new(self.pointer(), &mut request) }.pass(ptr::null)?;
        Ok(unsafe { Request::owned(request, self.shared()) })
    }
}

impl Device {
    /// Why it is [crate::DeviceState::NoEncoder] or [crate::DeviceState::Refused].
    pub fn error(&self) -> Option<Error> {
        let error = unsafe { ffi::kc_device_get_error(self.pointer()) };
        (!error.is_null()).then(|| unsafe { Error::new(ffi::kc_error_get_code(error), error) })
    }
}

/// One record of the ledger, or what was read from a card. It never changes, so it can go to another thread.
#[derive(Clone)]
pub struct Key(Owned<ffi::kc_key>);

// A kc_key is immutable and counts its references atomically.
unsafe impl Send for Key {}
unsafe impl Sync for Key {}

impl Key {
    pub(crate) unsafe fn borrowed(pointer: *mut ffi::kc_key, _: &Rc<Shared>) -> Option<Self> {
        Owned::borrowed(pointer).map(Self)
    }

    pub(crate) fn pointer(&self) -> *mut ffi::kc_key {
        self.0.pointer()
    }

    /// The key as bytes, if it came back so.
    pub fn image(&self) -> Option<&[u8]> {
        let mut size = 0;
        let bytes = unsafe { ffi::kc_key_get_image(self.pointer(), &mut size) };
        NonNull::new(bytes as *mut u8).map(|_| unsafe { std::slice::from_raw_parts(bytes, size as usize) })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, state): (Kind, KeyState) = (self.kind(), self.state());
        write!(formatter, "<Key {} {}: {}>", kind.label(), self.rooms().join(" "), state.label())
    }
}

/// What an open key says that was read from a card, after it was held against the site's key: for who makes locks. It
/// needs no context and never changes, so it can go to another thread.
#[derive(Clone)]
pub struct OpenKey(Owned<ffi::kc_open_key>);

// A kc_open_key is immutable and counts its references atomically.
unsafe impl Send for OpenKey {}
unsafe impl Sync for OpenKey {}

impl OpenKey {
    /// Reads an open key from the NDEF message of a contactless card with this serial number.
    pub fn check_card(site_number: i32, site_key: &[u8], uid: &[u8], message: &[u8]) -> Result<Self> {
        let mut key = ptr::null_mut();
        unsafe {
            ffi::kc_open_key_check_card(
                site_number,
                site_key.as_ptr(),
                site_key.len() as _,
                uid.as_ptr(),
                uid.len() as _,
                message.as_ptr(),
                message.len() as _,
                &mut key,
            )
        }
        .pass(ptr::null)?;
        Ok(Self(unsafe { Owned::new(key) }))
    }

    /// Reads an open key from the 37 digits of track 2 of a stripe.
    pub fn check_stripe(site_number: i32, site_key: &[u8], track: &str) -> Result<Self> {
        let (track, mut key) = (text::Given::new(track)?, ptr::null_mut());
        let (bytes, size) = (site_key.as_ptr(), site_key.len() as _);
        unsafe { ffi::kc_open_key_check_stripe(site_number, bytes, size, track.pointer(), &mut key) }
            .pass(ptr::null)?;
        Ok(Self(unsafe { Owned::new(key) }))
    }

    pub(crate) fn pointer(&self) -> *mut ffi::kc_open_key {
        self.0.pointer()
    }
}

/// What is known of a kind of lock system, before anything is connected.
#[derive(Clone, Copy)]
pub struct Driver(NonNull<ffi::kc_driver>);

// A kc_driver is static data.
unsafe impl Send for Driver {}
unsafe impl Sync for Driver {}

impl Driver {
    pub(crate) unsafe fn borrowed(pointer: *const ffi::kc_driver, _: &Rc<Shared>) -> Option<Self> {
        NonNull::new(pointer as *mut ffi::kc_driver).map(Self)
    }

    pub(crate) fn pointer(&self) -> *const ffi::kc_driver {
        self.0.as_ptr()
    }

    /// The driver of this name.
    pub fn find(name: &str) -> Option<Self> {
        let name = text::Given::new(name).ok()?;
        NonNull::new(unsafe { ffi::kc_driver_find(name.pointer()) } as *mut ffi::kc_driver).map(Self)
    }

    /// All that are compiled in.
    pub fn all() -> Vec<Self> {
        let count = unsafe { ffi::kc_driver_count() };
        (0..count).filter_map(|index| NonNull::new(unsafe { ffi::kc_driver_get(index) } as *mut _).map(Self)).collect()
    }
}
