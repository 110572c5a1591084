/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many USB devices, and devices that are hard to tell apart or are something else: names that stay, systems that find
 * theirs again, refusals that say what to do; nothing that wakes while nothing happens; descriptors beyond select(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "usb_desk.h"

enum { MANY = 100, FEW = 10, IDLE_MS = 2000, STRAYS_MOST = 8, TAKEN = 1100 };

/* ThreadSanitizer has a thread of its own that wakes ten times a second. */
#ifdef __SANITIZE_THREAD__
#define SANITIZER_WAKES true
#else
#define SANITIZER_WAKES false
#endif

static const struct usb_device_model silent = {0};

/* ---- Turning the loop ----------------------------------------------------------------------------------------------
 */

static void turn(struct desk *desk)
{
    assert_int_equal(kc_context_wait(desk->context, WAIT_MS), 1);
    assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    take_events(desk);
    desk->events[0] = '\0';
}

static void until_count(struct desk *desk, int32_t count)
{
    while (kc_context_get_device_count(desk->context) != count)
        turn(desk);
}

static void until_up(struct desk *desk, const kc_system *system)
{
    while (kc_system_get_state(system) != KC_LINK_UP)
        turn(desk);
}

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

static kc_system *add_system(struct desk *desk, const char *name, const char *uri)
{
    kc_system *system = NULL;
    if (kc_system_new(desk->site, name, uri, &system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
    assert_int_equal(kc_system_set_option(system, "site-number", "7"), KC_OK);
    assert_int_equal(kc_system_set_option(system, "site-key", SITE_KEY), KC_OK);
    return system;
}

/* Another blank card lies on the reader. */
static void change_card(struct desk *desk, struct reader_device *reader)
{
    uint8_t uid[sizeof(reader_card_uid)];
    usb_rig_lock(desk->rig);
    memcpy(uid, reader->card.target.uid, sizeof(uid));
    uid[6]++;
    simulated_card_make(&reader->card, SIMULATED_NTAG215, uid, sizeof(uid));
    usb_rig_unlock(desk->rig);
}

static void makes_key(struct desk *desk, const char *system, const char *room)
{
    kc_request *request = NULL;
    kc_op *op = NULL;
    assert_int_equal(kc_request_new(desk->site, &request), KC_OK);
    kc_request_set_system(request, system);
    kc_request_set_booking(request, room);
    kc_request_add_room(request, room);
    kc_request_set_station(request, "desk-1");
    assert_int_equal(kc_request_set_validity(request, NULL, "2040-06-18T11:30"), KC_OK);
    assert_int_equal(kc_issue_original(request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, WAIT_MS), KC_OK);
    if (kc_op_get_status(op) != KC_OK)
        fail_msg("%s: %s", system, kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
    kc_request_unref(request);
}

/* ---- Devices that look the same --------------------------------------------------------------------------------- */

static size_t writes_on(struct desk *desk, const struct reader_device *reader)
{
    usb_rig_lock(desk->rig);
    size_t writes = reader->card.writes;
    usb_rig_unlock(desk->rig);
    return writes;
}

/* Two of one model without serial numbers: their names are their ports, whoever comes first, and each system has the
 * one that it had before. */
static void twins_stay_apart(void **state)
{
    struct desk *desk = *state;
    static struct reader_device other;
    struct reader_device *left = &desk->reader, *right = &other;
    reader_init(right);
    watch(desk, KC_DEVICES_LIST);
    reader_plug(left, desk->rig, "1-1", &reader_description);
    reader_plug(right, desk->rig, "1-4.2", &reader_description);
    until_events(desk, "1-1 present, 1-4.2 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "1-1")), "072f:2200@1-1");
    assert_string_equal(kc_device_get_name(find(desk, "1-4.2")), "072f:2200@1-4.2");
    kc_system *on_left = add_system(desk, "left", kc_device_get_uri(find(desk, "1-1"), NULL));
    kc_system *on_right = add_system(desk, "right", kc_device_get_uri(find(desk, "1-4.2"), NULL));
    makes_key(desk, "left", "101");
    size_t left_writes = writes_on(desk, left);
    assert_true(left_writes > 0);
    assert_int_equal(writes_on(desk, right), 0);
    for (int first_is_right = 0; first_is_right < 2; first_is_right++) {
        struct reader_device *first = first_is_right ? right : left, *second = first_is_right ? left : right;
        usb_rig_unplug(left->device);
        usb_rig_unplug(right->device);
        until_count(desk, 0);
        reader_plug(first, desk->rig, first_is_right ? "1-4.2" : "1-1", &reader_description);
        reader_plug(second, desk->rig, first_is_right ? "1-1" : "1-4.2", &reader_description);
        until_count(desk, 2);
        assert_string_equal(kc_device_get_name(find(desk, "1-1")), "072f:2200@1-1");
        assert_string_equal(kc_device_get_name(find(desk, "1-4.2")), "072f:2200@1-4.2");
        change_card(desk, right);
        left_writes = writes_on(desk, left);
        makes_key(desk, "right", first_is_right ? "202" : "201");
        assert_true(writes_on(desk, right) > 0);
        assert_int_equal(writes_on(desk, left), left_writes);
    }
    kc_system_unref(on_left);
    kc_system_unref(on_right);
    reader_close(right);
}

/* The serial number of two is the name of neither; that of one is. */
static void one_serial_number_for_all(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_description same = reader_description;
    same.serial = "0000";
    watch(desk, KC_DEVICES_LIST);
    usb_rig_plug(desk->rig, "1-1", &same, &silent, NULL);
    until_events(desk, "1-1 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "1-1")), "072f:2200/0000");
    struct usb_rig_device *second = usb_rig_plug(desk->rig, "1-2", &same, &silent, NULL);
    until_events(desk, "1-1 present, 1-2 present, "); /* the first one has another name now */
    assert_string_equal(kc_device_get_name(find(desk, "1-1")), "072f:2200@1-1");
    assert_string_equal(kc_device_get_name(find(desk, "1-2")), "072f:2200@1-2");
    usb_rig_unplug(second);
    until_events(desk, "1-2 gone, 1-1 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "1-1")), "072f:2200/0000");
}

/* With a serial number of its own it is found again in any socket. */
static void a_serial_number_is_found_in_another_socket(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_description own = reader_description;
    own.serial = "K42";
    watch(desk, KC_DEVICES_LIST);
    reader_plug(&desk->reader, desk->rig, "1-1", &own);
    until_events(desk, "1-1 present, ");
    assert_string_equal(kc_device_get_uri(find(desk, "1-1"), NULL), "contactless+usb:072f:2200/K42");
    kc_system *system = add_system(desk, "desk", kc_device_get_uri(find(desk, "1-1"), NULL));
    makes_key(desk, "desk", "101");
    until_events(desk, "1-1 in-use, 1-1 in-use, "); /* with its model then */
    usb_rig_unplug(desk->reader.device);
    until_events(desk, "1-1 gone, ");
    reader_plug(&desk->reader, desk->rig, "2-3.1", &own);
    until_up(desk, system); /* by itself */
    assert_string_equal(kc_device_get_name(find(desk, "2-3.1")), "072f:2200/K42");
    assert_ptr_equal(kc_device_get_system(find(desk, "2-3.1")), system);
    change_card(desk, &desk->reader);
    makes_key(desk, "desk", "102");
    kc_system_unref(system);
}

/* ---- Devices that are something else, or not ours ---------------------------------------------------------------- */

/* The ids of an encoder, and the interface of another thing: refused by what its descriptors say, and never opened. */
static void ids_of_an_encoder_on_something_else(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_description keyboard = reader_description, reader = stripe_description;
    keyboard.interfaces = &usb_rig_hid;
    keyboard.kernel_driver = "usbhid";
    reader.interfaces = &usb_rig_ccid;
    reader.kernel_driver = NULL;
    watch(desk, KC_DEVICES_IDENTIFY);
    struct usb_rig_device *typing = usb_rig_plug(desk->rig, "1-1", &keyboard, &silent, NULL);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 refused, ");
    says(find(desk, "1-1"), "no interface of the class 0B");
    assert_untouched(typing);
    assert_true(usb_rig_counts(typing).kernel_driver); /* it still types */
    struct usb_rig_device *reading = usb_rig_plug(desk->rig, "1-2", &reader, &silent, NULL);
    until_events(desk, "1-2 present, 1-2 asking, 1-2 refused, ");
    says(find(desk, "1-2"), "no interface of the class 03");
    assert_untouched(reading);
}

/* A reader with the ids of one that is known, which stalls at everything. */
static void one_that_refuses_all_is_no_encoder(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_IDENTIFY);
    struct usb_rig_device *plugged = usb_rig_plug(desk->rig, "1-1", &reader_description, &silent, NULL);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 no-encoder, ");
    says(find(desk, "1-1"), "refused what was sent to it");
    assert_int_equal(usb_rig_counts(plugged).claims, 1);
}

static void permission_denied_names_the_rule(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_LIST);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_deny(desk->reader.device, true);
    until_events(desk, "1-1 present, ");
    kc_device *device = find(desk, "1-1");
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "1-1 asking, 1-1 refused, ");
    says(device, "permission denied");
    says(device, "60-libkeycard.rules");
    assert_untouched(desk->reader.device);
    usb_rig_deny(desk->reader.device, false); /* the rule was installed, and it was plugged in again */
    usb_rig_unplug(desk->reader.device);
    until_events(desk, "1-1 gone, ");
    watch(desk, KC_DEVICES_IDENTIFY);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 encoder, ");
}

/* A program that looks at each new device has it for a moment. */
static void another_program_lets_go_of_it(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_IDENTIFY);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_claim_by_other(desk->reader.device, true);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 refused, ");
    says(find(desk, "1-1"), "another program has it");
    usb_rig_claim_by_other(desk->reader.device, false);
    until_events(desk, "1-1 asking, 1-1 encoder, "); /* asked again by itself */
}

/* ---- Many -------------------------------------------------------------------------------------------------------- */

static void place(char port[16], int number)
{
    snprintf(port, 16, "%d-%d", number / 25 + 1, number % 25 + 1);
}

static void plug_many(struct desk *desk, struct usb_rig_device *devices[], int count)
{
    char port[16];
    for (int i = 0; i < count; i++) {
        place(port, i);
        devices[i] = usb_rig_plug(desk->rig, port, &stripe_description, &silent, NULL);
    }
}

static void a_hundred_in_one_list(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_device *devices[MANY];
    char port[16], name[40];
    plug_many(desk, devices, MANY);
    watch(desk, KC_DEVICES_LIST);
    assert_int_equal(kc_context_get_device_count(desk->context), MANY);
    for (int i = 0; i < MANY; i += 2)
        usb_rig_unplug(devices[i]);
    until_count(desk, MANY / 2);
    for (int i = MANY - 2; i >= 0; i -= 2) { /* in another order */
        place(port, i);
        devices[i] = usb_rig_plug(desk->rig, port, &stripe_description, &silent, NULL);
    }
    until_count(desk, MANY);
    for (int i = 0; i < MANY; i++) {
        place(port, i);
        snprintf(name, sizeof(name), "0801:0003@%s", port);
        assert_string_equal(kc_device_get_name(find(desk, port)), name);
        assert_untouched(devices[i]);
    }
    reader_plug(&desk->reader, desk->rig, "9-1", &reader_description);
    until_count(desk, MANY + 1);
    kc_system *system = add_system(desk, "desk", "contactless+usb:"); /* the only one of its kind */
    makes_key(desk, "desk", "101");
    kc_system_unref(system);
}

/* ---- Nothing happens --------------------------------------------------------------------------------------------- */

static long sleeps_of(const char *task)
{
    char path[300], line[200];
    long value = -1;
    snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "voluntary_ctxt_switches: %ld", &value) == 1)
            break;
    if (file)
        fclose(file);
    return value;
}

/* How often the other threads of this process have gone to sleep, all together. One that sleeps must wake before it
 * makes a system call, and sleeps again after it. */
static long sleeps_of_others(void)
{
    long count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;)
        if (task->d_name[0] != '.' && atoi(task->d_name) != gettid())
            count += sleeps_of(task->d_name);
    closedir(tasks);
    return count;
}

