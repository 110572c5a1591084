// SPDX-License-Identifier: LGPL-2.1-or-later
//! The context: ledger, event loop, events.
use crate::error::Pass;
use crate::handle::Owned;
use crate::operation::Progress;
use crate::{ffi, text, DeviceState, EncoderState, EventType, LinkState, Prompt, Result, Site, State};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::os::unix::io::{AsRawFd, RawFd};
use std::ptr;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Poll, Wake};
use std::time::Duration;

type Queue = RefCell<VecDeque<Owned<ffi::kc_event>>>;

/// What the objects of one context share.
pub(crate) struct Shared {
    pub running: RefCell<HashMap<*mut ffi::kc_op, Weak<Progress>>>,
    listeners: RefCell<Vec<Weak<Queue>>>,
    handle: Owned<ffi::kc_context>,
}

impl Shared {
    fn pointer(&self) -> *mut ffi::kc_context {
        self.handle.pointer()
    }

    pub fn error(&self) -> *const ffi::kc_error {
        unsafe { ffi::kc_context_get_error(self.pointer()) }
    }

    fn dispatch(&self) -> Result<()> {
        unsafe { ffi::kc_context_dispatch(self.pointer()) }.pass(ptr::null)?;
        loop {
            let event = unsafe { ffi::kc_context_next_event(self.pointer()) };
            if event.is_null() {
                return Ok(());
            }
            self.hand_out(unsafe { Owned::new(event) });
        }
    }

    fn hand_out(&self, event: Owned<ffi::kc_event>) {
        self.listeners
            .borrow_mut()
            .retain(|listener| listener.upgrade().map(|queue| queue.borrow_mut().push_back(event.clone())).is_some());
        let operation = unsafe { ffi::kc_event_get_op(event.pointer()) };
        let last = EventType::from(unsafe { ffi::kc_event_get_type(event.pointer()) }) == EventType::Done;
        let mut running = self.running.borrow_mut();
        let found = if last { running.remove(&operation) } else { running.get(&operation).cloned() };
        drop(running);
        if let Some(progress) = found.and_then(|progress| progress.upgrade()) {
            progress.take(event, last);
        }
    }

    /// Waits at most so long until there is something to do, then does it. False when the time is over.
    pub fn step(&self, time: Option<Duration>) -> Result<bool> {
        let milliseconds = time.map_or(-1, |time| time.as_millis().min(i32::MAX as u128) as i32);
        let found = unsafe { ffi::kc_context_wait(self.pointer(), milliseconds) };
        found.pass(ptr::null)?;
        self.dispatch()?;
        Ok(found > 0)
    }
}

/// One instance of the library. It stays in the thread that made it.
#[derive(Clone)]
pub struct Context(Rc<Shared>);

impl Context {
    /// Opens a context with its ledger, such as "sqlite:/var/lib/pms/keys.db" or "memory:".
    pub fn new(ledger: &str) -> Result<Self> {
        Self::opened(ledger, None)
    }

    /// The same with a key, 32 bytes, with which guest data are encrypted in the ledger.
    pub fn with_key(ledger: &str, key: &[u8]) -> Result<Self> {
        Self::opened(ledger, Some(key))
    }

    fn opened(ledger: &str, key: Option<&[u8]>) -> Result<Self> {
        let (ledger, mut context) = (text::Given::new(ledger)?, ptr::null_mut());
        unsafe { ffi::kc_context_new(&mut context) }.pass(ptr::null)?;
        let handle = unsafe { Owned::new(context) };
        let shared = Shared { running: Default::default(), listeners: Default::default(), handle };
        if let Some(key) = key {
            unsafe { ffi::kc_context_set_ledger_key(context, key.as_ptr(), key.len() as _) }.pass(|| shared.error())?;
        }
        unsafe { ffi::kc_context_set_ledger(context, ledger.pointer()) }.pass(|| shared.error())?;
        Ok(Self(Rc::new(shared)))
    }

