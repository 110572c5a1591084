/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial transport: x+serial:/dev/ttyUSB0?baud=9600 (libserialport). Of libserialport only names, settings and the
 * calls that never block are used: the others use select(), follow the wall clock and spin after an unplug. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "transport/holder.h"
#include "transport/ports.h"
#include "transport/serial_settings.h"
#include "transport/stream.h"
#include "transport/tables.h"
#include "util/shortage.h"

struct serial {
    struct stream stream;
    struct sp_port *port; /* open, or NULL */
};

/* ---- Bytes ----------------------------------------------------------------------------------------------------- */

/* Zero is nothing now: a port that is unplugged shows as a hang-up, or as one of these errors. libserialport 0.1.1
 * reports a line that takes no more as a failure. */
static ssize_t serial_result(enum sp_return result)
{
    ssize_t count = result == SP_ERR_FAIL ? stream_result(-1) : (ssize_t)result;

    if (count >= 0)
        return count;
    return errno == EIO || errno == ENXIO || errno == ENODEV ? STREAM_END : STREAM_ERROR;
}

static ssize_t serial_read(struct stream *stream, void *bytes, size_t count)
{
    return serial_result(sp_nonblocking_read(((struct serial *)stream)->port, bytes, count));
}

static ssize_t serial_write(struct stream *stream, const void *bytes, size_t count)
{
    return serial_result(sp_nonblocking_write(((struct serial *)stream)->port, bytes, count));
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

/* Says why a port cannot be used, and what to do. */
static int32_t explain(const char *name, const char *file, int number, struct kc_error *error)
{
    char text[SHORTAGE_SIZE], holder[240];
    const char *reason = strerror_r(number, text, sizeof text);
    const char *advice = "check that it is a serial port and that it takes these settings";

    switch (number) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        reason = "there is no such port";
        advice = "check the name and that the device is plugged in";
        break;
    case EACCES:
    case EPERM:
        reason = "permission denied";
        advice = "the user of this program must be in the group that may use serial ports (dialout on Debian)";
        break;
    case EBUSY:
    case EWOULDBLOCK:
        return error_set(error, KC_ERROR_UNREACHABLE, "",
                         "%s cannot be opened: %s uses it; end that, or name another port", name,
                         holder_of(file, holder, sizeof holder));
        break;
    case ENOTTY:
        reason = "it is not a serial port";
        advice = "check the name";
        break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return error_set(error, KC_ERROR_SYSTEM, "", "%s cannot be opened: %s", name, shortage_text(number, text));
    default:
        break;
    }
    return error_set(error, KC_ERROR_UNREACHABLE, "", "%s cannot be opened: %s; %s", name, reason, advice);
}

/* errno of what libserialport returned; 0 for success. */
static int sp_number(enum sp_return result)
{
    int number = errno;

    switch (result) {
    case SP_OK:
        return 0;
    case SP_ERR_MEM:
        return ENOMEM;
    case SP_ERR_SUPP:
        return EOPNOTSUPP;
    case SP_ERR_FAIL:
        return number != 0 ? number : EIO;
    default:
        return EINVAL;
    }
}

/* Takes the port for this program alone: for those that ask for a lock, and (unless they are root) for all others. */
static int take_port(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
}

static int configure(struct sp_port *port, const struct serial_settings *settings)
{
    struct sp_port_config *config = NULL;
    int number = sp_number(sp_new_config(&config));

    if (number != 0)
        return number;
    sp_set_config_baudrate(config, settings->baud);
    sp_set_config_bits(config, settings->data_bits);
    sp_set_config_parity(config, settings->parity);
    sp_set_config_stopbits(config, settings->stop_bits);
    sp_set_config_rts(config, settings->rts ? SP_RTS_ON : SP_RTS_OFF);
    sp_set_config_dtr(config, settings->dtr ? SP_DTR_ON : SP_DTR_OFF);
    sp_set_config_flowcontrol(config, settings->flow_control); /* may take RTS over */
    number = sp_number(sp_set_config(port, config));
    sp_free_config(config);
    return number;
}