struct watcher {
    kc_context *context;
    pthread_barrier_t ready;
    struct timespec idle;
    atomic_long sleeps; /* -1: not over yet */
};

/* Looks on while the thread of the loop waits. */
static void *look_on(void *user)
{
    struct watcher *watcher = user;
    const struct timespec until_it_sleeps = {0, 200000000};
    pthread_barrier_wait(&watcher->ready);
    nanosleep(&until_it_sleeps, NULL);
    long before = sleeps_of_others();
    nanosleep(&watcher->idle, NULL);
    atomic_store(&watcher->sleeps, labs(sleeps_of_others() - before));
    assert_int_equal(kc_context_wakeup(watcher->context), KC_OK);
    return NULL;
}

/* How often a thread wakes in so long a time in which the loop waits; -1: the loop had something to do. */
static long wakes_while_waiting(struct desk *desk, int32_t idle_ms)
{
    struct watcher watcher = {
        .context = desk->context, .idle = {idle_ms / 1000, idle_ms % 1000 * 1000000L}, .sleeps = -1};
    pthread_t thread;
    assert_int_equal(pthread_barrier_init(&watcher.ready, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, look_on, &watcher), 0);
    pthread_barrier_wait(&watcher.ready);
    assert_true(kc_context_wait(desk->context, WAIT_MS) >= 0);
    bool was_over = atomic_load(&watcher.sleeps) >= 0;
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&watcher.ready);
    assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    take_events(desk);
    desk->events[0] = '\0';
    return was_over ? watcher.sleeps : -1;
}

