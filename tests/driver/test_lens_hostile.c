/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile bytes as answers of the LENS SOAP service: nothing is fetched, nothing grows, nothing is printed; and want of
 * memory at each allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libxml/parser.h>

#include "lens/codec.h"
#include "lens_answer_texts.h"
#include "lens_examples.h"

/* ---- Hostile bytes --------------------------------------------------------------------------------------------- */

static enum lens_answer_kind kind_of_bytes(const void *bytes, size_t count)
{
    struct lens_answer answer;
    /* a copy of its very size, so that reading past the end shows */
    uint8_t *copy = malloc(count == 0 ? 1 : count);
    assert_non_null(copy);
    if (count > 0)
        memcpy(copy, bytes, count);
    assert_int_equal(lens_answer_read(LENS_CHECK_OUT_GUEST, copy, count, &answer), 0);
    enum lens_answer_kind kind = answer.kind;
    lens_answer_free(&answer);
    free(copy);
    return kind;
}

#define GOOD  RESPONSE("<bSuccess>true</bSuccess><ResponseMessage>gr\xC3\xBC\xC3\x9F</ResponseMessage>")
#define PLAIN RESPONSE("<bSuccess>true</bSuccess>")

static void test_document_types(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "<!DOCTYPE s:Envelope>" PLAIN,
        "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
        "\"&b;&b;&b;&b;&b;&b;\">"
        "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;\">]>" RESPONSE(
            "<bSuccess>true</bSuccess><ResponseMessage>&e;</ResponseMessage>"),
        "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" RESPONSE(
            "<bSuccess>true</bSuccess><ResponseMessage>&f;</ResponseMessage>"),
        "<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x.dtd\">" PLAIN,
        "<!DOCTYPE x PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://127.0.0.1:9/x.dtd\"><html/>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>" PLAIN,
        "<?xml version=\"1.0\"?><!-- --><!DOCTYPE x [" PLAIN};
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        struct lens_answer answer;
        assert_int_equal(read_as(LENS_CHECK_OUT_GUEST, hostile[i], &answer), LENS_ANSWER_UNREADABLE);
        assert_string_equal(answer.problem, "it has a document type, which SOAP forbids");
        lens_answer_free(&answer);
    }
    assert_int_equal(kind_of(RESPONSE("<bSuccess>true</bSuccess><ResponseMessage>&e;</ResponseMessage>")),
                     LENS_ANSWER_UNREADABLE);
    /* an inclusion is an element like any other: nothing is fetched */
    assert_int_equal(kind_of(RESPONSE("<bSuccess>true</bSuccess><i:include xmlns:i='http://www.w3.org/2001/XInclude' "
                                      "href='file:///etc/passwd'/>")),
                     LENS_ANSWER_SUCCESS);
}

/* GOOD as UTF-16. */
static size_t to_utf16(const char *text, uint8_t *out, bool big, bool mark)
{
    size_t length = 0;
    if (mark) {
        out[length++] = big ? 0xFE : 0xFF;
        out[length++] = big ? 0xFF : 0xFE;
    }
    for (; *text != '\0'; text++) {
        out[length++] = big ? 0 : (uint8_t)*text;
        out[length++] = big ? (uint8_t)*text : 0;
    }
    return length;
}

static void test_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum lens_answer_kind kind;
    } cases[] = {{GOOD, LENS_ANSWER_SUCCESS},
                 {"\xEF\xBB\xBF" GOOD, LENS_ANSWER_SUCCESS},
                 {"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>" GOOD, LENS_ANSWER_SUCCESS},
                 {"<?xml version='1.0' encoding = 'Utf-8' ?>\n" GOOD, LENS_ANSWER_SUCCESS},
                 {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>" GOOD, LENS_ANSWER_UNREADABLE},
                 {"<?xml version=\"1.0\" encoding=\"utf-16\"?>" GOOD, LENS_ANSWER_UNREADABLE},
                 {"<?xml version=\"1.0\" encoding=\"utf-16\"?>" PLAIN, LENS_ANSWER_SUCCESS},
                 {"<?xml version=\"1.0\" encoding=\"no-such\"?>" GOOD, LENS_ANSWER_UNREADABLE},
                 {"\n<?xml version=\"1.0\"?>" PLAIN, LENS_ANSWER_UNREADABLE},
                 {RESPONSE("<bSuccess>true</bSuccess><x>gr\xFC\xDF</x>"), LENS_ANSWER_UNREADABLE},
                 {RESPONSE("<bSuccess>true</bSuccess><x>\xC0\xBCy></x>"), LENS_ANSWER_UNREADABLE},
                 {RESPONSE("<bSuccess>true</bSuccess><x>\x01</x>"), LENS_ANSWER_UNREADABLE},
                 {RESPONSE("<bSuccess>true</bSuccess><x>&#0;</x>"), LENS_ANSWER_UNREADABLE}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (kind_of_bytes(cases[i].text, strlen(cases[i].text)) != cases[i].kind)
            fail_msg("case %zu", i);
    }
    uint8_t wide[2 * sizeof PLAIN + 200];
    for (int form = 0; form < 4; form++) {
        size_t length = to_utf16(PLAIN, wide, form & 1, form & 2);
        assert_int_equal(kind_of_bytes(wide, length), LENS_ANSWER_UNREADABLE);
        length = to_utf16("<?xml version=\"1.0\" encoding=\"utf-16\"?>"
                          "<a/>",
                          wide, form & 1, form & 2);
        assert_int_equal(kind_of_bytes(wide, length), LENS_ANSWER_UNREADABLE);
    }
}

