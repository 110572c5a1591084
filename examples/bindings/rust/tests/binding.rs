// SPDX-License-Identifier: LGPL-2.1-or-later
//! What the evening does not show: several operations at once, time-outs, refusals, threads.
use keycard::*;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60); // nothing here is timed, this only ends what hangs
const FOREVER: u32 = 600_000; // milliseconds until the virtual hand presents a card

/// With which the vectors of doc/open-key.md are made.
fn site_key() -> Vec<u8> {
    (0..32).collect()
}

fn desk(hand: u32, options: &[(&str, &str)]) -> Site {
    let site = Context::new("memory:").unwrap().site("Test Hotel").unwrap();
    let system = site.system("lock", "virtual:").unwrap();
    system.set_option("hand", &hand.to_string()).unwrap();
    for (name, value) in options {
        system.set_option(name, value).unwrap();
    }
    site
}

fn request(site: &Site, room: &str, encoder: &str) -> Request {
    let request = site.request().unwrap();
    request
        .set_booking(&*format!("b{room}"))
        .unwrap()
        .add_room(room)
        .unwrap()
        .set_validity(None, "2097-06-18")
        .unwrap();
    request.set_station(&*format!("s{room}")).unwrap().set_encoder(encoder).unwrap();
    request
}

#[test]
fn version_drivers_and_names() {
    assert_eq!(version().split('.').count(), 3);
    assert!(has_driver("virtual") && !has_driver("no such driver") && !has_driver("nul\0"));
    assert!(Driver::find("no such driver").is_none());
    let driver = Driver::all().into_iter().find(|driver| driver.name() == "virtual").unwrap();
    assert_eq!(driver.schemes(), ["virtual"]);
    assert!(driver.options().iter().any(|option| option.name == "hand" && option.default_value == "0"));
    assert_eq!((Status::from(-42), Status::NoCard.code(), Status::NoCard.label()), (Status::NoCard, -42, "no-card"));
    assert_eq!((Status::from(-9999), Status::Other(-9999).label()), (Status::Other(-9999), "unknown"));
}

#[test]
fn capabilities_and_limits() {
    let site = desk(20, &[("mobile", "off"), ("rooms", "4")]);
    let system = site.system("other", "virtual:?mobile=off&rooms=4").unwrap();
    assert!(!system.has(Capability::Mobile) && system.driver().has(Capability::Mobile));
    assert_eq!((system.limit(Limit::Rooms), system.option("mobile").unwrap().as_str()), (4, "off"));
}

#[test]
fn refused_values_name_their_field() {
    let site = desk(0, &[]);
    let error = request(&site, "1", "Desk 1").set_validity(None, "2026-02-29").err().unwrap();
    assert_eq!(
        (error.code, error.field.as_str(), error.advice),
        (Status::InvalidArgument, "until", Advice::CorrectRequest)
    );
    assert!(error.message.contains("2026-02-29") && error.to_string().ends_with(&error.advice_text));
    assert_eq!(request(&site, "1", "Desk 1").set_guest("A\0B").err().unwrap().code, Status::InvalidArgument);
    assert_eq!(site.system("x", "no-such-scheme://h").err().unwrap().code, Status::NotFound);
    let error = Context::new("sqlite:/no/such/folder/keys.db").err().unwrap();
    assert_eq!((error.advice, error.name()), (Advice::CheckLedger, "ledger"));
}

#[test]
fn a_failure_without_an_error_of_its_own_has_none_of_another() {
    let site = desk(0, &[]);
    let request = request(&site, "1", "Desk 1");
    request.set_validity(None, "2026-02-29").err().unwrap();
    let operation = request.issue_original().unwrap();
    operation.wait().unwrap();
    let error = operation.answer(Answer::Yes).err().unwrap();
    assert_eq!((error.code, error.field.as_str()), (Status::State, ""));
}

