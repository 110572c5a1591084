/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds nothing; what it is linked with tells the names of libraries. */
const char external_probe = 0;
