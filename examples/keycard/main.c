/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keycard: room keys from the command line. The table of commands, their help, and the way to them. */
#include "session.h"

#include <signal.h>
#include <string.h>

#define WHERE  OPTION_BIT(OPTION_ENCODER)
#define SAFE   (OPTION_BIT(OPTION_IDEMPOTENCY_KEY) | OPTION_BIT(OPTION_YES))
#define STAY   (OPTION_BIT(OPTION_BOOKING) | OPTION_BIT(OPTION_ROOM))
#define DATES  (OPTION_BIT(OPTION_FROM) | OPTION_BIT(OPTION_UNTIL))
#define AREAS  (OPTION_BIT(OPTION_AREA) | OPTION_BIT(OPTION_DENY_AREA))
#define PHONE  (OPTION_BIT(OPTION_PHONE) | OPTION_BIT(OPTION_EMAIL) | OPTION_BIT(OPTION_MESSAGE))
#define CARDS  (OPTION_BIT(OPTION_COPIES) | OPTION_BIT(OPTION_TEXT))
#define IMAGE  (OPTION_BIT(OPTION_CARD_SERIAL) | OPTION_BIT(OPTION_IMAGE))
#define KEY    (STAY | DATES | AREAS | CARDS | WHERE | SAFE | IMAGE | OPTION_BIT(OPTION_GUEST))
#define CHOICE (STAY | OPTION_BIT(OPTION_UNRESOLVED) | OPTION_BIT(OPTION_NOT_CONFIRMED) | OPTION_BIT(OPTION_LIMIT))

/* A list that is cut short is a failure, and so is a card whose facts nobody gets; what was done is done. */
enum purpose { ACTS, LISTS };

struct command {
    const char *name;
    int (*run)(struct session *session);
    enum purpose purpose;
    bool needs_systems;
    enum ledger_use ledger;
    uint64_t options;
    const char *usage, *summary, *help;
};

