/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that no lock system should give. The request is CreateNewBooking, and the server has made the key: an outcome
 * of "not written" is only right where HTTP or SOAP itself says that the request was refused. */
#include "hostile_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_TAGS(attributes)                                                                                          \
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns='http://tempuri.org'" attributes            \
    "><s:Body><%1$sResponse><%1$sResult>"
#define CLOSE_TAGS       "</%1$sResult></%1$sResponse></s:Body></s:Envelope>"
#define RESULT(inner)    OPEN_TAGS("") inner CLOSE_TAGS
#define MESSENGER(inner) RESULT("<CMessengerResponse>" inner "</CMessengerResponse>")
#define GOOD             MESSENGER("<bSuccess>true</bSuccess><ResponseCode>0</ResponseCode>")
#define SERVICE_FAULT(a, b, c)                                                                                         \
    RESULT("<Fault><faultcode>" a "</faultcode><faultstring>" b "</faultstring><detailInfo>" c "</detailInfo></"       \
           "Fault>")
#define SOAP_FAULT(code, text)                                                                                         \
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault><faultcode>" code                \
    "</faultcode><faultstring>" text "</faultstring></s:Fault></s:Body></s:Envelope>"
#define ENTITY(declarations) "<!DOCTYPE s:Envelope [" declarations "]>" MESSENGER("<bSuccess>&t;</bSuccess>")
#define PAGE                 "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1><p>true</p></body></html>"

static int elsewhere_port;

void hostile_answers_elsewhere(int port)
{
    elsewhere_port = port;
}

/* ---- Ways to answer --------------------------------------------------------------------------------------------- */

/* The operation and the port put in, "%%" made "%". */
static char *fill(const struct hostile_call *call, const char *form)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CHECK(out, "no memory");
    for (; *form; form++) {
        if (strncmp(form, "%1$s", 4) == 0)
            fputs(call->operation, out);
        else if (strncmp(form, "%2$d", 4) == 0)
            fprintf(out, "%d", elsewhere_port);
        else
            fputc(*form, out);
        bool named = form[0] == '%' && (form[1] == '1' || form[1] == '2');
        form += named ? 3 : form[0] == '%' && form[1] == '%' ? 1 : 0;
    }
    CHECK(fclose(out) == 0 && text, "no memory");
    return text;
}

static bool usual(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    char *body = fill(call, answer->body), *more = fill(call, answer->more ? answer->more : "");
    bool sent = hostile_reply(call, answer->status ? answer->status : "200 OK",
                              answer->type ? answer->type : "text/xml; charset=utf-8", more, body, strlen(body));
    free(body);
    free(more);
    return sent;
}

/* What stands in `body` is all that is sent. */
static bool bare(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    char *text = fill(call, answer->body);
    hostile_say(call, text);
    free(text);
    return false;
}

static bool utf_16(const struct hostile_call *call, const void *what)
{
    char *body = hostile_success(call), *wide = calloc(2, strlen(body) + 1);
    (void)what;
    CHECK(wide, "no memory");
    memcpy(wide, "\xFF\xFE", 2);
    for (size_t i = 0; body[i]; i++)
        wide[2 + 2 * i] = body[i];
    hostile_reply(call, "200 OK", "text/xml; charset=utf-16", "", wide, 2 + 2 * strlen(body));
    free(wide);
    free(body);
    return true;
}

/* NULs behind a good answer, and in it. */
static bool with_nul(const struct hostile_call *call, const void *what)
{
    char *body = hostile_success(call);
    size_t length = strlen(body);
    (void)what;
    hostile_reply(call, "200 OK", "text/xml", "", body, length + 1);
    free(body);
    return true;
}

/* A good answer whose Content-Length is wrong by `body` bytes. */
static bool wrong_length(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    char *body = hostile_success(call), head[200];
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n",
             (int)strlen(body) + atoi(answer->body));
    hostile_say(call, head);
    hostile_say(call, body);
    free(body);
    return false;
}