/* libserialport 0.1.1 puts CRTSCTS into the wrong word of the settings, so RTS and CTS would never be used, and would
 * stay in use if the program before left them so. */
static int set_hardware_flow_control(int fd, bool on)
{
    struct termios termios;

    if (tcgetattr(fd, &termios) != 0)
        return errno;
    if (on)
        termios.c_cflag |= CRTSCTS;
    else
        termios.c_cflag &= ~CRTSCTS;
    return tcsetattr(fd, TCSANOW, &termios) != 0 ? errno : 0;
}

static int handle_of(const struct sp_port *port)
{
    int fd = -1;

    return sp_get_port_handle(port, &fd) == SP_OK ? fd : -1;
}

static void close_port(struct serial *serial)
{
    if (serial->port == NULL)
        return;
    const int fd = handle_of(serial->port);
    if (fd >= 0) {
        (void)sp_flush(serial->port, SP_BUF_OUTPUT); /* else closing may wait half a minute for the line */
        (void)ioctl(fd, TIOCNXCL);
        (void)sp_close(serial->port);
    }
    sp_free_port(serial->port);
    serial->port = NULL;
}

/* Opens with libserialport what `probe` has shown to be a free port. */
static int open_port(struct serial *serial, const char *file, int *fd)
{
    enum sp_return result = sp_get_port_by_name(file, &serial->port);
    int number = result == SP_ERR_ARG ? ENOTTY : sp_number(result);

    if (number == 0)
        number = sp_number(sp_open(serial->port, SP_MODE_READ_WRITE));
    if (number == 0)
        number = sp_number(sp_get_port_handle(serial->port, fd));
    if (number == 0 && fcntl(*fd, F_SETFD, FD_CLOEXEC) != 0)
        number = errno;
    return number;
}

/* Returns 0 or errno. The port is tried before libserialport has it, because that changes its settings while opening,
 * also under the hands of another program. */
static int serial_start(struct serial *serial, const char *file, const struct serial_settings *settings)
{
    struct termios termios;
    int fd = -1;
    int number;
    int probe = open(file, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (probe < 0)
        return errno;
    number = tcgetattr(probe, &termios) == 0 ? take_port(probe) : errno;
    if (number == 0)
        number = open_port(serial, file, &fd);
    close(probe); /* gives its lock back */
    if (number == 0)
        number = take_port(fd);
    if (number == 0 && ioctl(fd, TIOCEXCL) != 0)
        number = errno;
    if (number == 0)
        number = configure(serial->port, settings);
    if (number == 0)
        number = set_hardware_flow_control(fd, settings->flow_control == SP_FLOWCONTROL_RTSCTS);
    if (number != 0)
        return number;
    (void)sp_flush(serial->port, SP_BUF_INPUT); /* what came before is nobody's */
    return stream_watch(&serial->stream, fd, 0) == KC_OK ? 0 : errno;
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static int32_t serial_check(const struct uri *uri, struct kc_error *error)
{
    struct serial_settings settings;
    struct device_name device;
    int32_t status = serialport_need(error);

    if (status != KC_OK)
        return status;
    if (uri->user[0] != '\0' || uri->password[0] != '\0' || uri->host[0] != '\0' || uri->port >= 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "a serial link takes no host, port number or user: write %s:/dev/ttyUSB0", uri->scheme);
    if ((uri->path[0] != '/' || uri->path[1] == '\0') && !device_name_parse(uri->path, &device))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "a serial link needs the full name of its port, or the name of its device on USB: write "
                         "%s:/dev/ttyUSB0 or %s:067b:2303@1-4.2",
                         uri->scheme, uri->scheme);
    return serial_settings_read(uri, &settings, error);
}

static void serial_close(struct transport *transport)
{
    struct serial *serial = (struct serial *)transport;

    if (serial == NULL)
        return;
    loop_watch_remove(serial->stream.loop, &serial->stream.watch);
    close_port(serial);
    stream_release(&serial->stream);
    free(serial);
}

/* Opens what the path means now; that may be another file after re-plugging. False: `reason` says why not. */
static bool start(struct serial *serial, const char *path, const struct serial_settings *settings,
                  struct kc_error *reason)
{
    char file[PORT_PATH_SIZE];
    bool found = ports_resolve(path, file, reason) == KC_OK;
    int number = found ? serial_start(serial, file, settings) : 0;

    if (number != 0)
        explain(serial->stream.name, file, number, reason);
    return found && number == 0;
}

static int32_t serial_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                           void *user, struct transport **transport, struct kc_error *error)
{
    static const struct stream_table table = {
        .read = serial_read,
        .write = serial_write,
        .end_text = "the port is gone (unplugged?)",
    };
    struct serial_settings settings;
    struct error_quoted quoted;
    char name[sizeof quoted.text + 16];
    struct kc_error reason = {0};
    struct serial *serial;
    int32_t status = serial_check(uri, error);

    (void)fd;
    if (status == KC_OK)
        status = serial_settings_read(uri, &settings, error);
    if (status != KC_OK)
        return status;
    snprintf(name, sizeof name, "serial port %s", error_quote(&quoted, uri->path));
    serial = calloc(1, sizeof *serial);
    if (serial == NULL || stream_init(&serial->stream, &transport_serial, &table, loop, events, user, name) != 0) {
        free(serial);
        return error_no_memory(error);
    }
    if (start(serial, uri->path, &settings, &reason)) {
        stream_opened(&serial->stream);
    } else {
        stream_fail(&serial->stream, &reason);
        close_port(serial); /* another program may have it meanwhile */
    }
    *transport = &serial->stream.transport;
    return KC_OK;
}

