# SPDX-License-Identifier: LGPL-2.1-or-later
"""references.py LIBRARY: the library calls nothing that could hurt the program that it is linked into.

Only undefined symbols of the library itself count, and the functions of libraries that it loads when they are first
needed (lib/external/*.list); what SQLite or ICU call inside is their own.
"""
import glob
import os
import re
import sys

from common import ROOT, Faults, output_of, read, without_comments

FORBIDDEN = {
    "ends or forks the process": """
        exit _exit _Exit quick_exit abort atexit on_exit at_quick_exit raise kill tgkill killpg fork vfork system
        popen posix_spawn posix_spawnp execv execve execvp execvpe execl execlp execle fexecve longjmp siglongjmp
        __longjmp_chk __assert_fail __assert __assert_perror_fail pthread_cancel pthread_kill""",
    "prints or reads the terminal": """
        stdin stdout stderr printf vprintf puts putchar putc fputc fputs fputs_unlocked putchar_unlocked perror
        psignal dprintf vdprintf __printf_chk __vprintf_chk __fprintf_chk __vfprintf_chk __dprintf_chk __vdprintf_chk
        fprintf vfprintf scanf getchar gets getpass err errx warn warnx verr verrx vwarn vwarnx error error_at_line
        syslog vsyslog openlog""",
    "touches signals or timers of the process": """
        signal bsd_signal __sysv_signal sigaction sigset sigignore sigprocmask siginterrupt sigaltstack alarm ualarm
        setitimer timer_create""",
    "changes locale, environment or settings of the process": """
        setlocale uselocale setenv putenv unsetenv clearenv tzset chdir fchdir umask chroot setrlimit setrlimit64
        prlimit prlimit64 setuid seteuid setgid setegid nice setpriority srand srandom srand48 mallopt sqlite3_config
        sqlite3_shutdown sqlite3_initialize sqlite3_auto_extension sqlite3_soft_heap_limit64 uloc_setDefault
        ucal_setDefaultTimeZone ucnv_setDefaultName u_cleanup u_setMemoryFunctions u_setDataDirectory
        u_setTimeZoneFilesDirectory sp_set_debug_handler libusb_setlocale libusb_set_debug libusb_set_log_cb""",
    "uses the zone or locale of this computer": """
        localtime localtime_r mktime timelocal ctime ctime_r ucal_getDefaultTimeZone ucal_getHostTimeZone
        uloc_getDefault ucnv_getDefaultName toupper tolower isalpha isalnum isupper islower isspace isprint ispunct
        __ctype_b_loc __ctype_toupper_loc __ctype_tolower_loc strcoll strxfrm strcasecmp strncasecmp""",
    "blocks or is bound to small descriptors": """
        select pselect sleep usleep nanosleep clock_nanosleep pause sync gethostbyname gethostbyaddr __fdelt_chk
        libusb_control_transfer libusb_bulk_transfer libusb_interrupt_transfer libusb_get_string_descriptor_ascii
        libusb_handle_events libusb_handle_events_completed libusb_wait_for_event""",
    "keeps its result in memory shared by all threads": """
        strtok strerror gmtime asctime inet_ntoa rand random drand48 lrand48 getenv ttyname getlogin tmpnam tempnam
        crypt setkey encrypt""",
    "writes without a bound": """
        strcpy strcat stpcpy sprintf vsprintf __strcpy_chk __strcat_chk __stpcpy_chk __sprintf_chk __vsprintf_chk
        sscanf __isoc99_sscanf alloca""",
    "loads code": """
        dlmopen dlvsym""",
}
# ICU gives its functions the version as a suffix.
ICU_SUFFIX = re.compile(r"_\d+$")
# Libraries that give their symbols no version, weak symbols of the compiler, and what sanitizers add.
UNVERSIONED = re.compile(r"u[a-z0-9]*_\w+_\d+|sqlite3_\w+|PQ\w+|cbor_\w+|sp_\w+|libusb_\w+|_ITM_\w+|__gmon_start__"
                         r"|__(asan|ubsan|tsan|gcov|sanitizer|xml)\w+")


def loaded_functions():
    """Each function that is loaded, with the list that names it."""
    for path in sorted(glob.glob(os.path.join(ROOT, "lib", "external", "*.list"))):
        for line in read(path).splitlines():
            words = line.partition("#")[0].split()
            if len(words) == 1 or words[:1] in (["data"], ["optional"]):
                yield words[-1], os.path.relpath(path, ROOT)


def sources():
    for top in ("lib", "drivers"):
        for folder, _, files in os.walk(os.path.join(ROOT, top)):
            for name in files:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def check_loaded(faults, reasons):
    texts = {path: without_comments(read(os.path.join(ROOT, path))) for path in sources()}
    # libxml2 hides these behind macros
    used = set(re.findall(r"\w+", "\n".join(texts.values()))) | {"__xmlStructuredError", "__xmlStructuredErrorContext"}
    for name, path in loaded_functions():
        if name in reasons:
            faults.add(f"{path} lists {name}, which {reasons[name]}")
        if name not in used:
            faults.add(f"{path} lists {name}, which nothing uses")
    for path, text in texts.items():
        if path != "lib/util/external.c" and re.search(r"\bdl(open|sym|close)\b", text):
            faults.add(f"{path} loads code by itself; that is for lib/util/external.c")


def main(library):
    faults = Faults()
    reasons = {name: reason for reason, names in FORBIDDEN.items() for name in names.split()}
    count = 0
    for line in output_of("nm", "-D", "--undefined-only", library).splitlines():
        kind, name = line.split()[-2:]
        name, _, version = name.partition("@")
        count += 1
        reason = reasons.get(name) or reasons.get(ICU_SUFFIX.sub("", name))
        if reason:
            faults.add(f"the library references {name}, which {reason}")
        elif not version and kind != "w" and not UNVERSIONED.fullmatch(name):  # a weak one may stay without definition
            faults.add(f"the library calls {name}, which nothing defines")
    check_loaded(faults, reasons)
    if count < 20:
        faults.add(f"only {count} undefined symbols: is this the library?")
    faults.end(f"{count} undefined symbols")


main(sys.argv[1])