#[test]
fn several_at_once_as_futures() {
    let context = Context::new("memory:").unwrap();
    let site = context.site("Test Hotel").unwrap();
    site.system("lock", "virtual:?encoders=0;1;2;3&hand=20").unwrap();
    let started: Vec<_> =
        (0..4).map(|n| request(&site, &n.to_string(), &n.to_string()).issue_original().unwrap()).collect();
    let all = async {
        let mut rooms = Vec::new();
        for operation in &started {
            rooms.push(operation.ended().await?.key().unwrap().rooms().join(" "));
        }
        Result::Ok(rooms)
    };
    assert_eq!(context.block_on(all).unwrap().unwrap(), ["0", "1", "2", "3"]);
}

#[test]
fn a_time_out_leaves_the_operation() {
    let site = desk(FOREVER, &[]);
    let operation = request(&site, "1", "Desk 1").issue_original().unwrap();
    assert!(!operation.wait_for(Duration::from_millis(50)).unwrap());
    let canceller = operation.canceller();
    std::thread::spawn(move || canceller.cancel()).join().unwrap().unwrap();
    assert!(operation.wait_for(PATIENCE).unwrap());
    let error = operation.result().err().unwrap();
    assert_eq!((error.code, error.card_state), (Status::Cancelled, Outcome::NotWritten));
}

#[test]
fn events_of_an_operation_and_of_the_context() {
    let context = Context::new("memory:").unwrap();
    let site = context.site("Test Hotel").unwrap();
    site.system("lock", "virtual:?encoders=E&hand=20").unwrap();
    let all = context.events();
    let operation = request(&site, "1", "E").issue_original().unwrap();
    let types: Vec<_> = operation.events().map(|event| event.unwrap().event_type()).collect();
    assert_eq!(
        (types.last(), types.iter().filter(|&&one| one == EventType::Done).count()),
        (Some(&EventType::Done), 1)
    );
    assert_eq!(operation.events().count(), 0);
    let done = all.map(|event| event.unwrap()).find(|event| event.event_type() == EventType::Done).unwrap();
    assert!(done.operation().unwrap() == operation && done.prompt().is_none());
    assert_eq!(done.operation().unwrap().events().count(), 0);
}

#[test]
fn what_is_done_at_once_has_its_events_still() {
    let site = desk(0, &[]);
    let operation = request(&site, "1", "Desk 1").issue_original().unwrap();
    assert_eq!(operation.events().last().unwrap().unwrap().event_type(), EventType::Done);
}

#[test]
fn a_question_is_answered() {
    let site = desk(0, &[]);
    site.set_policy("second-original", "confirm").unwrap();
    let request = request(&site, "1", "Desk 1");
    request.issue_original().unwrap().wait().unwrap();
    let second = request.issue_original().unwrap();
    for event in second.events() {
        if event.unwrap().prompt() == Some(Prompt::Confirm) {
            assert_eq!(second.voided_keys().len(), 1);
            second.answer(Answer::No).unwrap();
        }
    }
    assert_eq!(second.status(), Status::Declined);
}

#[test]
fn operations_and_keys_from_the_ledger() {
    let site = desk(0, &[("charset", "ascii")]);
    let request = request(&site, "1", "Desk 1");
    request.set_guest("Жукова").unwrap().add_area("12").unwrap().set_copies(2).unwrap();
    let made = request.issue_original().unwrap();
    let warnings = made.wait().unwrap().warnings();
    assert_eq!((warnings[0].field.as_str(), warnings[0].before.as_str()), ("guest", "Жукова"));
    let found = site.find_operation(&made.id()).unwrap();
    assert_eq!((found.wait().unwrap().verb(), found.room()), (Verb::IssueOriginal, "1".to_string()));
    let key = site.list_keys(Filter::Room, "1", 0).unwrap().wait().unwrap().key().unwrap();
    assert_eq!(
        (key.kind(), key.guest(), key.areas(), key.copies()),
        (Kind::Original, "Жукова".into(), vec!["12".into()], 2)
    );
    let listed = site.list_operations(Filter::All, None, 5).unwrap();
    assert_eq!(listed.wait().unwrap().operations()[0].id(), made.id());
    site.forget_guest("b1").unwrap().wait().unwrap();
    assert_eq!(site.list_keys(Filter::All, None, 0).unwrap().wait().unwrap().key().unwrap().guest(), "");
}