static bool truncated(const struct hostile_call *call, const void *what)
{
    char *body = hostile_success(call);
    (void)what;
    hostile_say(call, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n");
    hostile_send(call, body, strlen(body) - 3);
    free(body);
    return false;
}

static bool repeat(const struct hostile_call *call, const char *piece, size_t times)
{
    enum { PIECES = 1000 };
    size_t length = strlen(piece);
    char *block = malloc(length * PIECES + 1);
    CHECK(block, "no memory");
    for (size_t i = 0; i < PIECES; i++)
        memcpy(block + i * length, piece, length);
    bool taken = true;
    for (size_t i = 0; i < times / PIECES && taken; i++)
        taken = hostile_send(call, block, length * PIECES);
    free(block);
    return taken;
}

/* 100 MB of `body`, after a header that says so, or says nothing. */
static bool large(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    hostile_say(call, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n");
    hostile_say(call, answer->more);
    hostile_say(call, "\r\n");
    repeat(call, answer->body, 100000000 / strlen(answer->body));
    return false;
}

/* 100 MB of header lines. */
static bool endless_header(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    hostile_say(call, answer->more);
    repeat(call, answer->body, 100000000 / strlen(answer->body));
    return false;
}

/* Under the limit of a reply, and built to make a parser work: `more`, then `body` again and again. */
static bool crafted(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    enum { SIZE = 1000000 };
    char *body = malloc(SIZE + 1), piece[100];
    size_t length = strlen(answer->more);
    CHECK(body, "no memory");
    memcpy(body, answer->more, length);
    for (unsigned i = 0;; i++) {
        int count = snprintf(piece, sizeof(piece), answer->body, i);
        if (length + (size_t)count > SIZE)
            break;
        memcpy(body + length, piece, (size_t)count);
        length += (size_t)count;
    }
    hostile_reply(call, "200 OK", "text/xml", "", body, length);
    free(body);
    return true;
}

/* Everything that came, again: in the type, in a page, in a fault. */
static void put_escaped(FILE *out, const char *text, bool upper)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(upper && *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, out);
    }
}

static bool echo(const struct hostile_call *call, const void *what)
{
    const struct hostile_answer *answer = what;
    char *body = NULL, *form = fill(call, answer->body), *mark = strchr(form, '~');
    size_t size = 0;
    bool upper = answer->more != NULL;
    FILE *out = open_memstream(&body, &size);
    CHECK(out && mark, "no memory");
    fprintf(out, "%.*s", (int)(mark - form), form);
    const char *end = strstr(call->body, "</GuestName>"), *begin = end;
    while (begin && begin[-1] != '>')
        begin--;
    const char *track = strstr(call->body, "<TrackIGuestNo"), *password = strstr(call->body, "<Password");
    CHECK(begin && track && password, "not in the request");
    fputs("Hello ", out);
    fwrite(begin, 1, (size_t)(end - begin), out);
    fputs(" with ", out);
    put_escaped(out, strchr(track, '>') + 1, upper);
    put_escaped(out, strchr(password, '>') + 1, upper);
    put_escaped(out, call->head, false);
    fprintf(out, "%s", mark + 1);
    fclose(out);
    hostile_reply(call, answer->status, answer->type, "", body, size);
    free(form);
    free(body);
    return true;
}

/* ---- The answers ------------------------------------------------------------------------------------------------ */

#define UNREADABLE(text)                                                                                               \
    {                                                                                                                  \
        KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, text                                                                    \
    }
#define REFUSED(code)                                                                                                  \
    {                                                                                                                  \
        code, KC_OUTCOME_NOT_WRITTEN, NULL                                                                             \
    }
#define FAILED(text)                                                                                                   \
    {                                                                                                                  \
        KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_UNKNOWN, text                                                                 \
    }
#define LOST                                                                                                           \
    {                                                                                                                  \
        KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, "was lost"                                                       \
    }
#define MADE                                                                                                           \
    {                                                                                                                  \
        KC_OK, KC_OUTCOME_WRITTEN, NULL                                                                                \
    }
#define XML(name, body, ...)                                                                                           \
    {                                                                                                                  \
        name, usual, NULL, NULL, NULL, body, __VA_ARGS__                                                               \
    }
#define HTTP(name, status, type, more, body, ...)                                                                      \
    {                                                                                                                  \
        name, usual, status, type, more, body, __VA_ARGS__                                                             \
    }