static void *stir(void *user)
{
    const struct timespec a_while = {0, 100000000};
    (void)user;
    for (int i = 0; i < 20; i++)
        nanosleep(&a_while, NULL);
    return NULL;
}

/* No thread makes a system call while nothing happens, with a link up, with devices that are watched and with one that
 * is waited for. */
static void nothing_wakes_while_nothing_happens(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_device *devices[FEW];
    pthread_t stirring;
    if (SANITIZER_WAKES)
        skip();
    plug_many(desk, devices, FEW);
    reader_plug(&desk->reader, desk->rig, "9-1", &reader_description);
    watch(desk, KC_DEVICES_LIST);
    until_count(desk, FEW + 1);
    kc_system *system = add_system(desk, "desk", "contactless+usb:072f:2200");
    makes_key(desk, "desk", "101");
    for (int i = 0; i < FEW / 2; i++)
        usb_rig_unplug(devices[i]);
    until_count(desk, FEW / 2 + 1);
    kc_system *absent = add_system(desk, "absent", "contactless+usb:072f:2200@9-9");
    kc_op *op = NULL;
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, WAIT_MS), KC_OK);
    kc_op_unref(op);
    long wakes = -1; /* the timers of what is over may still come once, each at its time */
    for (int i = 0; wakes != 0 && i < STRAYS_MOST; i++)
        wakes = wakes_while_waiting(desk, IDLE_MS);
    assert_int_equal(wakes, 0);
    assert_int_equal(pthread_create(&stirring, NULL, stir, NULL), 0);
    assert_int_not_equal(wakes_while_waiting(desk, 500), 0); /* a thread that does anything is seen */
    pthread_join(stirring, NULL);
    kc_system_unref(absent);
    kc_system_unref(system);
}