fn names(devices: &[Device]) -> Vec<String> {
    devices.iter().map(Device::name).collect()
}

#[test]
fn a_device_that_is_plugged_in() {
    let plugged = match std::env::var("KEYCARD_PLUGGED") {
        Ok(name) => name, // of the one device that is
        Err(_) => return,
    };
    let context = Context::new("memory:").unwrap();
    let site = context.site("Test Hotel").unwrap();
    site.system("lock", "virtual:?encoders=A;B").unwrap();
    let events = context.events();
    context.watch_devices(DeviceWatch::Identify).unwrap();
    let seen: Vec<_> = events.take(3).map(|event| event.unwrap()).collect(); // it is no whole serial port
    let states: Vec<_> = seen.iter().filter_map(Event::device_state).collect();
    assert_eq!(states, [DeviceState::Present, DeviceState::Asking, DeviceState::Refused]);
    assert!(seen[2].operation().is_none() && seen[2].encoder_state().is_none());
    let device = seen[2].device().unwrap();
    assert_eq!([device.name(), device.place(), device.transport()], [&plugged, "/dev/ttyUSB0", "serial"]);
    assert_eq!((device.vendor_id(), device.product_id()), (0x067b, 0x2303));
    assert_eq!(
        [device.label(), device.manufacturer(), device.product(), device.serial_number()],
        ["Bridge (/dev/ttyUSB0)", "Maker", "Bridge", "K42"]
    );
    assert_eq!((device.model() + &device.firmware(), device.state()), (String::new(), DeviceState::Refused));
    assert!(device.system().is_none());
    let error = device.error().unwrap();
    assert!(error.code == Status::Unreachable && error.message.contains(&plugged));
    assert_eq!(device.drivers().iter().map(Driver::name).collect::<Vec<_>>(), ["magstripe"]);
    assert_eq!(
        [device.uri(None), device.uri(Driver::find("virtual"))],
        [format!("magstripe+serial:{plugged}"), "".into()]
    );
    let error = device.identify("nobody", None).err().unwrap();
    assert!(error.code == Status::NotFound && error.message.contains("\"nobody\""));
    let found = site.discover().unwrap();
    found.wait().unwrap();
    assert_eq!((names(&found.devices()), names(&context.devices())), (vec![plugged.clone()], vec![plugged.clone()]));
    assert_eq!(found.encoders().iter().map(Encoder::name).collect::<Vec<_>>(), ["A", "B"]);
    site.system("stripes", &device.uri(None)).unwrap();
    assert_eq!(device.system().unwrap().name(), "stripes");
    drop((context, site, found, seen));
    assert_eq!(device.name(), plugged);
}

#[test]
fn devices_are_listed() {
    let context = Context::new("memory:").unwrap();
    let site = context.site("Test Hotel").unwrap();
    site.system("lock", "virtual:").unwrap();
    let found = site.discover().unwrap();
    assert_eq!(names(&found.wait().unwrap().devices()), names(&context.devices()));
    context.watch_devices(DeviceWatch::List).unwrap().watch_devices(DeviceWatch::Off).unwrap();
    let error = context.watch_devices(DeviceWatch::Other(3)).err().unwrap();
    assert_eq!(error.code, Status::InvalidArgument);
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap()).collect()
}

