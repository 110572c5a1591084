/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the browser may ask for: one function for each path of routes.c. */
#ifndef FRONTDESK_API_H
#define FRONTDESK_API_H

#include "web.h"

/* api_session.c */
void api_login(struct request *request);
void api_logout(struct request *request);
void api_session(struct request *request);
void api_station(struct request *request);
/* api_bookings.c */
void api_bookings(struct request *request);
void api_booking(struct request *request);
void api_change_booking(struct request *request);
/* api_keys.c */
void api_make_key(struct request *request);
/* api_operations.c */
void api_unresolved(struct request *request);
void api_retry(struct request *request);
void api_resolve(struct request *request);
void api_cancel(struct request *request);
void api_answer(struct request *request);
/* api_systems.c */
void api_systems(struct request *request);
void api_discover(struct request *request);
/* api_devices.c */
void api_devices(struct request *request);
void api_identify(struct request *request);
/* stream.c */
void api_events(struct request *request);

#endif
