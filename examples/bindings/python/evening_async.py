# SPDX-License-Identifier: LGPL-2.1-or-later
"""An evening at the desk, as ../README.md tells it, with asyncio."""
import asyncio
import os

import keycard


async def written(step, operation):
    key = (await operation).key
    print(f"{step}: {operation.outcome.label}, {key.kind.label} {' '.join(key.rooms)} until {key.valid_until},"
          f" {key.encoder or key.phone}")


async def failed(step, operation):
    try:
        await operation
    except keycard.KeycardError as error:
        print(f"{step}: {error.name}, {error.card_state.label}, field '{error.field}', vendor '{error.vendor_code}',"
              f" advice '{error.advice_text}'")


async def follow(step, operation):
    async for event in operation.events():
        if event.type == keycard.EventType.PROMPT:
            print(f"{step}: {event.text}")
            yield event


async def evening(context):
    site = context.site("Grand Hotel", time_zone="Europe/Sofia")
    site.system("salto", os.environ["KEYCARD_SALTO"], encoders=["Desk 1", "Desk 2"], options={"mobile": "on"})
    site.system("lens", os.environ["KEYCARD_LENS"], encoders=["7"])
    site.system("kiosk", "virtual:?encoders=Kiosk&hand=600000")
    for encoder in (await site.discover()).encoders:
        print(f"encoder: {encoder.name} of {encoder.system.name}")

    request = site.request(booking="4711", rooms=["101"], guest="Élodie Müller-Жукова", station="desk-1",
                           valid=(None, "2036-06-18"), encoder="Desk 1", operator="Reception")
    original = request.issue_original()
    async for _ in follow("original", original):
        pass
    await written("original", original)
    await written("duplicate", request.set(encoder="Desk 2").issue_duplicate())
    reissued = request.set(encoder="Desk 1", valid=(None, "2036-06-20T14:00")).reissue()
    await written("re-issue", reissued)
    print(f"re-issue: {len(reissued.voided_keys)} keys void")

    faulty = request.issue_duplicate()
    await failed("fault", faulty)
    await written("retry", faulty.retry())
    await written("mobile", request.set(phone="+44 7700 900123").send_mobile())
    await failed("e-mail", request.set(phone=None, email="guest@example.com").send_mobile())

    tower = site.request(booking="4712", rooms=["201"], valid=("2036-06-15", "2036-06-16"), station="desk-2",
                         encoder="7")
    await written("tower", tower.issue_original())
    kiosk = site.request(booking="4713", rooms=["301"], valid=(None, "2036-06-16"), station="kiosk", encoder="Kiosk")
    waiting = kiosk.issue_original()
    async for _ in follow("cancel", waiting):
        waiting.cancel()
    await failed("cancel", waiting)

    for key in (await site.list_keys()).keys:
        print(f"key: {key.booking} {key.kind.label} {key.state.label} {key.encoder or key.phone}")


async def main():
    with keycard.Context(ledger=os.environ["KEYCARD_LEDGER"]) as context:
        await evening(context)


if __name__ == "__main__":
    asyncio.run(main())