static void test_not_xml(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "OK",
                                        "<",
                                        "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
                                        "<html><head></head><body><p>Bad<br>Gateway</body></html>",
                                        "<html><body>true</body></html>",
                                        "{\"bSuccess\":true}",
                                        "<a>" PLAIN "</a>",
                                        PLAIN PLAIN,
                                        PLAIN "x",
                                        "<?xml version=\"1.0\"?>",
                                        "<x:y/>",
                                        "<a b='1' b='2'/>"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(kind_of(texts[i]), LENS_ANSWER_UNREADABLE);
    for (size_t i = 0; i < strlen(GOOD) - 1; i++)
        assert_int_equal(kind_of_bytes(GOOD, i), LENS_ANSWER_UNREADABLE);
    /* a NUL anywhere, also behind the end */
    for (size_t i = 0; i <= strlen(PLAIN); i++) {
        char text[sizeof PLAIN + 1];
        memcpy(text, PLAIN, sizeof PLAIN);
        memmove(text + i + 1, text + i, strlen(PLAIN) - i);
        text[i] = '\0';
        assert_int_equal(kind_of_bytes(text, strlen(PLAIN) + 1), LENS_ANSWER_UNREADABLE);
    }
}

static void append_often(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append_text(out, text);
}

/* The parser compares each attribute with all before it. */
static void test_many_attributes(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++)
        for (size_t count = 60; count <= 70; count++) {
            struct buf out = {0};
            buf_append_text(&out, "<s:Envelope xmlns:s='u'><s:Body><CheckOutGuestResponse><CheckOutGuestResult>"
                                  "<CMessengerResponse><bSuccess");
            for (size_t i = 0; i < count; i++)
                buf_append_format(&out, form == 0 ? " a%zu='>'" : form == 1 ? "\n b%zu = \"x\"" : " xmlns:c%zu='u'", i);
            buf_append_text(&out, ">true</bSuccess><ResponseMessage>a=b c='d'</ResponseMessage></CMessengerResponse>"
                                  "</CheckOutGuestResult></CheckOutGuestResponse></s:Body></s:Envelope>");
            assert_false(out.failed);
            assert_int_equal(kind_of_bytes(out.data, out.length),
                             count <= 64 ? LENS_ANSWER_SUCCESS : LENS_ANSWER_UNREADABLE);
            buf_free(&out);
        }
}

static void test_bounds(void **state)
{
    (void)state;
    struct buf out = {0};
    append_often(&out, "<a>", 100000);
    assert_int_equal(kind_of_bytes(out.data, out.length), LENS_ANSWER_UNREADABLE);
    buf_clear(&out);
    /* the envelope, body, answer, result, response: five; up to 32 */
    for (size_t deep = 26; deep <= 28; deep++) {
        buf_append_text(&out, ENVELOPE("<CheckOutGuestResponse><CheckOutGuestResult><CMessengerResponse>"
                                       "<bSuccess>true</bSuccess>"));
        out.length -= strlen("</s:Body></s:Envelope>");
        append_often(&out, "<x>", deep);
        append_often(&out, "</x>", deep);
        buf_append_text(&out,
                        "</CMessengerResponse></CheckOutGuestResult></CheckOutGuestResponse></s:Body></s:Envelope>");
        assert_int_equal(kind_of_bytes(out.data, out.length),
                         deep <= 27 ? LENS_ANSWER_SUCCESS : LENS_ANSWER_UNREADABLE);
        buf_clear(&out);
    }
    buf_append_text(&out, "<a>");
    append_often(&out, "<b/>", 70000);
    buf_append_text(&out, "</a>");
    assert_int_equal(kind_of_bytes(out.data, out.length), LENS_ANSWER_UNREADABLE);
    buf_clear(&out);
    /* exactly as long as is taken, and one byte more */
    buf_append_text(&out, PLAIN);
    while (out.length < 1024 * 1024)
        buf_append_byte(&out, ' ');
    assert_int_equal(kind_of_bytes(out.data, out.length), LENS_ANSWER_SUCCESS);
    buf_append_byte(&out, ' ');
    assert_int_equal(kind_of_bytes(out.data, out.length), LENS_ANSWER_UNREADABLE);
    assert_false(out.failed);
    buf_free(&out);
}

