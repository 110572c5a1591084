<?php
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the evening does not show: several operations at once, time-outs, refusals, closed handles.

declare(strict_types=1);

use Keycard\{Capability, Context, DeviceState, DeviceWatch, Driver, EventType, Filter, KeycardException, Kind, Limit};
use Keycard\{OpenKey, Prompt, Request, Site, State, Status, TimeoutException, Verb};

require __DIR__ . '/keycard/autoload.php';

const PATIENCE = 60.0; // seconds; nothing here is timed, this only ends what hangs
const FOREVER = 600000; // milliseconds until the virtual hand presents a card

function same(mixed $wanted, mixed $got): void
{
    if ($wanted !== $got) {
        throw new AssertionError('wanted ' . var_export($wanted, true) . ', got ' . var_export($got, true));
    }
}

/** @template T of Throwable @param class-string<T> $class @return T */
function thrown(string $class, callable $call): Throwable
{
    try {
        $call();
    } catch (Throwable $error) {
        same(true, $error instanceof $class);
        return $error;
    }
    throw new AssertionError("no $class was thrown");
}

function desk(array $options = []): Site
{
    $site = (new Context())->site('Test Hotel', timeZone: 'Europe/Sofia');
    $site->system('lock', 'virtual:', options: $options + ['hand' => '20', 'encoders' => 'Desk 1;Desk 2']);
    return $site;
}

function request(Site $site, mixed ...$values): Request
{
    return $site->request(...$values + ['booking' => '4711', 'rooms' => ['101'], 'until' => '2097-06-18',
        'station' => 'desk-1', 'encoder' => 'Desk 1']);
}