    pub(crate) fn pointer(&self) -> *mut ffi::kc_context {
        self.0.pointer()
    }

    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.0
    }

    /// Makes a site. Set its time zone and default times before filling in requests.
    pub fn site(&self, name: &str) -> Result<Site> {
        let (name, mut site) = (text::Given::new(name)?, ptr::null_mut());
        unsafe { ffi::kc_site_new(self.0.pointer(), name.pointer(), &mut site) }.pass(|| self.0.error())?;
        Ok(unsafe { Site::owned(site, &self.0) })
    }

    /// Does what can be done now and hands the events out. Never blocks. For other event loops: to be called when the
    /// descriptor ([AsRawFd]) is readable.
    pub fn dispatch(&self) -> Result<()> {
        self.0.dispatch()
    }

    /// Waits at most so long until there is something to do, then does it. False when the time is over.
    pub fn wait(&self, time: Option<Duration>) -> Result<bool> {
        self.0.step(time)
    }

    /// All events from now on: an iterator that blocks and does not end by itself.
    pub fn events(&self) -> Events {
        let queue = Rc::default();
        self.0.listeners.borrow_mut().push(Rc::downgrade(&queue));
        Events { queue, shared: self.0.clone() }
    }

    /// What lets [Context::wait] return, from any thread.
    pub fn waker(&self) -> Waker {
        Waker(self.0.handle.clone())
    }

    /// Runs a future, such as those of [crate::Operation::ended], until it is ready; the context is served meanwhile.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let waker = Arc::new(self.waker()).into();
        let mut future = Box::pin(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
                return Ok(value);
            }
            self.wait(None)?;
        }
    }
}

impl AsRawFd for Context {
    fn as_raw_fd(&self) -> RawFd {
        unsafe { ffi::kc_context_get_fd(self.0.pointer()) }
    }
}

/// Wakes a waiting context, from any thread.
#[derive(Clone)]
pub struct Waker(Owned<ffi::kc_context>);

// kc_context_wakeup and the counting of references are for any thread, at any time.
unsafe impl Send for Waker {}
unsafe impl Sync for Waker {}

impl Waker {
    /// Lets [Context::wait] return.
    pub fn wakeup(&self) -> Result<()> {
        unsafe { ffi::kc_context_wakeup(self.0.pointer()) }.pass(ptr::null)
    }
}

impl Wake for Waker {
    fn wake(self: Arc<Self>) {
        let _ = self.wakeup(); // it fails only for NULL
    }
}

/// All events of a context.
pub struct Events {
    queue: Rc<Queue>,
    shared: Rc<Shared>,
}

impl Iterator for Events {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        loop {
            let found = self.queue.borrow_mut().pop_front();
            if let Some(event) = found {
                return Some(Ok(Event::new(event, &self.shared)));
            }
            if let Err(error) = self.shared.step(None) {
                return Some(Err(error));
            }
        }
    }
}

/// Something that happened.
#[derive(Clone)]
pub struct Event {
    handle: Owned<ffi::kc_event>,
    shared: Rc<Shared>,
}

impl Event {
    pub(crate) fn new(handle: Owned<ffi::kc_event>, shared: &Rc<Shared>) -> Self {
        Self { handle, shared: shared.clone() }
    }

    pub(crate) fn pointer(&self) -> *mut ffi::kc_event {
        self.handle.pointer()
    }

    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    fn state(&self, wanted: EventType) -> Option<i32> {
        (self.event_type() == wanted).then(|| unsafe { ffi::kc_event_get_state(self.pointer()) })
    }

    /// What a person must do, if this is a prompt.
    pub fn prompt(&self) -> Option<Prompt> {
        let prompt = unsafe { ffi::kc_event_get_prompt(self.pointer()) };
        (prompt != 0).then(|| prompt.into())
    }

    /// The state that the operation entered.
    pub fn operation_state(&self) -> Option<State> {
        self.state(EventType::State).map(State::from)
    }

    /// The state that the encoder had when the event was made.
    pub fn encoder_state(&self) -> Option<EncoderState> {
        self.state(EventType::Encoder).map(EncoderState::from)
    }

    /// The state that the link of the system had when the event was made.
    pub fn link_state(&self) -> Option<LinkState> {
        self.state(EventType::System).map(LinkState::from)
    }

    /// The state that the device had when the event was made.
    pub fn device_state(&self) -> Option<DeviceState> {
        self.state(EventType::Device).map(DeviceState::from)
    }
}