static const struct command commands[] = {
    {"drivers", command_drivers, LISTS, false, LEDGER_UNUSED, 0, "drivers [DRIVER]",
     "list the kinds of lock systems that this build knows",
     "With the name of a driver: what it offers, its limits and its options."},
    {"encoders", command_encoders, LISTS, true, LEDGER_HELPS, 0, "encoders --system NAME=URI",
     "connect the lock systems and list encoders",
     "Encoders that the lock system tells, that were named here, and that the ledger remembers."},
    {"devices", command_devices, LISTS, false, LEDGER_HELPS,
     OPTION_BIT(OPTION_IDENTIFY) | OPTION_BIT(OPTION_DRIVER) | OPTION_BIT(OPTION_WATCH) | OPTION_BIT(OPTION_LIMIT),
     "devices [--identify [--driver DRIVER?OPTIONS]] [--watch [--limit NUMBER]] [NAME]",
     "list what may be an encoder, here and at the lock systems",
     "Serial ports and USB devices of this computer, with the URI that makes a lock system of each, and the\n"
     "encoders of the lock systems. Listing opens no device; --identify opens those that a driver knows by their\n"
     "USB ids, or the one of that NAME. Nothing is ever written to a card."},
    {"issue", command_issue, ACTS, true, LEDGER_NEEDED, KEY | PHONE,
     "issue --booking BOOKING --room ROOM --until TIME --encoder NAME [OPTION]...", "make the original key of a stay",
     "Earlier keys of the booking and of the room become void. With --phone or --email a mobile key follows the card."},
    {"duplicate", command_duplicate, ACTS, true, LEDGER_NEEDED, KEY, "duplicate --booking BOOKING [OPTION]...",
     "make a further key of a stay; it makes no key void",
     "It is made on the encoder last used at this station, whatever --encoder says. What is left out is taken from "
     "the\n"
     "original."},
    {"reissue", command_reissue, ACTS, true, LEDGER_NEEDED, KEY | PHONE, "reissue --booking BOOKING [OPTION]...",
     "make a new original because dates, rooms or areas changed",
     "Earlier keys of the stay become void; make their duplicates anew. What is left out is taken from the latest\n"
     "original."},
    {"one-shot", command_one_shot, ACTS, true, LEDGER_NEEDED, KEY, "one-shot --room ROOM --encoder NAME [OPTION]...",
     "make a key that opens once", ""},
    {"retry", command_retry, ACTS, true, LEDGER_NEEDED,
     OPTION_BIT(OPTION_OPERATION) | OPTION_BIT(OPTION_BOOKING) | OPTION_BIT(OPTION_YES),
     "retry --operation ID | --booking BOOKING", "attempt again what failed",
     "With --booking: its last operation. Refused while it is unknown what happened to the card; see resolve."},
    {"mobile", command_mobile, ACTS, true, LEDGER_NEEDED,
     STAY | DATES | AREAS | PHONE | WHERE | SAFE | OPTION_BIT(OPTION_GUEST) | OPTION_BIT(OPTION_IMAGE),
     "mobile --booking BOOKING --phone NUMBER [OPTION]...", "send a mobile key",
     "If the booking has an original it is a further key of that stay, else it is the original."},
    {"check-mobile", command_check_mobile, ACTS, true, LEDGER_NEEDED, WHERE | OPTION_BIT(OPTION_KEY),
     "check-mobile --key ID", "ask whether a mobile key reached the phone",
     "For lock systems that tell; keycard keys --not-confirmed lists those."},
    {"write-image", command_write_image, ACTS, true, LEDGER_NEEDED, STAY | WHERE | SAFE | IMAGE,
     "write-image --image FILE --card-serial HEX --encoder NAME",
     "write a key that another system returned as bytes on the card at a desk encoder",
     "The file is what --image of issue, duplicate, reissue or one-shot made. With --card-serial no other card is "
     "touched."},
    {"read", command_read, LISTS, true, LEDGER_NEEDED, WHERE | OPTION_BIT(OPTION_IMAGE),
     "read --encoder NAME [--image FILE]", "read the card on the encoder",
     "It changes nothing. With --image the bytes on the card go to a new file, where a desk encoder shows them."},
    {"checkout", command_checkout, ACTS, true, LEDGER_NEEDED, STAY | WHERE | SAFE,
     "checkout --booking BOOKING [--room ROOM]", "check the room out in the lock system", ""},
    {"modify", command_modify, ACTS, true, LEDGER_NEEDED, STAY | DATES | WHERE | SAFE,
     "modify --booking BOOKING [--until TIME] [--room ROOM]", "change the end of a stay or move it, without cards",
     "For lock systems that update keys by themselves."},
    {"cancel", command_cancel, ACTS, true, LEDGER_NEEDED, WHERE | SAFE | OPTION_BIT(OPTION_KEY), "cancel --key ID",
     "cancel one key, for example a lost one", ""},
    {"block", command_block, ACTS, true, LEDGER_NEEDED, STAY | WHERE | SAFE, "block --booking BOOKING",
     "keep all keys of a stay from opening", "Nobody is checked out; see unblock."},
    {"unblock", command_unblock, ACTS, true, LEDGER_NEEDED, STAY | WHERE | SAFE, "unblock --booking BOOKING",
     "let the keys of a stay open again", ""},
    {"keys", command_keys, LISTS, false, LEDGER_NEEDED, CHOICE | OPTION_BIT(OPTION_GUEST_DATA),
     "keys [--booking BOOKING | --room ROOM | --unresolved | --not-confirmed]",
     "list keys from the ledger, newest first", "Guest data only with --guest-data."},
    {"operations", command_operations, LISTS, false, LEDGER_NEEDED, CHOICE | OPTION_BIT(OPTION_GUEST_DATA),
     "operations [--booking BOOKING | --room ROOM | --unresolved | --not-confirmed]",
     "list operations from the ledger, newest first",
     "Also those that make no key, such as a check-out. With --json, guest data only with --guest-data."},
    {"watch", command_watch, ACTS, false, LEDGER_NEEDED, OPTION_BIT(OPTION_LIMIT), "watch [--limit NUMBER]",
     "show what other stations do, as it comes",
     "Each time that another program or machine records or changes an operation in the ledger, until Ctrl-C or so "
     "many\n"
     "times."},
    {"resolve", command_resolve, ACTS, false, LEDGER_NEEDED, OPTION_BIT(OPTION_OPERATION) | OPTION_BIT(OPTION_HOW),
     "resolve --operation ID --how read|opens|does-not-open", "settle an operation whose outcome is unknown",
     "read: put the card on the encoder, it is read and compared. opens, does-not-open: what the clerk saw at the "
     "door."},
    {"forget", command_forget, ACTS, false, LEDGER_NEEDED, OPTION_BIT(OPTION_BOOKING) | OPTION_BIT(OPTION_OLDER_THAN),
     "forget --booking BOOKING | --older-than DAYS", "erase guests' data from the ledger",
     "Those of a booking, or of all guests who departed so many days ago or earlier. The records stay, without name,\n"
     "contacts, texts and serial numbers of cards."},
    {"audit", command_audit, LISTS, false, LEDGER_NEEDED, OPTION_BIT(OPTION_CSV) | OPTION_BIT(OPTION_LIMIT),
     "audit [--csv]", "list what is unresolved or not confirmed, for the night audit",
     "Operations whose outcome nobody knows, and check-outs, cancellations, blocks, changes and mobile keys that the\n"
     "lock system did not confirm. Without guest data."},
    {"verify-ledger", command_verify_ledger, LISTS, false, LEDGER_NEEDED, 0, "verify-ledger",
     "hold the ledger against its journal, of all sites",
     "Says the first entry that does not fit. Keep the digest that it prints in another place: who can write the\n"
     "ledger could write a new journal, but not one with the same digest after so many entries."},
    {"ledger", command_ledger, LISTS, false, LEDGER_NEEDED, OPTION_BIT(OPTION_NEW_KEY_FILE),
     "ledger copy FROM-URI TO-URI | backup FILE | verify", "copy the ledger, back it up, or verify it",
     "copy: into another store, such as from sqlite:PATH to postgresql://HOST/DATABASE; when it was ended, the same\n"
     "command goes on. backup: a SQLite ledger into a new file, while it is used. Both verify what they made."},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const struct command *find_command(const char *name, struct complaint *complaint)
{
    const char *names[COMMAND_COUNT + 1] = {NULL};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    const char *nearest = nearest_name(name, names);
    complain(complaint, "", "there is no command \"%s\"%s%s%s", name, nearest != NULL ? "; did you mean \"" : "",
             nearest != NULL ? nearest : "; see keycard --help", nearest != NULL ? "\"?" : "");
    return NULL;
}

static void show_options(uint64_t options)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char form[64];
        const struct option_facts *facts = &option_facts[i];
        if ((options & OPTION_BIT(i)) == 0)
            continue;
        (void)snprintf(form, sizeof form, "--%s%s%s", facts->name, facts->value_name != NULL ? " " : "",
                       facts->value_name != NULL ? facts->value_name : "");
        printf("  %-29s %s%s\n", form, facts->help, facts->repeatable ? " (repeatable)" : "");
    }
}

