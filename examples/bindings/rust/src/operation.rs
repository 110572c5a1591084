// SPDX-License-Identifier: LGPL-2.1-or-later
//! Following an operation.
use crate::context::Shared;
use crate::error::Pass;
use crate::handle::Owned;
use crate::{ffi, Error, Event, Key, Result, State, Status};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What has come of a running operation and was not looked at yet.
#[derive(Default)]
pub(crate) struct Progress {
    events: RefCell<VecDeque<Owned<ffi::kc_event>>>,
    ended: Cell<bool>,
    wakers: RefCell<Vec<Waker>>,
}

impl Progress {
    pub fn take(&self, event: Owned<ffi::kc_event>, last: bool) {
        self.events.borrow_mut().push_back(event);
        self.ended.set(last);
        let wakers = self.wakers.take();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// One attempt. Dropping it does not cancel it: it goes on.
#[derive(Clone)]
pub struct Operation {
    handle: Owned<ffi::kc_op>,
    shared: Rc<Shared>,
    progress: Rc<Progress>,
}

impl Operation {
    /// Takes over the reference that a call gave.
    pub(crate) fn started(pointer: *mut ffi::kc_op, shared: &Rc<Shared>) -> Self {
        let handle = unsafe { Owned::new(pointer) };
        let known = shared.running.borrow().get(&pointer).and_then(|progress| progress.upgrade());
        let progress = known.unwrap_or_else(|| {
            let progress = Rc::new(Progress::default());
            shared.running.borrow_mut().insert(pointer, Rc::downgrade(&progress));
            progress
        });
        Self { handle, shared: shared.clone(), progress }
    }

    pub(crate) unsafe fn borrowed(pointer: *mut ffi::kc_op, shared: &Rc<Shared>) -> Option<Self> {
        let handle = Owned::borrowed(pointer)?;
        if State::from(ffi::kc_op_get_state(pointer)) != State::Done {
            std::mem::forget(handle); // its reference is the one that is taken over
            return Some(Self::started(pointer, shared));
        }
        let known = shared.running.borrow().get(&pointer).and_then(|progress| progress.upgrade());
        let progress = known.unwrap_or_else(|| Rc::new(Progress { ended: Cell::new(true), ..Progress::default() }));
        Some(Self { handle, shared: shared.clone(), progress })
    }

    pub(crate) fn pointer(&self) -> *mut ffi::kc_op {
        self.handle.pointer()
    }

    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.state() == State::Done
    }

    /// What went wrong. With the outcome "written" it is about a part.
    pub fn error(&self) -> Option<Error> {
        let error = unsafe { ffi::kc_op_get_error(self.pointer()) };
        (!error.is_null()).then(|| unsafe { Error::new(ffi::kc_error_get_code(error), error) })
    }

    /// This operation if it ended well, else its error.
    pub fn result(&self) -> Result<&Self> {
        match self.status() {
            Status::Ok => Ok(self),
            status => Err(self.error().unwrap_or_else(|| unsafe { Error::new(status.code(), ptr::null()) })),
        }
    }

    /// Waits until it has ended: this operation if it ended well, else its error.
    pub fn wait(&self) -> Result<&Self> {
        while !self.is_done() {
            self.shared.step(None)?;
        }
        self.result()
    }

    /// Waits at most so long: whether it has ended. See [Operation::result] then.
    pub fn wait_for(&self, time: Duration) -> Result<bool> {
        let begin = Instant::now();
        while !self.is_done() {
            let left = time.saturating_sub(begin.elapsed());
            if !self.shared.step(Some(left))? && left.is_zero() {
                break;
            }
        }
        Ok(self.is_done())
    }

    /// The same as a future, for [crate::Context::block_on] or any executor of this thread that calls
    /// [crate::Context::dispatch] when the context's descriptor is readable.
    pub fn ended(&self) -> impl Future<Output = Result<&Self>> + '_ {
        Ended(self)
    }

    /// What happens to it until it has ended: an iterator that blocks. An operation that had ended before it was asked
    /// for has no events.
    pub fn events(&self) -> OperationEvents<'_> {
        OperationEvents(self)
    }

    /// The key that was made, or the card that was read.
    pub fn key(&self) -> Option<Key> {
        unsafe { Key::borrowed(ffi::kc_op_get_key(self.pointer(), 0), &self.shared) }
    }

    /// What cancels it from any thread.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.handle.clone())
    }
}

/// Two objects of the same operation are equal.
impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.pointer() == other.pointer()
    }
}

struct Ended<'a>(&'a Operation);

impl<'a> Future for Ended<'a> {
    type Output = Result<&'a Operation>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0.is_done() {
            return Poll::Ready(self.0.result());
        }
        self.0.progress.wakers.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }
}

/// The events of one operation; the last is DONE.
pub struct OperationEvents<'a>(&'a Operation);

impl Iterator for OperationEvents<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        loop {
            let Operation { shared, progress, .. } = self.0;
            let found = progress.events.borrow_mut().pop_front();
            if let Some(event) = found {
                return Some(Ok(Event::new(event, shared)));
            }
            if progress.ended.get() {
                return None;
            }
            if let Err(error) = shared.step(None) {
                return Some(Err(error));
            }
        }
    }
}

/// Cancels an operation, from any thread.
#[derive(Clone)]
pub struct Canceller(Owned<ffi::kc_op>);

// kc_op_cancel and the counting of references are for any thread, at any time.
unsafe impl Send for Canceller {}
unsafe impl Sync for Canceller {}

impl Canceller {
    /// Asks to cancel. The operation still ends, and its outcome may be "written".
    pub fn cancel(&self) -> Result<()> {
        unsafe { ffi::kc_op_cancel(self.0.pointer()) }.pass(ptr::null)
    }
}
