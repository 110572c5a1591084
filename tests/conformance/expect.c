/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What many rules look for in an operation that has ended. */
#include <string.h>

#include "suite.h"

int32_t find_warning(const kc_op *op, const char *field)
{
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++)
        if (strcmp(kc_op_get_warning_field(op, i), field) == 0)
            return i;
    return -1;
}

void expect_made(struct hotel *hotel, kc_op *op)
{
    const kc_error *error = kc_op_get_error(op);
    EXPECT(kc_op_get_status(op) == KC_OK, "%s, %s (%s %s)", kc_status_name(kc_op_get_status(op)),
           kc_error_get_message(error), kc_error_get_vendor_code(error), kc_error_get_vendor_text(error));
    EXPECT(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN, "%s", kc_outcome_name(kc_op_get_outcome(op)));
    EXPECT(!error, "an error although it was made: %s", kc_error_get_message(error));
    EXPECT(hotel_outcome(hotel, kc_op_get_id(op)) == KC_OUTCOME_WRITTEN, "the ledger knows it as %s",
           kc_outcome_name(hotel_outcome(hotel, kc_op_get_id(op))));
}

void expect_error_says(const kc_op *op)
{
    const kc_error *error = kc_op_get_error(op);
    EXPECT(error != NULL, "%s without an error", kc_status_name(kc_op_get_status(op)));
    EXPECT(kc_error_get_code(error) == kc_op_get_status(op), "code %d, status %d", (int)kc_error_get_code(error),
           (int)kc_op_get_status(op));
    EXPECT(*kc_error_get_message(error), "no message for %s", kc_status_name(kc_op_get_status(op)));
    if (kc_op_get_status(op) != KC_ERROR_STATE) /* of what is done already there is nothing to do */
        EXPECT(kc_error_get_advice(error) != KC_ADVICE_NONE && *kc_error_get_advice_text(error), "no advice for %s: %s",
               kc_status_name(kc_op_get_status(op)), kc_error_get_message(error));
    EXPECT(kc_error_get_card_state(error) == kc_op_get_outcome(op), "card state %s, outcome %s",
           kc_outcome_name(kc_error_get_card_state(error)), kc_outcome_name(kc_op_get_outcome(op)));
    EXPECT(strcmp(kc_status_name(kc_op_get_status(op)), "unknown") != 0, "status %d", (int)kc_op_get_status(op));
    if (kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN)
        EXPECT(kc_error_get_advice(error) == KC_ADVICE_RESOLVE, "the advice for an unknown outcome: %s",
               kc_error_get_advice_text(error));
}

void expect_refused(struct hotel *hotel, kc_op *op, int32_t status, size_t requests)
{
    EXPECT(kc_op_get_status(op) == status, "%s instead of %s: %s", kc_status_name(kc_op_get_status(op)),
           kc_status_name(status), kc_error_get_message(kc_op_get_error(op)));
    EXPECT(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "%s", kc_outcome_name(kc_op_get_outcome(op)));
    expect_error_says(op);
    EXPECT(hotel_requests(hotel) == requests, "%zu requests came to the lock system, not %zu", hotel_requests(hotel),
           requests);
    EXPECT(hotel_outcome(hotel, kc_op_get_id(op)) == -1, "the refused operation was recorded as %s",
           kc_outcome_name(hotel_outcome(hotel, kc_op_get_id(op))));
}

void expect_not_offered(struct hotel *hotel, kc_op *op, size_t requests)
{
    bool contact = kc_op_get_status(op) == KC_ERROR_CONTACT;
    expect_refused(hotel, op, contact ? KC_ERROR_CONTACT : KC_ERROR_NOT_OFFERED, requests);
}