static int shown(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_DONE : EXIT_FAILED; /* main() complains */
}

static int show_help(const struct command *command)
{
    if (command != NULL) {
        printf("usage: keycard %s\n\n%s: %s.\n%s%s%s", command->usage, command->name, command->summary, command->help,
               command->help[0] != '\0' ? "\n" : "", command->options != 0 ? "\nOptions:\n" : "");
        show_options(command->options);
        puts("\nOptions of every command:");
        show_options(OPTIONS_GENERAL);
        return shown();
    }
    puts("usage: keycard COMMAND [OPTION]...\n\nHotel room keys through the hotel's lock system.\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-14s %s\n", commands[i].name, commands[i].summary);
    puts("\nOptions of every command:");
    show_options(OPTIONS_GENERAL);
    puts("\nExit status: 0 done, 2 usage, 3 refused or failed with nothing written, 4 outcome unknown.\n"
         "keycard COMMAND --help shows the options of a command; see also keycard(1) and keycard.conf(5).");
    return shown();
}

/* An option that the command has no use for is a mistake that must not pass in silence. */
static bool check_options(struct settings *settings, const struct command *command, struct complaint *complaint)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const bool taken = ((command->options | OPTIONS_GENERAL) & OPTION_BIT(i)) != 0;
        if (!taken && options_given(settings, (enum setting)i))
            return complain(complaint, option_facts[i].name, "%s takes no --%s; see keycard %s --help", command->name,
                            option_facts[i].name, command->name);
    }
    if (command->run == command_ledger)
        return ledger_check_words(settings, complaint);
    if (settings->argument != NULL && command->run != command_drivers && command->run != command_devices)
        return complain(complaint, "", "%s takes options only, not \"%s\"; see keycard %s --help", command->name,
                        settings->argument, command->name);
    return true;
}

static int run(struct session *session, const struct command *command)
{
    int exit_status = EXIT_DONE;
    session->output.options = command->options | OPTIONS_GENERAL;
    if (command->run != command_drivers)
        exit_status = session_open(session, command->needs_systems, command->ledger);
    if (exit_status == EXIT_DONE)
        exit_status = command->run(session);
    const bool watches = command->run == command_watch || options_given(session->settings, OPTION_WATCH);
    const bool cut_short = fflush(stdout) != 0 || ferror(stdout);
    /* What was cut short must not pass for the whole; a watch goes on until nobody wants to know any more. */
    if (exit_status == EXIT_DONE && cut_short && (watches ? session_is_read() : command->purpose == LISTS))
        exit_status = EXIT_FAILED;
    session_close(session);
    return exit_status;
}

static int start(int count, char **arguments, struct settings *settings, struct session *session)
{
    struct complaint complaint;
    const struct command *command = NULL;
    if (!options_read(count, arguments, settings, &complaint))
        return session_complain(session, &complaint);
    if (options_given(settings, OPTION_VERSION)) {
        printf("keycard %s\n", kc_version());
        return shown();
    }
    const char *name = settings->command;
    const bool help = name != NULL && strcmp(name, "help") == 0;
    if (help)
        name = settings->argument;
    if (name != NULL && (command = find_command(name, &complaint)) == NULL)
        return session_complain(session, &complaint);
    if (help || options_given(settings, OPTION_HELP))
        return show_help(command);
    if (command == NULL) {
        complain(&complaint, "", "which command? see keycard --help");
        return session_complain(session, &complaint);
    }
    if (!check_options(settings, command, &complaint) || !options_read_file(settings, &complaint))
        return session_complain(session, &complaint);
    return run(session, command);
}

int main(int count, char **arguments)
{
    struct settings settings = {.command = NULL};
    struct session session = {.settings = &settings, .signals = -1};
    bool json = false;
    for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++)
        json = json || strcmp(arguments[i], "--json") == 0;
    if (!program_open_streams())
        return EXIT_FAILED;
    (void)signal(SIGPIPE, SIG_IGN); /* who reads the output may go away; the card is made all the same */
    output_start(&session.output, json);
    const int exit_status = start(count, arguments, &settings, &session);
    options_free(&settings);
    (void)program_has_printed("keycard");
    return exit_status;
}
