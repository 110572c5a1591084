/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial transport: x+serial:/dev/ttyUSB0?baud=9600 (libserialport). */
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "transport/stream.h"
#include "transport/tables.h"

#define BAUD_MIN 50
#define BAUD_MAX 4000000

struct serial_settings {
    int baud, data_bits, stop_bits;
    enum sp_parity parity;
    enum sp_flowcontrol flow_control;
};

struct serial {
    struct stream stream;
    struct sp_port *port; /* open, or NULL */
};

/* ---- Options --------------------------------------------------------------------------------------------------- */

struct word {
    const char *text;
    int value;
};

static const struct word parities[] = {{"none", SP_PARITY_NONE}, {"odd", SP_PARITY_ODD},     {"even", SP_PARITY_EVEN},
                                       {"mark", SP_PARITY_MARK}, {"space", SP_PARITY_SPACE}, {NULL, 0}};
static const struct word data_bits[] = {{"5", 5}, {"6", 6}, {"7", 7}, {"8", 8}, {NULL, 0}};
static const struct word stop_bits[] = {{"1", 1}, {"2", 2}, {NULL, 0}};
static const struct word flow_controls[] = {
    {"none", SP_FLOWCONTROL_NONE}, {"rts-cts", SP_FLOWCONTROL_RTSCTS}, {"xon-xoff", SP_FLOWCONTROL_XONXOFF}, {NULL, 0}};

static const char *option(const struct uri *uri, const char *name, const char *default_value)
{
    for (size_t i = 0; i < uri->option_count; i++)
        if (strcmp(uri->options[i].name, name) == 0)
            return uri->options[i].value;
    return default_value;
}

static int32_t refuse(const char *name, const char *value, const char *allowed, struct kc_error *error)
{
    struct error_quoted quoted;

    return error_set(error, KC_ERROR_INVALID_ARGUMENT, name, "%s \"%s\" is not possible; give %s", name,
                     error_quote(&quoted, value), allowed);
}

static int32_t read_word(const struct uri *uri, const char *name, const char *default_value, const struct word *words,
                         const char *allowed, int *out, struct kc_error *error)
{
    const char *value = option(uri, name, default_value);

    for (; words->text != NULL; words++) {
        if (strcmp(words->text, value) == 0) {
            *out = words->value;
            return KC_OK;
        }
    }
    return refuse(name, value, allowed, error);
}

static int32_t read_baud(const struct uri *uri, int *out, struct kc_error *error)
{
    const char *value = option(uri, "baud", "9600");
    size_t digits = strspn(value, "0123456789");
    long baud = digits > 0 && digits < 8 && value[digits] == '\0' ? strtol(value, NULL, 10) : 0;

    if (baud < BAUD_MIN || baud > BAUD_MAX)
        return refuse("baud", value, "a whole number from 50 to 4000000, such as 9600", error);
    *out = (int)baud;
    return KC_OK;
}

static int32_t read_settings(const struct uri *uri, struct serial_settings *settings, struct kc_error *error)
{
    int parity = 0, flow_control = 0;
    int32_t status = read_baud(uri, &settings->baud, error);

    if (status == KC_OK)
        status = read_word(uri, "data-bits", "8", data_bits, "5, 6, 7 or 8", &settings->data_bits, error);
    if (status == KC_OK)
        status = read_word(uri, "parity", "none", parities, "none, odd, even, mark or space", &parity, error);
    if (status == KC_OK)
        status = read_word(uri, "stop-bits", "1", stop_bits, "1 or 2", &settings->stop_bits, error);
    if (status == KC_OK)
        status = read_word(uri, "flow-control", "none", flow_controls, "none, rts-cts or xon-xoff", &flow_control,
                           error);
    settings->parity = (enum sp_parity)parity;
    settings->flow_control = (enum sp_flowcontrol)flow_control;
    return status;
}

static int32_t serial_check(const struct uri *uri, struct kc_error *error)
{
    struct serial_settings settings;

    if (uri->user[0] != '\0' || uri->password[0] != '\0' || uri->host[0] != '\0' || uri->port >= 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "a serial link takes no host, port number or user: write %s:/dev/ttyUSB0", uri->scheme);
    if (uri->path[0] != '/' || uri->path[1] == '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "a serial link needs the full name of its port: write %s:/dev/ttyUSB0", uri->scheme);
    return read_settings(uri, &settings, error);
}

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
static int32_t explain(const char *name, int number, struct kc_error *error)
{
    char text[128];
    const char *reason = strerror_r(number, text, sizeof text);
    const char *advice = "check that it is a serial port and that it takes these settings";
    int32_t code = KC_ERROR_UNREACHABLE;

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
        reason = "another program uses it";
        advice = "end that program, or name another port";
        break;
    case ENOTTY:
        reason = "it is not a serial port";
        advice = "check the name";
        break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        code = KC_ERROR_SYSTEM;
        advice = "this program has too many files open (see ulimit -n), or memory is short";
        break;
    default:
        break;
    }
    return error_set(error, code, "", "%s cannot be opened: %s; %s", name, reason, advice);
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

static int find_port(const char *path, struct sp_port **port)
{
    enum sp_return result = sp_get_port_by_name(path, port);
    char *resolved;

    if (result == SP_ERR_ARG || result == SP_ERR_FAIL) {
        /* It knows only the names that the kernel gives, not the links under /dev/serial/by-id. */
        resolved = realpath(path, NULL);
        if (resolved == NULL)
            return errno;
        result = sp_get_port_by_name(resolved, port);
        free(resolved);
    }
    return result == SP_ERR_ARG ? ENOTTY : sp_number(result);
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
    sp_set_config_rts(config, SP_RTS_ON);
    sp_set_config_dtr(config, SP_DTR_ON);
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
static int open_port(struct serial *serial, const char *path, int *fd)
{
    int number = find_port(path, &serial->port);

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
static int serial_start(struct serial *serial, const char *path, const struct serial_settings *settings)
{
    int fd = -1;
    int number;
    int probe = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (probe < 0)
        return errno;
    number = isatty(probe) ? take_port(probe) : errno;
    if (number == 0)
        number = open_port(serial, path, &fd);
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
    struct kc_error reason;
    struct serial *serial;
    int32_t status = serial_check(uri, error);
    int number;

    (void)fd;
    if (status == KC_OK)
        status = read_settings(uri, &settings, error);
    if (status != KC_OK)
        return status;
    snprintf(name, sizeof name, "serial port %s", error_quote(&quoted, uri->path));
    serial = calloc(1, sizeof *serial);
    if (serial == NULL || stream_init(&serial->stream, &transport_serial, &table, loop, events, user, name) != 0) {
        free(serial);
        return error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
    }
    number = serial_start(serial, uri->path, &settings);
    if (number == 0) {
        stream_opened(&serial->stream);
    } else {
        explain(serial->stream.name, number, &reason);
        stream_fail(&serial->stream, &reason);
        close_port(serial); /* another program may have it meanwhile */
    }
    *transport = &serial->stream.transport;
    return KC_OK;
}

static const char *const serial_options[] = {"baud", "data-bits", "parity", "stop-bits", "flow-control", NULL};

const struct transport_table transport_serial = {
    .suffix = "serial",
    .options = serial_options,
    .check = serial_check,
    .open = serial_open,
    .send = stream_send,
    .close = serial_close,
};
