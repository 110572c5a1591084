/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers of the program openssl, and certificates for them, made when the test runs. */
#ifndef KEYCARD_TESTS_TLS_SERVER_H
#define KEYCARD_TESTS_TLS_SERVER_H

#include <sys/types.h>

#define TLS_FOLDER_SIZE 60

/* Makes a folder of certificates by certificates.sh, whose place is in the environment as CERTIFICATES. */
void certificates_make(char folder[TLS_FOLDER_SIZE]);
void certificates_remove(const char *folder);
/* The content of NAME.pin. */
void certificates_pin(const char *folder, const char *name, char out[60]);

struct tls_server {
    pid_t process;
    int output;
    int port;
};

/* Starts `openssl s_server -www` in the folder with NAME.pem and NAME.key; `more`: further words, ends with NULL. */
void tls_server_start(struct tls_server *server, const char *folder, const char *name, const char *const *more);
void tls_server_stop(struct tls_server *server);

#endif