#define BARE(name, text, ...)                                                                                          \
    {                                                                                                                  \
        name, bare, NULL, NULL, NULL, text, __VA_ARGS__                                                                \
    }
#define ELSEWHERE "http://127.0.0.1:%2$d/"

/* clang-format off */
const struct hostile_answer hostile_answers[] = {
    /* Document types, entities, references. */
    XML("billion laughs", ENTITY("<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>"
        "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;'>"
        "<!ENTITY t '&f;&f;&f;&f;&f;&f;&f;&f;'>"), UNREADABLE("document type")),
    {"quadratic blow-up", crafted, NULL, NULL, "<!DOCTYPE x [<!ENTITY t '", "%08x", UNREADABLE("document type")},
    XML("internal entity", ENTITY("<!ENTITY t 'true'>"), UNREADABLE("document type")),
    XML("entity that names itself", ENTITY("<!ENTITY t '&t;'>"), UNREADABLE("document type")),
    XML("external entity, file", ENTITY("<!ENTITY t SYSTEM 'file:///etc/passwd'>"), UNREADABLE("document type")),
    XML("external entity, net", ENTITY("<!ENTITY t SYSTEM '" ELSEWHERE "true'>"), UNREADABLE("document type")),
    XML("parameter entity", ENTITY("<!ENTITY %% p SYSTEM '" ELSEWHERE "p.dtd'> %%p;"), UNREADABLE("document type")),
    XML("external document type", "<!DOCTYPE s:Envelope SYSTEM '" ELSEWHERE "x.dtd'>" GOOD, UNREADABLE("document type")),
    XML("public document type", "<!DOCTYPE s:Envelope PUBLIC '-//X//Y' '" ELSEWHERE "x.dtd'>" GOOD, UNREADABLE("document type")),
    XML("entity that nobody declared", MESSENGER("<bSuccess>&true;</bSuccess>"), UNREADABLE("well-formed")),
    XML("inclusion", MESSENGER("<bSuccess><i:include xmlns:i='http://www.w3.org/2001/XInclude' href='" ELSEWHERE "t'/></bSuccess>"),
        UNREADABLE("bSuccess")),
    XML("schema and style elsewhere", "<?xml-stylesheet type='text/xsl' href='" ELSEWHERE "x.xsl'?>"
        OPEN_TAGS(" xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='urn:x " ELSEWHERE "x.xsd'")
        "<CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse>" CLOSE_TAGS, MADE),

    /* Forms. */
    XML("other namespaces", "<x:Envelope xmlns:x='urn:1'><y:Body xmlns:y='urn:2'><%1$sResponse xmlns='urn:3'><%1$sResult>"
        "<CMessengerResponse><z:bSuccess xmlns:z='urn:4'>true</z:bSuccess></CMessengerResponse></%1$sResult></%1$sResponse></y:Body>"
        "</x:Envelope>", MADE),
    XML("namespace that is not declared", "<s:Envelope><s:Body/></s:Envelope>", UNREADABLE("well-formed")),
    XML("nothing in it", RESULT(""), UNREADABLE("result is empty")),
    XML("no Body", "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>", UNREADABLE("no Body")),
    XML("two Bodies", "<e xmlns:s='urn:x'>" GOOD GOOD "</e>", UNREADABLE("not an Envelope")),
    XML("two answers in one Body", "<s:Envelope xmlns:s='urn:x'><s:Body><%1$sResponse><%1$sResult/></%1$sResponse><%1$sResponse/>"
        "</s:Body></s:Envelope>", UNREADABLE("not one element")),
    XML("two documents", GOOD GOOD, UNREADABLE("well-formed")),
    XML("success and fault", RESULT("<CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse><Fault/>"),
        UNREADABLE("more than one element")),
    XML("answer to another operation", "<s:Envelope xmlns:s='urn:x'><s:Body><CheckOutGuestResponse><CheckOutGuestResult>"
        "<CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse></CheckOutGuestResult></CheckOutGuestResponse></s:Body>"
        "</s:Envelope>", UNREADABLE("not the answer to CreateNewBooking")),
    XML("the request itself", "<s:Envelope xmlns:s='urn:x'><s:Body><%1$s/></s:Body></s:Envelope>", UNREADABLE("not the answer")),
    XML("bSuccess absent", MESSENGER("<ResponseCode>0</ResponseCode><ResponseMessage>Success</ResponseMessage>"), UNREADABLE("bSuccess")),
    XML("bSuccess empty", MESSENGER("<bSuccess/>"), UNREADABLE("bSuccess")),
    XML("bSuccess yes", MESSENGER("<bSuccess>yes</bSuccess>"), UNREADABLE("bSuccess")),
    XML("bSuccess TRUE", MESSENGER("<bSuccess>TRUE</bSuccess>"), UNREADABLE("bSuccess")),
    XML("bSuccess 11", MESSENGER("<bSuccess>11</bSuccess>"), UNREADABLE("bSuccess")),
    XML("bSuccess twice", MESSENGER("<bSuccess>true</bSuccess><bSuccess>false</bSuccess>"), UNREADABLE("bSuccess")),
    XML("bSuccess mixed", MESSENGER("<bSuccess>true<x/></bSuccess>"), UNREADABLE("bSuccess")),
    XML("bSuccess in a comment", MESSENGER("<!-- <bSuccess>true</bSuccess> -->"), UNREADABLE("bSuccess")),
    XML("bSuccess in CDATA", MESSENGER("<![CDATA[<bSuccess>true</bSuccess>]]>"), UNREADABLE("bSuccess")),
    XML("bSuccess false, Success", MESSENGER("<bSuccess>false</bSuccess><ResponseMessage>Success</ResponseMessage>"),
        {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}),
    XML("SOAP fault of the server, 200", SOAP_FAULT("s:Server", "Success: true"), FAILED("SOAP fault")),
    HTTP("SOAP fault of the server, 500", "500 Internal Server Error", NULL, NULL, SOAP_FAULT("s:Server", "x"), FAILED("SOAP fault")),
    HTTP("SOAP fault of the client, 500", "500 Internal Server Error", NULL, NULL, SOAP_FAULT("s:Client", "x"), REFUSED(KC_ERROR_SYNTAX)),
    XML("SOAP fault, empty", "<s:Envelope xmlns:s='urn:x'><s:Body><s:Fault/></s:Body></s:Envelope>", FAILED("SOAP fault")),
    XML("fault without a name", SERVICE_FAULT("", "", ""), {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}),
    XML("fault that says Success", SERVICE_FAULT("Success", "", ""), {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}),
    XML("wrong password of the lock system", SERVICE_FAULT("PasswordInvalid", "", ""), REFUSED(KC_ERROR_CREDENTIALS)),
    XML("white space", "   \r\n  ", UNREADABLE(NULL)),
    XML("no body at all", "", UNREADABLE("empty")),
    XML("text", "true", UNREADABLE("well-formed")),
    XML("binary", "\x01\x02\x7f\xff\xfe", UNREADABLE("UTF-8")),
    XML("Latin-1", "<?xml version='1.0' encoding='iso-8859-1'?>" MESSENGER("<bSuccess>true</bSuccess><ResponseMessage>\xe9</ResponseMessage>"),
        UNREADABLE("UTF-8")),
    {"UTF-16", utf_16, NULL, NULL, NULL, "", UNREADABLE("UTF-8")},
    {"NUL behind the end", with_nul, NULL, NULL, NULL, "", UNREADABLE("UTF-8")},
    XML("NUL by number", MESSENGER("<bSuccess>true</bSuccess><ResponseMessage>&#0;</ResponseMessage>"), UNREADABLE("well-formed")),
    {"truncated", truncated, NULL, NULL, NULL, "", UNREADABLE("well-formed")},

    /* Sizes and work. */
    {"deep nesting", crafted, NULL, NULL, "", "<a%x>", UNREADABLE("nested too deeply")},
    {"huge attribute", crafted, NULL, NULL, "<Envelope a='", "%08x", UNREADABLE("well-formed")},
    {"many attributes", crafted, NULL, NULL, "<Envelope", " a%x=''", UNREADABLE("too many attributes")},
    {"many namespaces", crafted, NULL, NULL, "<Envelope", " xmlns:a%x = \"u\"", UNREADABLE("too many attributes")},
    {"many attributes behind '>'", crafted, NULL, NULL, "<Envelope", " a%x='>'", UNREADABLE("too many attributes")},
    {"many elements", crafted, NULL, NULL, "<Envelope>", "<a%x/>", UNREADABLE("too many elements")},
    {"many references", crafted, NULL, NULL, "<Envelope>", "&a%x;", UNREADABLE("well-formed")},
    {"huge name", crafted, NULL, NULL, "<", "a%x", UNREADABLE("well-formed")},
    {"100 MB with its length", large, NULL, NULL, "Content-Length: 100000000\r\n", "<a>true</a>", UNREADABLE("longer than 1048576 bytes")},
    {"100 MB until the end", large, NULL, NULL, "Connection: close\r\n", "<a>true</a>", UNREADABLE("longer than 1048576 bytes")},
    {"100 MB in chunks", large, NULL, NULL, "Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n", UNREADABLE("longer than 1048576 bytes")},
    {"endless trailer", large, NULL, NULL, "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Y: 0", "X-Y: 0123456789\r\n", UNREADABLE("longer than 65536 bytes")},
    {"endless header", endless_header, NULL, NULL, "HTTP/1.1 200 OK\r\n", "X-Y: 0123456789\r\n", UNREADABLE("longer than 65536 bytes")},
    {"endless header of the same name", endless_header, NULL, NULL, "HTTP/1.1 200 OK\r\n", "a:\r\n", UNREADABLE("longer than 65536 bytes")},
    {"endless header line", endless_header, NULL, NULL, "HTTP/1.1 200 OK\r\nX-Y: ", "0123456789", UNREADABLE("too long")},
    {"endless line of status", endless_header, NULL, NULL, "HTTP/1.1 200 ", "OK", UNREADABLE(NULL)},
    {"endless interim answers", endless_header, NULL, NULL, "", "HTTP/1.1 100 Continue\r\n\r\n", UNREADABLE("longer than 65536 bytes")},

    /* HTTP. */
    HTTP("page, 200", "200 OK", "text/html", NULL, PAGE, UNREADABLE(NULL)),
    HTTP("page, 500", "500 Internal Server Error", "text/html", NULL, PAGE, FAILED("HTTP status 500")),
    HTTP("page, 502", "502 Bad Gateway", "text/html", NULL, PAGE, FAILED("HTTP status 502")),
    HTTP("page, 404", "404 Not Found", "text/html", NULL, PAGE, REFUSED(KC_ERROR_PROTOCOL)),
    HTTP("page, 400", "400 Bad Request", "text/html", NULL, PAGE, REFUSED(KC_ERROR_PROTOCOL)),
    HTTP("nothing, 204", "204 No Content", NULL, NULL, "", UNREADABLE("empty")),
    HTTP("accepted, 202", "202 Accepted", NULL, NULL, "", UNREADABLE("empty")),
    HTTP("refused, 401", "401 Unauthorized", "text/html", "WWW-Authenticate: Basic realm=\"x\"\r\n", PAGE, REFUSED(KC_ERROR_CREDENTIALS)),
    HTTP("refused, 401 Negotiate", "401 Unauthorized", "text/html", "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", PAGE, REFUSED(KC_ERROR_CREDENTIALS)),
    HTTP("refused, 403", "403 Forbidden", "text/html", NULL, PAGE, REFUSED(KC_ERROR_CREDENTIALS)),
    HTTP("refused, 407", "407 Proxy Authentication Required", "text/html", "Proxy-Authenticate: Basic realm=\"x\"\r\n", PAGE,
        REFUSED(KC_ERROR_CREDENTIALS)),
    HTTP("401 with success", "401 Unauthorized", NULL, NULL, GOOD, UNREADABLE("HTTP status 401")),
    HTTP("302 with success", "302 Found", NULL, "Location: " ELSEWHERE "\r\n", GOOD, UNREADABLE("HTTP status 302")),
    HTTP("404 with success", "404 Not Found", NULL, NULL, GOOD, UNREADABLE("HTTP status 404")),
    HTTP("400 with a fault of the server", "400 Bad Request", NULL, NULL, SOAP_FAULT("s:Server", "x"), FAILED("SOAP fault")),
    HTTP("500 with success", "500 Internal Server Error", NULL, NULL, GOOD, MADE),
    HTTP("wrong type, JSON", "200 OK", "application/json", NULL, "{\"bSuccess\":true}", UNREADABLE("application/json")),
    HTTP("wrong type, image", "200 OK", "image/png", NULL, GOOD, MADE),
    HTTP("wrong type, control bytes", "200 OK", "text/\x01\x1b[31mred", NULL, "x", UNREADABLE(NULL)),
    HTTP("301 elsewhere", "301 Moved Permanently", NULL, "Location: " ELSEWHERE "\r\n", "", {KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN, "elsewhere"}),
    HTTP("302 to itself", "302 Found", NULL, "Location: /MessengerPMSWS.asmx\r\n", "", {KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "not known"}),
    HTTP("302 to an error page", "302 Found", "text/html", "Location: /error.aspx?aspxerrorpath=/\r\n", PAGE, {KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "/error.aspx\""}),
    HTTP("304 to a POST", "304 Not Modified", NULL, NULL, "", {KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "HTTP status 304"}),
    HTTP("303 elsewhere", "303 See Other", NULL, "Location: " ELSEWHERE "\r\n", "", {KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "HTTP status 303"}),
    HTTP("307 elsewhere", "307 Temporary Redirect", NULL, "Location: " ELSEWHERE "\r\n", "", {KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN, "elsewhere"}),
    HTTP("308 to a file", "308 Permanent Redirect", NULL, "Location: file:///etc/passwd\r\n", "", {KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN, "elsewhere"}),
    HTTP("refresh and link", "200 OK", NULL, "Refresh: 0; url=" ELSEWHERE "\r\nLink: <" ELSEWHERE ">; rel=preload\r\n"
        "Alt-Svc: http/1.1=\":%2$d\"\r\nSet-Cookie: a=b\r\n", GOOD, MADE),
    {"length one too many", wrong_length, NULL, NULL, NULL, "1", LOST},
    {"length one too few", wrong_length, NULL, NULL, NULL, "-1", UNREADABLE("well-formed")},
    BARE("nothing", "", LOST),
    BARE("nonsense", "hello\r\n\r\n", UNREADABLE("no HTTP")),
    BARE("HTTP/0.9", GOOD, UNREADABLE("no HTTP")),
    BARE("HTTP/9.9", "HTTP/9.9 200 OK\r\n\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("HTTP/2 by itself", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" GOOD, UNREADABLE(NULL)),
    BARE("status 99", "HTTP/1.1 099 Low\r\n\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("status 999", "HTTP/1.1 999 High\r\n\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("status in words", "HTTP/1.1 two hundred\r\n\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" GOOD, UNREADABLE(NULL)),
    BARE("length that overflows", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n" GOOD, MADE),
    BARE("broken chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("chunk that overflows", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n" GOOD, UNREADABLE("no HTTP")),
    BARE("chunks without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a/>\n\r\n", LOST),
    BARE("only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", LOST),
    BARE("interim answers first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: "
        "<" ELSEWHERE ">\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" GOOD, MADE),
    HTTP("packed", "200 OK", NULL, "Content-Encoding: gzip\r\n", "\x1f\x8b\x08", UNREADABLE("UTF-8")),
    BARE("packed on the way", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x02\x03\x04\x05\x06\x07\x08", UNREADABLE(NULL)),

    /* What the server was told comes back. */
    {"echo in a fault", echo, "200 OK", "text/xml", NULL, SERVICE_FAULT("1234", "~", ""), {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}},
    {"echo as the code", echo, "200 OK", "text/xml", NULL, SERVICE_FAULT("~", "", ""), {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}},
    {"echo in capitals", echo, "200 OK", "text/xml", "", SERVICE_FAULT("1234", "", "~"), {KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, NULL}},
    {"echo in SOAP's fault", echo, "500 Oops", "text/xml", NULL, SOAP_FAULT("s:Server", "~"), FAILED("SOAP fault")},
    {"echo in a page", echo, "500 Oops", "text/html", NULL, "<html>~</html>", FAILED("HTTP status 500")},
};
/* clang-format on */
const size_t hostile_answer_count = sizeof(hostile_answers) / sizeof(hostile_answers[0]);
