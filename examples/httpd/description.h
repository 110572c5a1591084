/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file openapi.json, compiled in. */
#ifndef HTTPD_DESCRIPTION_H
#define HTTPD_DESCRIPTION_H

extern const char description[];

#endif
