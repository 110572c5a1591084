# SPDX-License-Identifier: LGPL-2.1-or-later
"""An evening at the desk, as ../README.md tells it, in blocking calls."""
import os

import keycard


def written(step, operation):
    key = operation.wait().key
    print(f"{step}: {operation.outcome.label}, {key.kind.label} {' '.join(key.rooms)} until {key.valid_until},"
          f" {key.encoder or key.phone}")


def failed(step, operation):
    try:
        operation.wait()
    except keycard.KeycardError as error:
        print(f"{step}: {error.name}, {error.card_state.label}, field '{error.field}', vendor '{error.vendor_code}',"
              f" advice '{error.advice_text}'")


def follow(step, operation):
    for event in operation.events():
        if event.type == keycard.EventType.PROMPT:
            print(f"{step}: {event.text}")
            yield event


def evening(context):
    site = context.site("Grand Hotel", time_zone="Europe/Sofia")
    site.system("salto", os.environ["KEYCARD_SALTO"], encoders=["Desk 1", "Desk 2"], options={"mobile": "on"})
    site.system("lens", os.environ["KEYCARD_LENS"], encoders=["7"])
    site.system("kiosk", "virtual:?encoders=Kiosk&hand=600000")
    for encoder in site.discover().wait().encoders:
        print(f"encoder: {encoder.name} of {encoder.system.name}")

    request = site.request(booking="4711", rooms=["101"], guest="Élodie Müller-Жукова", station="desk-1",
                           valid=(None, "2036-06-18"), encoder="Desk 1", operator="Reception")
    original = request.issue_original()
    for _ in follow("original", original):
        pass
    written("original", original)
    written("duplicate", request.set(encoder="Desk 2").issue_duplicate())
    reissued = request.set(encoder="Desk 1", valid=(None, "2036-06-20T14:00")).reissue()
    written("re-issue", reissued)
    print(f"re-issue: {len(reissued.voided_keys)} keys void")

    faulty = request.issue_duplicate()
    failed("fault", faulty)
    written("retry", faulty.retry())
    written("mobile", request.set(phone="+44 7700 900123").send_mobile())
    failed("e-mail", request.set(phone=None, email="guest@example.com").send_mobile())

    tower = site.request(booking="4712", rooms=["201"], valid=("2036-06-15", "2036-06-16"), station="desk-2",
                         encoder="7")
    written("tower", tower.issue_original())
    kiosk = site.request(booking="4713", rooms=["301"], valid=(None, "2036-06-16"), station="kiosk", encoder="Kiosk")
    waiting = kiosk.issue_original()
    for _ in follow("cancel", waiting):
        waiting.cancel()
    failed("cancel", waiting)

    for key in site.list_keys().wait().keys:
        print(f"key: {key.booking} {key.kind.label} {key.state.label} {key.encoder or key.phone}")


if __name__ == "__main__":
    with keycard.Context(ledger=os.environ["KEYCARD_LEDGER"]) as opened:
        evening(opened)