/* ---- Waiting for the device ------------------------------------------------------------------------------------ */

struct transport_wait {
    struct ports_watch watch; /* first, so that it leads back here */
    struct loop *loop;
    char *path;
    void (*possible)(void *user);
    void *user;
};

/* Its permissions may come a moment after the port. One that goes may have been the second that fitted. */
static void port_changed(struct ports_watch *watch, const char *node, bool gone)
{
    struct transport_wait *wait = (struct transport_wait *)(void *)watch;

    (void)node;
    (void)gone;
    if (!ports_present(wait->path))
        return;
    ports_watch_remove(wait->loop, watch);
    wait->possible(wait->user);
}

static void serial_await_end(struct transport_wait *wait)
{
    if (wait == NULL)
        return;
    ports_watch_remove(wait->loop, &wait->watch);
    free(wait->path);
    free(wait);
}

static int32_t serial_await(struct loop *loop, const struct uri *uri, const struct driver_usb *usb,
                            void (*possible)(void *user), void *user, struct transport_wait **out, bool *needed)
{
    struct transport_wait *wait = calloc(1, sizeof *wait);
    int32_t status = KC_ERROR_NO_MEMORY;

    (void)usb;
    if (wait == NULL)
        return status;
    wait->loop = loop;
    wait->possible = possible;
    wait->user = user;
    wait->watch.changed = port_changed;
    wait->path = strdup(uri->path);
    if (wait->path != NULL)
        status = ports_watch_add(loop, &wait->watch, NULL);
    if (status != KC_OK) {
        serial_await_end(wait);
        return status;
    }
    *needed = !ports_present(wait->path);
    *out = wait;
    return KC_OK;
}

static const char *const serial_options[] = {"baud",         "data-bits", "parity", "stop-bits",
                                             "flow-control", "dtr",       "rts",    NULL};

const struct transport_table transport_serial = {
    .suffix = "serial",
    .options = serial_options,
    .check = serial_check,
    .open = serial_open,
    .await = serial_await,
    .await_end = serial_await_end,
    .send = stream_send,
    .close = serial_close,
};