/* ---- Descriptors --------------------------------------------------------------------------------------------------
 */

/* All that is opened is beyond what select() can take. */
static void descriptors_above_1024(void **state)
{
    struct desk *desk = *state;
    struct rlimit before, high;
    static int taken[TAKEN];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    high = before;
    high.rlim_cur = TAKEN + 400;
    if (before.rlim_max != RLIM_INFINITY && before.rlim_max < high.rlim_cur)
        skip();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &high), 0);
    kc_site_unref(desk->site); /* also the loop itself */
    kc_context_unref(desk->context);
    for (int i = 0; i < TAKEN; i++)
        assert_true((taken[i] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0);
    assert_true(taken[TAKEN - 1] > 1024);
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    assert_true(kc_context_get_fd(desk->context) > 1024);
    watch(desk, KC_DEVICES_IDENTIFY);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 encoder, ");
    kc_system *system = add_system(desk, "desk", kc_device_get_uri(find(desk, "1-1"), NULL));
    makes_key(desk, "desk", "101");
    until_events(desk, "1-1 in-use, ");
    usb_rig_unplug(desk->reader.device);
    until_events(desk, "1-1 gone, ");
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_up(desk, system);
    change_card(desk, &desk->reader);
    makes_key(desk, "desk", "102");
    kc_system_unref(system);
    for (int i = 0; i < TAKEN; i++)
        close(taken[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(twins_stay_apart),
        TEST(one_serial_number_for_all),
        TEST(a_serial_number_is_found_in_another_socket),
        TEST(ids_of_an_encoder_on_something_else),
        TEST(one_that_refuses_all_is_no_encoder),
        TEST(permission_denied_names_the_rule),
        TEST(another_program_lets_go_of_it),
        TEST(a_hundred_in_one_list),
        TEST(nothing_wakes_while_nothing_happens),
        TEST(descriptors_above_1024),
    };
    return usb_rig_possible() ? cmocka_run_group_tests_name("usb-many", tests, NULL, NULL) : usb_rig_skipped();
}