#[test]
fn open_keys() {
    let track = "1203673600226596002760010100165894130";
    let stripe = OpenKey::check_stripe(7, &site_key(), track).unwrap();
    assert_eq!((stripe.kind(), stripe.rooms(), stripe.issue()), (Kind::Original, vec!["101".into()], "".into()));
    assert_eq!((stripe.sequence(), stripe.from(), stripe.until()), (1781510400, 1781524800, 1781773200));
    let error = OpenKey::check_stripe(7, &[0; 32], track).err().unwrap();
    assert_eq!(error.code, Status::NotAuthentic);
    if !has_driver("contactless") {
        return; // the library was built without such cards
    }
    let message = bytes(concat!(
        "d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000",
        "000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9"
    ));
    let card = OpenKey::check_card(7, &site_key(), &bytes("04a1b2c3d4e581"), &message).unwrap();
    assert_eq!((card.kind(), card.rooms()), (Kind::Duplicate, vec!["101".to_string()]));
    assert_eq!(card.issue(), "01975f6f-0000-7000-8000-000000000001");
    assert_eq!((1..=64).filter(|&area| card.has_area(area)).collect::<Vec<_>>(), [1, 5]);
    let copied = OpenKey::check_card(7, &site_key(), &bytes("04a1b2c3d4e582"), &message); // on another card
    assert_eq!(copied.err().unwrap().code, Status::NotAuthentic);
}

#[test]
fn settings_of_context_and_site() {
    assert_eq!(Context::with_key("memory:", &[0; 31]).err().unwrap().code, Status::InvalidArgument);
    let context = Context::new("memory:").unwrap();
    assert_eq!(context.watch_ledger(0).err().unwrap().code, Status::NotOffered);
    assert_eq!(context.set_connection_rate(-1).err().unwrap().code, Status::InvalidArgument);
    context.set_connection_rate(0).unwrap();
    assert_eq!(context.site("Test Hotel").unwrap().policy("text").unwrap(), "adapt");
}

#[test]
fn a_ledger_is_copied() {
    let folder = std::env::temp_dir().join(format!("keycard-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let ledger = format!("sqlite:{}", file("keys.db"));
    let context = Context::with_key(&ledger, &site_key()).unwrap();
    let site = context.site("Test Hotel").unwrap();
    let events = context.events();
    context.watch_ledger(10).unwrap();
    let other = Context::with_key(&ledger, &site_key()).unwrap().site("Test Hotel").unwrap();
    other.system("lock", "virtual:?encoders=E").unwrap();
    let made = request(&other, "7", "E").issue_original().unwrap();
    made.wait().unwrap();
    let told = events.map(|event| event.unwrap()).find(|event| event.event_type() == EventType::Ledger).unwrap();
    assert!(told.entry() > 0 && told.operation().unwrap().id() == made.id());
    assert_eq!(site.forget_departed(1).unwrap().wait().unwrap().forgotten_count(), 0);
    let (backup, copy) = (file("backup.db"), format!("sqlite:{}", file("copy.db")));
    let (backup, copied) = (site.backup_ledger(&backup).unwrap(), site.copy_ledger(&copy, None).unwrap());
    backup.wait().unwrap();
    copied.wait().unwrap();
    assert_eq!((backup.entry_count(), backup.ledger_digest()), (copied.entry_count(), copied.ledger_digest()));
    assert_eq!(Context::with_key(&copy, &[0; 32]).err().unwrap().code, Status::LedgerKey);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_key_outlives_its_context_in_another_thread() {
    let site = desk(0, &[("key-image", "on")]);
    let request = request(&site, "1", "Desk 1");
    request.set_phone("+44 7700 900123").unwrap().set_return_image(true).unwrap();
    let key = request.send_mobile().unwrap().wait().unwrap().key().unwrap();
    drop((request, site));
    let read = std::thread::spawn(move || (key.image().unwrap().len(), key.phone())).join().unwrap();
    assert_eq!(read, (64, "+447700900123".to_string()));
}

#[test]
fn a_waiting_context_is_woken_by_another_thread() {
    let context = Context::new("memory:").unwrap();
    let waker = context.waker();
    let thread = std::thread::spawn(move || waker.wakeup());
    assert!(context.wait(Some(PATIENCE)).unwrap());
    thread.join().unwrap().unwrap();
}
