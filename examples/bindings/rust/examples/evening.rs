// SPDX-License-Identifier: LGPL-2.1-or-later
//! An evening at the desk, as ../../README.md tells it, in blocking calls.
use keycard::{Context, Event, Operation, Prompt, Result, Site};
use std::env;

fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn written(step: &str, operation: &Operation) -> Result<()> {
    let key = operation.wait()?.key().expect("a key was made");
    let (outcome, kind, rooms) = (operation.outcome().label(), key.kind().label(), key.rooms().join(" "));
    println!("{step}: {outcome}, {kind} {rooms} until {}, {}", key.until(), place(&key));
    Ok(())
}

fn place(key: &keycard::Key) -> String {
    Some(key.encoder()).filter(|encoder| !encoder.is_empty()).unwrap_or_else(|| key.phone())
}

fn failed(step: &str, operation: &Operation) {
    if let Err(error) = operation.wait() {
        let (name, card) = (error.name(), error.card_state.label());
        println!(
            "{step}: {name}, {card}, field '{}', vendor '{}', advice '{}'",
            error.field, error.vendor_code, error.advice_text
        );
    }
}

fn follow(step: &str, operation: &Operation, prompted: impl Fn(&Event)) -> Result<()> {
    for event in operation.events() {
        let event = event?;
        if event.prompt() == Some(Prompt::PresentCard) {
            println!("{step}: {}", event.text());
            prompted(&event);
        }
    }
    Ok(())
}

fn main_tower(site: &Site) -> Result<()> {
    let request = site.request()?;
    request.set_booking("4711")?.add_room("101")?.set_guest("Élodie Müller-Жукова")?;
    request
        .set_validity(None, "2036-06-18")?
        .set_station("desk-1")?
        .set_encoder("Desk 1")?
        .set_operator("Reception")?;
    let original = request.issue_original()?;
    follow("original", &original, |_| ())?;
    written("original", &original)?;
    request.set_encoder("Desk 2")?;
    written("duplicate", &request.issue_duplicate()?)?;
    request.set_encoder("Desk 1")?.set_validity(None, "2036-06-20T14:00")?;
    let reissued = request.reissue()?;
    written("re-issue", &reissued)?;
    println!("re-issue: {} keys void", reissued.voided_keys().len());

    let faulty = request.issue_duplicate()?;
    failed("fault", &faulty);
    written("retry", &faulty.retry()?)?;
    request.set_phone("+44 7700 900123")?;
    written("mobile", &request.send_mobile()?)?;
    request.set_phone(None)?.set_email("guest@example.com")?;
    failed("e-mail", &request.send_mobile()?);
    Ok(())
}

fn evening(context: &Context) -> Result<()> {
    let site = context.site("Grand Hotel")?;
    site.set_time_zone("Europe/Sofia")?;
    let salto = site.system("salto", &setting("KEYCARD_SALTO"))?;
    salto.set_option("mobile", "on")?.add_encoder("Desk 1")?.add_encoder("Desk 2")?;
    site.system("lens", &setting("KEYCARD_LENS"))?.add_encoder("7")?;
    site.system("kiosk", "virtual:?encoders=Kiosk&hand=600000")?;
    for encoder in site.discover()?.wait()?.encoders() {
        println!("encoder: {} of {}", encoder.name(), encoder.system().name());
    }
    main_tower(&site)?;

    let tower = site.request()?;
    tower.set_booking("4712")?.add_room("201")?.set_validity("2036-06-15", "2036-06-16")?;
    written("tower", &tower.set_station("desk-2")?.set_encoder("7")?.issue_original()?)?;
    let kiosk = site.request()?;
    kiosk.set_booking("4713")?.add_room("301")?.set_validity(None, "2036-06-16")?;
    let waiting = kiosk.set_station("kiosk")?.set_encoder("Kiosk")?.issue_original()?;
    let canceller = waiting.canceller();
    follow("cancel", &waiting, |_| {
        let canceller = canceller.clone();
        std::thread::spawn(move || canceller.cancel()); // as from a button in the window's thread
    })?;
    failed("cancel", &waiting);

    for key in site.list_keys(keycard::Filter::All, None, 0)?.wait()?.keys() {
        println!("key: {} {} {} {}", key.booking(), key.kind().label(), key.state().label(), place(&key));
    }
    Ok(())
}

fn main() -> Result<()> {
    evening(&Context::new(&setting("KEYCARD_LEDGER"))?)
}