static void count_message(void *context, const char *format, ...)
{
    (void)format;
    (*(int *)context)++;
}

/* Whatever comes in, libxml2 says nothing to anyone: not on standard error, not to handlers of the application, and no
 * quotation stays behind. A problem never quotes the answer either. */
static void test_silence(void **state)
{
    (void)state;
    static const char *const texts[] = {"<a>Guestname",
                                        "<Guestname:a/>",
                                        "<!DOCTYPE a SYSTEM \"Guestname.dtd\"><a/>",
                                        "<a>&Guestname;</a>",
                                        "<?xml version=\"7.0\" encoding=\"Guestname\"?><a xmlns=\"Guest name\"/>",
                                        "<a Guestname='1' Guestname='2'/>",
                                        "Guestname",
                                        ENVELOPE("<GuestnameResponse/>"),
                                        RESULT("<Guestname/>"),
                                        RESPONSE("<bSuccess>Guestname</bSuccess>"),
                                        "<a>Guestname \xFF</a>",
                                        "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>Guestname</a>"};
    int heard = 0;
    char path[] = "/tmp/lens-silence-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(file, STDERR_FILENO) >= 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct lens_answer answer;
            struct lens_incoming incoming;
            assert_int_equal(read_as(LENS_CHECK_OUT_GUEST, texts[i], &answer), LENS_ANSWER_UNREADABLE);
            assert_null(strstr(answer.problem, "Guestname"));
            lens_answer_free(&answer);
            assert_int_equal(lens_call_read((const uint8_t *)texts[i], strlen(texts[i]), &incoming), -1);
            assert_null(strstr(incoming.problem, "Guestname"));
            lens_incoming_free(&incoming);
            assert_true(xmlGetLastError() == NULL || xmlGetLastError()->message == NULL);
        }
        /* the second time with an application's own handler in place */
        xmlSetGenericErrorFunc(&heard, count_message);
    }
    xmlSetGenericErrorFunc(NULL, NULL);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    off_t written = lseek(file, 0, SEEK_END);
    close(file);
    assert_int_equal(written, 0);
    assert_int_equal(heard, 0);
}

/* ---- No memory ------------------------------------------------------------------------------------------------- */

/* How many more allocations of libxml2 succeed; negative: all. */
static long allocations_left = -1;

static bool allocation_fails(void)
{
    if (allocations_left > 0)
        allocations_left--;
    return allocations_left == 0;
}

static void *failing_malloc(size_t size)
{
    return allocation_fails() ? NULL : malloc(size);
}

static void *failing_realloc(void *memory, size_t size)
{
    return allocation_fails() ? NULL : realloc(memory, size);
}

static char *failing_strdup(const char *text)
{
    return allocation_fails() ? NULL : strdup(text);
}

/* Each allocation of the parser fails once, and all after it: that is told as such, and libxml2 says nothing. */
static void test_no_memory(void **state)
{
    (void)state;
    FILE *said = tmpfile();
    assert_non_null(said);
    assert_int_equal(xmlMemSetup(free, failing_malloc, failing_realloc, failing_strdup), 0);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(said), STDERR_FILENO) >= 0);
    enum lens_answer_kind kind = LENS_ANSWER_UNREADABLE;
    int wrong = 0, refused = 0;
    for (long left = 1; left < 2000 && kind != LENS_ANSWER_SUCCESS; left++) {
        struct lens_answer answer;
        allocations_left = left;
        int result = lens_answer_read(LENS_CREATE_NEW_BOOKING, (const uint8_t *)example_success_answer,
                                      strlen(example_success_answer), &answer);
        allocations_left = -1;
        kind = answer.kind;
        refused += result != 0;
        wrong += result == 0 && kind != LENS_ANSWER_SUCCESS;
        lens_answer_free(&answer);
    }
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    assert_int_equal(xmlMemSetup(free, malloc, realloc, strdup), 0);
    assert_int_equal(lseek(fileno(said), 0, SEEK_END), 0);
    (void)fclose(said);
    assert_int_equal(kind, LENS_ANSWER_SUCCESS);
    assert_int_equal(wrong, 0);
    assert_true(refused > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document_types),  cmocka_unit_test(test_encodings), cmocka_unit_test(test_not_xml),
        cmocka_unit_test(test_bounds),          cmocka_unit_test(test_silence),   cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_many_attributes),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
