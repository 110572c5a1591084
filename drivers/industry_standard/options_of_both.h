/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows that are the same in the tables of both drivers. A default that no two sources confirm says "unverified". */
#ifndef KEYCARD_INDUSTRY_STANDARD_OPTIONS_OF_BOTH_H
#define KEYCARD_INDUSTRY_STANDARD_OPTIONS_OF_BOTH_H

#define UNVERIFIED " (unverified)"

#define OPTIONS_OF_BOTH                                                                                                \
    [OPTION_ENQUIRY] = {"enquiry", "after-nak", "never,after-nak,always",                                              \
                        "When to ask by ENQ whether the lock system is ready, before a request."},                     \
    [OPTION_ENQUIRY_TIMEOUT] = {"enquiry-timeout", "2000", "1..600000",                                                \
                                "Milliseconds until an ENQ must be answered" UNVERIFIED "."},                          \
    [OPTION_ENQUIRY_TRIES] = {"enquiry-tries", "3", "1..100",                                                          \
                              "How often to ask by ENQ while the lock system is busy" UNVERIFIED "."},                 \
    [OPTION_PAUSE_AFTER_NAK] = {"pause-after-nak", "200", "0..60000",                                                  \
                                "Milliseconds to wait after a NAK" UNVERIFIED "."},                                    \
    [OPTION_NAK_TRIES] = {"nak-tries", "3", "1..100",                                                                  \
                          "How often a request is sent at most while it is answered by NAK" UNVERIFIED "."},           \
    [OPTION_REQUIRE_ACKNOWLEDGE] = {"require-acknowledge", "no", "no,yes",                                             \
                                    "Whether an answer without ACK is ignored even from a lock system that has not "   \
                                    "sent any ACK yet" UNVERIFIED "."},                                                \
    [OPTION_ACKNOWLEDGE_TIMEOUT] = {"acknowledge-timeout", "5000", "1..600000",                                        \
                                    "Milliseconds until a request must be acknowledged" UNVERIFIED "."},               \
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "60000", "1..3600000",                                                \
                               "Milliseconds to wait for the answer, for each card" UNVERIFIED "."},                   \
    [OPTION_BYTE_TIMEOUT] = {"byte-timeout", "2000", "1..600000",                                                      \
                             "Milliseconds between two bytes of one frame" UNVERIFIED "."},                            \
    [OPTION_ACCEPT_CHECK_CONSTANT] = {"accept-check-constant", "yes", "yes,no",                                        \
                                      "Whether answers with the check byte 0D are taken unchecked."},                  \
    [OPTION_REQUESTS_IN_FLIGHT] =                                                                                      \
        {"requests-in-flight", "one", "one,per-encoder",                                                               \
         "Whether the next request waits for the answer to the last one, or for its encoder "                          \
         "only" UNVERIFIED "."},                                                                                       \
    [OPTION_CODE_PAGE] = {"code-page", "ascii", "ascii,latin1", "Characters of texts on the wire" UNVERIFIED "."},     \
    [OPTION_START] =                                                                                                   \
        {"start", "when-given", "when-given,always",                                                                   \
         "Whether a request without start is sent with an empty start, which the lock system takes as now, "           \
         "or refused" UNVERIFIED "."},                                                                                 \
    [OPTION_ROOM_LENGTH] = {"room-length", "24", "1..100", "Characters of a room name" UNVERIFIED "."},                \
    [OPTION_COPIES_DIGIT] = {"copies-digit", "total", "total,extra",                                                   \
                             "The digit in CN3 counts all cards, or those after the first" UNVERIFIED "."},            \
    [OPTION_SINGLE_DIGIT] = {"single-digit", "omit", "omit,send",                                                      \
                             "Whether the digit is sent for a single card" UNVERIFIED "."}

#endif