$tests = [
    'version, drivers and names' => static function (): void {
        same(1, preg_match('/^\d+\.\d+\.\d+$/', Keycard\version()));
        same(true, Keycard\has_driver('virtual'));
        same(false, Keycard\has_driver('no such driver'));
        same(null, Driver::find('no such driver'));
        same(true, in_array('virtual', array_map(fn (Driver $driver) => $driver->name(), Driver::all()), true));
        foreach (Status::cases() as $status) {
            same($status->label(), Keycard\status_name($status->value));
        }
    },
    'capabilities and limits' => static function (): void {
        $system = (new Context())->site('Test Hotel')->system('lock', 'virtual:?mobile=off&rooms=4');
        same(false, $system->has(Capability::Mobile));
        same(true, $system->driver()->has(Capability::Mobile));
        same(4, $system->limit(Limit::Rooms));
        same('off', $system->option('mobile'));
    },
    'refused values name their field' => static function (): void {
        $site = desk();
        $error = thrown(KeycardException::class, fn () => request($site, until: '2026-02-29'));
        same([Status::InvalidArgument, 'until', null], [$error->status(), $error->field, $error->operation]);
        same(true, str_contains($error->getMessage(), '2026-02-29'));
        thrown(ValueError::class, fn () => request($site, bed: '2'));
        $error = thrown(KeycardException::class, fn () => $site->system('x', 'no-such-scheme://h'));
        same(Status::NotFound, $error->status());
        $error = thrown(KeycardException::class, fn () => new Context('sqlite:/no/such/folder/keys.db'));
        same('check-ledger', $error->advice->label());
    },
    'values that the library would not see whole' => static function (): void {
        $request = request(desk());
        foreach ([['guest' => "A\0B"], ['rooms' => ["1\0"]], ['copies' => 2 ** 32 + 1]] as $values) {
            thrown(ValueError::class, fn () => $request->set(...$values));
        }
        same('invalid-argument', thrown(KeycardException::class, fn () => $request->set(guest: "\xff"))->name);
        thrown(TypeError::class, fn () => $request->set(copies: 1.5));
        foreach (['rooms', 'areas', 'deniedAreas', 'texts'] as $list) {
            thrown(TypeError::class, fn () => $request->set(...[$list => '12']));
        }
    },
    'several at once' => static function (): void {
        $site = desk(['encoders' => implode(';', range(0, 7))]);
        $issue = fn (int $n) => request($site, booking: "b$n", rooms: ["$n"], encoder: "$n", station: "s$n")
            ->issueOriginal();
        $operations = array_map($issue, range(0, 7));
        $rooms = array_map(fn ($operation) => $operation->wait(PATIENCE)->key()->rooms()[0], $operations);
        same(array_map('strval', range(0, 7)), $rooms);
    },
    'a time-out leaves the operation' => static function (): void {
        $operation = request(desk(['hand' => (string) FOREVER]))->issueOriginal();
        thrown(TimeoutException::class, fn () => $operation->wait(0.05));
        same(false, $operation->isDone());
        $operation->cancel();
        $error = thrown(KeycardException::class, fn () => $operation->wait(PATIENCE));
        same([Status::Cancelled, $operation], [$error->status(), $error->operation]);
    },
    'events of an operation and of the context' => static function (): void {
        $context = new Context();
        $site = $context->site('Test Hotel');
        $site->system('lock', 'virtual:?hand=20&encoders=E');
        $operation = request($site, encoder: 'E')->issueOriginal();
        foreach ($context->events(PATIENCE) as $event) {
            if ($event->type() === EventType::Done) {
                same([$operation, State::Done], [$event->operation(), $event->state()]);
                break;
            }
        }
        $types = array_map(fn ($event) => $event->type(), iterator_to_array($operation->events(), false));
        same(EventType::Done, end($types));
        same(true, in_array(EventType::Prompt, $types, true));
        same([], iterator_to_array($operation->events(), false));
    },
    'a question is answered' => static function (): void {
        $site = (new Context())->site('Strict Hotel', policies: ['second-original' => 'confirm']);
        $site->system('lock', 'virtual:?encoders=E');
        $request = request($site, encoder: 'E');
        $request->issueOriginal()->wait(PATIENCE);
        $second = $request->issueOriginal();
        foreach ($second->events() as $event) {
            if ($event->prompt() === Prompt::Confirm) {
                same(1, count($second->voidedKeys()));
                $second->answer(false);
            }
        }
        same(Status::Declined, $second->status());
    },
    'operations and keys from the ledger' => static function (): void {
        $site = desk(['charset' => 'ascii']);
        $made = request($site, guest: 'Жукова', areas: ['12'], copies: 2)->issueOriginal()->wait(PATIENCE);
        same(['guest', 'Жукова'], [$made->warnings()[0]->field, $made->warnings()[0]->before]);
        $found = $site->findOperation($made->id())->wait(PATIENCE);
        same([Verb::IssueOriginal, '101', 'desk-1'], [$found->verb(), $found->room(), $found->station()]);
        $key = $site->listKeys(Filter::Room, '101')->wait(PATIENCE)->key();
        same([Kind::Original, 'Жукова', ['12'], 2], [$key->kind(), $key->guest(), $key->areas(), $key->copies()]);
        same([$made->id()], array_map(fn ($one) => $one->id(), $site->listOperations()->wait(PATIENCE)->operations()));
        $site->forgetGuest('4711')->wait(PATIENCE);
        same('', $site->listKeys()->wait(PATIENCE)->key()->guest());
    },
    'the image of a key' => static function (): void {
        $site = desk(['key-image' => 'on']);
        $made = request($site, phone: '+44 7700 900123', returnImage: true)->sendMobile()->wait(PATIENCE);
        same(true, strlen($made->key()->image()) > 0);
    },
    'a device that is plugged in' => static function (): void {
        $plugged = getenv('KEYCARD_PLUGGED'); // the name of the one device that is
        if ($plugged === false) {
            return;
        }
        $context = new Context();
        $site = $context->site('Test Hotel');
        $site->system('lock', 'virtual:?encoders=A;B');
        $context->watchDevices(DeviceWatch::Identify);
        $states = [];
        foreach ($context->events(PATIENCE) as $event) {
            same([EventType::Device, null], [$event->type(), $event->operation()]);
            $states[] = $event->state();
            if (count($states) === 3) {
                break; // what it is cannot be asked: it is no whole serial port
            }
        }
        same([DeviceState::Present, DeviceState::Asking, DeviceState::Refused], $states);
        $device = $event->device();
        same([$plugged, '/dev/ttyUSB0', 'serial'], [$device->name(), $device->place(), $device->transport()]);
        same([0x067b, 0x2303], [$device->vendorId(), $device->productId()]);
        same(['Bridge (/dev/ttyUSB0)', 'Maker', 'Bridge', 'K42'],
            [$device->label(), $device->manufacturer(), $device->product(), $device->serialNumber()]);
        same(['', '', null, DeviceState::Refused],
            [$device->model(), $device->firmware(), $device->system(), $device->state()]);
        same(Status::Unreachable, $device->error()->status());
        same(true, str_contains($device->error()->getMessage(), $plugged));
        same(['magstripe'], array_map(fn (Driver $driver) => $driver->name(), $device->drivers()));
        same(["magstripe+serial:$plugged", ''], [$device->uri(), $device->uri(Driver::find('virtual'))]);
        $error = thrown(KeycardException::class, fn () => $device->identify('nobody'));
        same([Status::NotFound, true], [$error->status(), str_contains($error->getMessage(), '"nobody"')]);
        $found = $site->discover()->wait(PATIENCE);
        same([$plugged], array_map(fn ($one) => $one->name(), $found->devices()));
        same([$plugged], array_map(fn ($one) => $one->name(), $context->devices()));
        same(['A', 'B'], array_map(fn ($one) => $one->name(), $found->encoders()));
        $site->system('stripes', $device->uri());
        same('stripes', $device->system()->name());
        $context->close();
        same($plugged, $device->name());
    },
    'devices are listed' => static function (): void {
        $context = new Context();
        $site = $context->site('Test Hotel');
        $site->system('lock', 'virtual:');
        $names = array_map(fn ($one) => $one->name(), $site->discover()->wait(PATIENCE)->devices());
        same($names, array_map(fn ($one) => $one->name(), $context->devices()));
        $context->watchDevices();
        $context->watchDevices(DeviceWatch::Off);
    },
    'open keys' => static function (): void {
        $siteKey = implode('', array_map('chr', range(0, 31))); // of the vectors of doc/open-key.md
        $stripe = OpenKey::checkStripe(7, $siteKey, '1203673600226596002760010100165894130');
        same([Kind::Original, 1781510400, 1781524800, 1781773200, ['101'], ''],
            [$stripe->kind(), $stripe->sequence(), $stripe->from(), $stripe->until(), $stripe->rooms(), $stripe->issue()]);
        $error = thrown(KeycardException::class,
            fn () => OpenKey::checkStripe(7, strrev($siteKey), '1203673600226596002760010100165894130'));
        same(Status::NotAuthentic, $error->status());
        if (!Keycard\has_driver('contactless')) {
            return; // the library was built without such cards
        }
        $message = hex2bin('d40c3a6b6579636172643a6f70656e825826890102071a0c23d0005001975f6f000070008000'
            . '000000000001001a0033dd1c8163313031115088554bd72618abfec4fa79a72aa66ce9');
        $card = OpenKey::checkCard(7, $siteKey, hex2bin('04a1b2c3d4e581'), $message);
        same([Kind::Duplicate, ['101'], '01975f6f-0000-7000-8000-000000000001'],
            [$card->kind(), $card->rooms(), $card->issue()]);
        same([1, 5], array_values(array_filter(range(1, 64), $card->hasArea(...))));
        $error = thrown(KeycardException::class, // a copy on another card
            fn () => OpenKey::checkCard(7, $siteKey, hex2bin('04a1b2c3d4e582'), $message));
        same(Status::NotAuthentic, $error->status());
    },
    'settings of context, site and driver' => static function (): void {
        $error = thrown(KeycardException::class, fn () => new Context(ledgerKey: str_repeat("\0", 31)));
        same(Status::InvalidArgument, $error->status());
        $context = new Context();
        same(Status::NotOffered, thrown(KeycardException::class, fn () => $context->watchLedger())->status());
        $error = thrown(KeycardException::class, fn () => $context->setConnectionRate(-1));
        same(Status::InvalidArgument, $error->status());
        $context->setConnectionRate(0);
        $site = $context->site('Test Hotel');
        same(['adapt', ''], [$site->policy('text'), $site->policy('no such policy')]);
        $system = $site->system('lock', 'virtual:');
        same(Status::InvalidArgument, thrown(KeycardException::class, fn () => $system->adoptFd(-1))->status());
        $virtual = Driver::find('virtual');
        same(['virtual'], $virtual->schemes());
        same(['0'], array_column(array_filter($virtual->options(), fn ($one) => $one->name === 'hand'), 'default'));
    },
    'a ledger is copied' => static function (): void {
        $folder = sys_get_temp_dir() . '/keycard-' . bin2hex(random_bytes(8));
        mkdir($folder);
        $key = str_repeat('k', 32);
        $open = static function () use ($folder, $key): array {
            $context = new Context("sqlite:$folder/keys.db", $key);
            $site = $context->site('Test Hotel');
            $site->system('lock', 'virtual:?encoders=E');
            return [$context, $site];
        };
        try {
            [$context, $site] = $open();
            $context->watchLedger(10);
            [, $other] = $open();
            $made = request($other, encoder: 'E')->issueOriginal()->wait(PATIENCE);
            foreach ($context->events(PATIENCE) as $event) {
                if ($event->type() === EventType::Ledger) {
                    same([true, $made->id()], [$event->entry() > 0, $event->operation()->id()]);
                    break;
                }
            }
            same(0, $site->forgetDeparted(1)->wait(PATIENCE)->forgottenCount());
            $backup = $site->backupLedger("$folder/backup.db")->wait(PATIENCE);
            $copied = $site->copyLedger("sqlite:$folder/copy.db")->wait(PATIENCE);
            same([$backup->entryCount(), $backup->ledgerDigest()], [$copied->entryCount(), $copied->ledgerDigest()]);
            $wrong = str_repeat('w', 32);
            $error = thrown(KeycardException::class, fn () => new Context("sqlite:$folder/copy.db", $wrong));
            same(Status::LedgerKey, $error->status());
        } finally {
            array_map('unlink', glob("$folder/*"));
            rmdir($folder);
        }
    },
    'what was closed or forgotten does not crash' => static function (): void {
        $site = desk(['hand' => (string) FOREVER]);
        $request = request($site);
        $operation = $request->issueOriginal();
        $operation->close();
        $operation->close();
        same('', $operation->id());
        same([], iterator_to_array($operation->events(), false));
        thrown(LogicException::class, fn () => $operation->wait());
        $request->close();
        same('invalid-argument', thrown(KeycardException::class, fn () => $request->set(booking: '1'))->name);
        $site->close();
        same('invalid-argument', thrown(KeycardException::class, fn () => $site->discover())->name);
    },
];

foreach ($tests as $name => $test) {
    $test();
    echo "ok: $name\n";
}
