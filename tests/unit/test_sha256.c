/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 for the ledger, by the examples of FIPS 180-4 that NIST has published. Built twice: with what libcrypto
 * offers, and as if that had no deprecated functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/sha256.h"

static const uint8_t of_abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
static const uint8_t of_two_blocks[32] = {0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
                                          0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
                                          0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1};
static const uint8_t of_nothing[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                       0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                       0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void digests_follow_one_another(void **state)
{
    (void)state;
    uint8_t digest[32];
    struct sha256 *sha256 = sha256_new();
    assert_non_null(sha256);
    for (int i = 0; i < 2; i++) {
        assert_true(sha256_start(sha256));
        assert_true(sha256_add(sha256, "abc", 3));
        assert_true(sha256_end(sha256, digest));
        assert_memory_equal(digest, of_abc, sizeof(digest));
        assert_true(sha256_start(sha256));
        assert_true(sha256_end(sha256, digest));
        assert_memory_equal(digest, of_nothing, sizeof(digest));
    }
    sha256_free(sha256);
}

static void bytes_come_in_parts(void **state)
{
    (void)state;
    uint8_t digest[32];
    struct sha256 *sha256 = sha256_new();
    assert_non_null(sha256);
    for (size_t first = 0; first < sizeof(two_blocks); first++) {
        assert_true(sha256_start(sha256));
        assert_true(sha256_add(sha256, two_blocks, first));
        assert_true(sha256_add(sha256, two_blocks + first, strlen(two_blocks) - first));
        assert_true(sha256_end(sha256, digest));
        assert_memory_equal(digest, of_two_blocks, sizeof(digest));
    }
    sha256_free(sha256);
}

static void one_that_was_left_does_no_harm(void **state)
{
    (void)state;
    uint8_t digest[32];
    struct sha256 *sha256 = sha256_new();
    assert_non_null(sha256);
    assert_true(sha256_start(sha256));
    assert_true(sha256_add(sha256, two_blocks, strlen(two_blocks)));
    assert_true(sha256_start(sha256));
    assert_true(sha256_add(sha256, "abc", 3));
    assert_true(sha256_end(sha256, digest));
    assert_memory_equal(digest, of_abc, sizeof(digest));
    sha256_free(sha256);
    sha256_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_follow_one_another),
        cmocka_unit_test(bytes_come_in_parts),
        cmocka_unit_test(one_that_was_left_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
