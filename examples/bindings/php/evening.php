<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// An evening at the desk, as ../README.md tells it.

declare(strict_types=1);

use Keycard\{Context, EventType, KeycardException, Operation};

require __DIR__ . '/keycard/autoload.php';

function written(string $step, Operation $operation): void
{
    $key = $operation->wait()->key();
    printf("%s: %s, %s %s until %s, %s\n", $step, $operation->outcome()->label(), $key->kind()->label(),
        implode(' ', $key->rooms()), $key->until(), $key->encoder() ?: $key->phone());
}

function failed(string $step, Operation $operation): void
{
    try {
        $operation->wait();
    } catch (KeycardException $error) {
        printf("%s: %s, %s, field '%s', vendor '%s', advice '%s'\n", $step, $error->name, $error->cardState->label(),
            $error->field, $error->vendorCode, $error->adviceText);
    }
}

function follow(string $step, Operation $operation): \Generator
{
    foreach ($operation->events() as $event) {
        if ($event->type() === EventType::Prompt) {
            echo "$step: {$event->text()}\n";
            yield $event;
        }
    }
}

$context = new Context(ledger: getenv('KEYCARD_LEDGER'));
$site = $context->site('Grand Hotel', timeZone: 'Europe/Sofia');
$site->system('salto', getenv('KEYCARD_SALTO'), encoders: ['Desk 1', 'Desk 2'], options: ['mobile' => 'on']);
$site->system('lens', getenv('KEYCARD_LENS'), encoders: ['7']);
$site->system('kiosk', 'virtual:?encoders=Kiosk&hand=600000');
foreach ($site->discover()->wait()->encoders() as $encoder) {
    echo "encoder: {$encoder->name()} of {$encoder->system()->name()}\n";
}

$request = $site->request(booking: '4711', rooms: ['101'], guest: 'Élodie Müller-Жукова', until: '2036-06-18',
    station: 'desk-1', encoder: 'Desk 1', operator: 'Reception');
$original = $request->issueOriginal();
foreach (follow('original', $original) as $prompt) {
    // shown already; nothing to do but to present the card
}
written('original', $original);
written('duplicate', $request->set(encoder: 'Desk 2')->issueDuplicate());
$reissued = $request->set(encoder: 'Desk 1', until: '2036-06-20T14:00')->reissue();
written('re-issue', $reissued);
printf("re-issue: %d keys void\n", count($reissued->voidedKeys()));

$faulty = $request->issueDuplicate();
failed('fault', $faulty);
written('retry', $faulty->retry());
written('mobile', $request->set(phone: '+44 7700 900123')->sendMobile());
failed('e-mail', $request->set(phone: null, email: 'guest@example.com')->sendMobile());

$tower = $site->request(booking: '4712', rooms: ['201'], from: '2036-06-15', until: '2036-06-16', station: 'desk-2',
    encoder: '7');
written('tower', $tower->issueOriginal());
$kiosk = $site->request(booking: '4713', rooms: ['301'], until: '2036-06-16', station: 'kiosk', encoder: 'Kiosk');
$waiting = $kiosk->issueOriginal();
foreach (follow('cancel', $waiting) as $prompt) {
    $waiting->cancel();
}
failed('cancel', $waiting);

foreach ($site->listKeys()->wait()->keys() as $key) {
    $where = $key->encoder() ?: $key->phone();
    echo "key: {$key->booking()} {$key->kind()->label()} {$key->state()->label()} $where\n";
}
