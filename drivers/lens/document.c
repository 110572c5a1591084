/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile XML to a tree: libxml2 reads, this file keeps what a SOAP envelope needs and stops at everything else.
 *
 * The parser's events are taken rather than its tree: then nothing is kept that is not wanted, every bound is ours, and
 * a document type ends the reading before its declarations are looked at. */
#include "document.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "external/xml_calls.h"
#include "util/utf8.h"

#define DOCUMENT_SIZE_MAX  ((size_t)1024 * 1024)
#define DOCUMENT_DEPTH_MAX 32
#define DOCUMENT_NODES_MAX 65536
#define PARSER_BYTES_MAX   ((size_t)256 * 1024) /* that one parser reads */
#define ATTRIBUTES_MAX     64                   /* of one element; answers have two or three */

struct reader {
    struct lens_document *document;
    xmlParserCtxtPtr parser;
    struct lens_node *open; /* the innermost element that has not ended */
    struct buf text;        /* since the last tag */
    size_t depth, nodes;
    const char *problem; /* set when reading was stopped */
    bool no_memory;
};

void lens_problem(char problem[LENS_PROBLEM_SIZE], const char *text, const char *name)
{
    size_t length = strlen(text), rest = strlen(name);
    length = length < LENS_PROBLEM_SIZE ? length : LENS_PROBLEM_SIZE - 1;
    rest = rest < LENS_PROBLEM_SIZE - length ? rest : LENS_PROBLEM_SIZE - 1 - length;
    memcpy(problem, text, length);
    memcpy(problem + length, name, rest);
    problem[length + rest] = '\0';
}

/* ---- The parser's events --------------------------------------------------------------------------------------- */

static void stop(struct reader *reader, const char *problem)
{
    if (reader->problem == NULL)
        reader->problem = problem;
    xmlStopParser(reader->parser);
}

static void stop_without_memory(struct reader *reader)
{
    reader->no_memory = true;
    stop(reader, "memory is used up");
}

static bool is_stopped(const struct reader *reader)
{
    return reader->problem != NULL;
}

static enum lens_space space_of(const char *uri)
{
    static const struct {
        const char *uri;
        enum lens_space space;
    } known[] = {{LENS_URI_SERVICE, LENS_SPACE_SERVICE},
                 {LENS_URI_ADDRESSING, LENS_SPACE_ADDRESSING},
                 {LENS_URI_ANONYMOUS, LENS_SPACE_ANONYMOUS},
                 {LENS_URI_UTILITY, LENS_SPACE_UTILITY},
                 {LENS_URI_ENVELOPE, LENS_SPACE_ENVELOPE}};
    if (uri == NULL || *uri == '\0')
        return LENS_SPACE_NONE;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].uri, uri) == 0)
            return known[i].space;
    }
    return LENS_SPACE_OTHER;
}

/* An attribute is five pointers: name, prefix, namespace, and where its value begins and ends. */
static bool says_nil(const xmlChar **attributes, int count)
{
    for (int i = 0; i < count; i++, attributes += 5) {
        size_t length = (size_t)(attributes[4] - attributes[3]);
        if (strcmp((const char *)attributes[0], "nil") == 0 && attributes[2] != NULL &&
            strcmp((const char *)attributes[2], LENS_URI_INSTANCE) == 0)
            return (length == 4 && memcmp(attributes[3], "true", 4) == 0) || (length == 1 && attributes[3][0] == '1');
    }
    return false;
}

static bool is_blank(const struct buf *text)
{
    for (size_t i = 0; i < text->length; i++) {
        if (memchr(" \t\r\n", text->data[i], 4) == NULL)
            return false;
    }
    return true;
}

/* Text that stands beside elements is not kept; that it was there is. */
static void drop_text(struct reader *reader)
{
    if (reader->open != NULL && !is_blank(&reader->text))
        reader->open->mixed = true;
    buf_clear(&reader->text);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int declared,
                     const xmlChar **declarations, int attribute_count, int defaulted, const xmlChar **attributes)
{
    struct reader *reader = context;
    struct arena *arena = &reader->document->arena;
    struct lens_node *parent = reader->open;
    (void)prefix, (void)declared, (void)declarations, (void)defaulted;
    if (is_stopped(reader))
        return;
    if (reader->depth == DOCUMENT_DEPTH_MAX) {
        stop(reader, "its elements are nested too deeply");
        return;
    }
    if (reader->nodes == DOCUMENT_NODES_MAX) {
        stop(reader, "it has too many elements");
        return;
    }
    drop_text(reader);
    struct lens_node *node = arena_alloc(arena, sizeof *node);
    const char *copy = arena_text(arena, (const char *)name);
    if (node == NULL || copy == NULL) {
        stop_without_memory(reader);
        return;
    }
    *node = (struct lens_node){.name = copy,
                               .space = space_of((const char *)uri),
                               .text = "",
                               .nil = says_nil(attributes, attribute_count),
                               .parent = parent};
    if (parent == NULL) {
        reader->document->root = node;
    } else {
        *(parent->last == NULL ? &parent->first : &parent->last->next) = node;
        parent->last = node;
        parent->count++;
    }
    reader->open = node;
    reader->depth++;
    reader->nodes++;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *reader = context;
    struct lens_node *node = reader->open;
    (void)name, (void)prefix, (void)uri;
    if (is_stopped(reader) || node == NULL)
        return;
    if (node->first == NULL) {
        node->text = arena_text_n(&reader->document->arena, (const char *)reader->text.data, reader->text.length);
        buf_clear(&reader->text);
        if (node->text == NULL) {
            node->text = "";
            stop_without_memory(reader);
        }
    } else {
        drop_text(reader);
    }
    reader->open = node->parent;
    reader->depth--;
}

static void on_text(void *context, const xmlChar *text, int length)
{
    struct reader *reader = context;
    if (is_stopped(reader) || length <= 0)
        return;
    buf_append(&reader->text, text, (size_t)length);
    if (reader->text.failed)
        stop_without_memory(reader);
}

static void on_document_type(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    stop(context, "it has a document type, which SOAP forbids");
}

/* What went wrong is seen in the parser's state afterwards; its messages quote the document, so nobody gets them. */
#if LIBXML_VERSION >= 21200
static void on_error(void *context, const xmlError *error)
#else
static void on_error(void *context, xmlErrorPtr error)
#endif
{
    struct reader *reader = context;
    if (error != NULL && error->code == XML_ERR_NO_MEMORY)
        reader->no_memory = true;
}

/* ---- Before the parser ----------------------------------------------------------------------------------------- */

static pthread_once_t parser_once = PTHREAD_ONCE_INIT;

/* How many bytes from the first on are ASCII and not NUL. */
static size_t plain_length(const uint8_t *bytes, size_t count)
{
    size_t at = 0;
    for (uint64_t eight; count - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, bytes + at, sizeof eight);
        /* with all below 0x80, taking 1 from each sets the highest bit of those that are 0 */
        if (((eight | (eight - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (at < count && bytes[at] != 0 && bytes[at] < 0x80)
        at++;
    return at;
}

/* UTF-8 without NUL. Bytes that are not would make the parser's converters complain in the process's own name. */
static bool is_utf8(const uint8_t *bytes, size_t count, bool *ascii)
{
    size_t at = plain_length(bytes, count);
    *ascii = at == count;
    while (at < count) {
        char piece[UTF8_BYTES_MAX + 1] = {0};
        uint32_t character;
        memcpy(piece, bytes + at, count - at < UTF8_BYTES_MAX ? count - at : UTF8_BYTES_MAX);
        size_t taken = utf8_read(piece, &character);
        if (taken == 0 || character == 0)
            return false;
        at += taken;
        at += plain_length(bytes + at, count - at);
    }
    return true;
}

static bool begins_with(const uint8_t *bytes, size_t count, const char *text)
{
    return count >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

/* Whether the XML declaration names an encoding other than UTF-8. Malformed ones are left to the parser. */
static bool declares_other_encoding(const uint8_t *bytes, size_t count)
{
    static const char wanted[] = "utf-8";
    if (!begins_with(bytes, count, "<?xml"))
        return false;
    const uint8_t *end = memchr(bytes, '>', count);
    size_t length = end == NULL ? count : (size_t)(end - bytes);
    const uint8_t *at = memmem(bytes, length, "encoding", 8);
    if (at == NULL)
        return false;
    at += 8;
    end = bytes + length;
    while (at < end && memchr(" \t\r\n=", *at, 5) != NULL)
        at++;
    if (at == end || (*at != '"' && *at != '\''))
        return false;
    uint8_t quote = *at++;
    size_t i = 0;
    while (at < end && *at != quote) {
        uint8_t lower = *at >= 'A' && *at <= 'Z' ? (uint8_t)(*at + ('a' - 'A')) : *at;
        if (i >= sizeof wanted - 1 || lower != (uint8_t)wanted[i])
            return true;
        at++;
        i++;
    }
    return i != sizeof wanted - 1;
}

static size_t skip_blanks(const uint8_t *bytes, size_t count, size_t at)
{
    while (at < count && memchr(" \t\r\n", bytes[at], 4) != NULL)
        at++;
    return at;
}

/* More of a byte than an element may have attributes, in all. */
static bool has_many(const uint8_t *bytes, size_t count, uint8_t byte)
{
    const uint8_t *at = bytes, *end = bytes + count;
    for (size_t found = 0; found <= ATTRIBUTES_MAX; found++) {
        at = memchr(at, byte, (size_t)(end - at));
        if (at == NULL)
            return false;
        at++;
    }
    return true;
}

/* The parser compares each attribute with all before it, which takes seconds for a megabyte of them. In front of the
 * next '<', which stands in no value, there are at least as many '=' with a quote behind as the element has attributes.
 */
static bool has_many_attributes(const uint8_t *bytes, size_t count)
{
    size_t found = 0;
    if (!has_many(bytes, count, '='))
        return false;
    for (size_t at = 0; at < count; at++) {
        if (bytes[at] == '<')
            found = 0;
        if (bytes[at] != '=')
            continue;
        size_t value = skip_blanks(bytes, count, at + 1);
        if (value < count && (bytes[value] == '"' || bytes[value] == '\'') && ++found > ATTRIBUTES_MAX)
            return true;
        at = value - 1;
    }
    return false;
}

/* NULL if the parser may have it; else what is wrong. Moves past a byte order mark. */
static const char *look_at_bytes(const uint8_t **bytes, size_t *count)
{
    bool ascii;
    if (*count == 0)
        return "it is empty";
    if (*count > DOCUMENT_SIZE_MAX)
        return "it is longer than 1 MiB";
    if (!is_utf8(*bytes, *count, &ascii))
        return "it is not UTF-8";
    if (begins_with(*bytes, *count, "\xEF\xBB\xBF")) {
        *bytes += 3;
        *count -= 3;
    }
    /* Plain ASCII reads the same whatever encoding was declared: some servers declare UTF-16 and send UTF-8. */
    if (!ascii && declares_other_encoding(*bytes, *count))
        return "it declares an encoding other than UTF-8";
    if (has_many_attributes(*bytes, *count))
        return "an element has too many attributes";
    return NULL;
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static struct lens_document *document_new(void)
{
    struct arena arena;
    arena_init(&arena);
    struct lens_document *document = arena_alloc(&arena, sizeof *document);
    if (document != NULL)
        document->arena = arena;
    return document;
}

void lens_document_free(struct lens_document *document)
{
    if (document == NULL)
        return;
    struct arena arena = document->arena; /* the document is in it */
    arena_free(&arena);
}

int32_t lens_parser_need(struct kc_error *error)
{
    return xml_need(error);
}

void lens_parser_free(struct lens_parser *parser)
{
    if (parser->context != NULL) /* else libxml2 may not be here */
        xmlFreeParserCtxt(parser->context);
    *parser = (struct lens_parser){0};
}

/* The one that was kept, or a new one; NULL if there is no memory. */
static xmlParserCtxtPtr take_parser(struct lens_parser *kept)
{
    static const xmlSAXHandler handlers = {.initialized = XML_SAX2_MAGIC,
                                           .startElementNs = on_start,
                                           .endElementNs = on_end,
                                           .characters = on_text,
                                           .ignorableWhitespace = on_text,
                                           .cdataBlock = on_text,
                                           .internalSubset = on_document_type,
                                           .serror = on_error};
    xmlParserCtxtPtr parser = kept->context;
    kept->context = NULL;
    if (parser != NULL)
        return parser;
    parser = xmlNewParserCtxt();
    if (parser != NULL)
        *parser->sax = handlers;
    return parser;
}

/* Only one that has read a document to its end is like new. It remembers every name that it has read, so that it is not
 * kept for ever either. */
static void keep_parser(struct lens_parser *kept, xmlParserCtxtPtr parser, bool good, size_t count)
{
    parser->userData = NULL;
    kept->context = parser;
    kept->bytes += count;
    if (!good || kept->bytes > PARSER_BYTES_MAX)
        lens_parser_free(kept);
}

/* As a chunk that is the last one: a parser of chunks does not look for more bytes behind the last ones at every step.
 */
static void parse(struct reader *reader, struct lens_parser *kept, const uint8_t *bytes, size_t count)
{
    xmlParserCtxtPtr parser = take_parser(kept);
    if (parser == NULL || xmlCtxtResetPush(parser, NULL, 0, NULL, NULL) != 0) {
        reader->no_memory = true;
        xmlFreeParserCtxt(parser);
        return;
    }
    parser->userData = reader;
    reader->parser = parser;
    (void)xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_COMPACT);
    (void)xmlParseChunk(parser, (const char *)bytes, (int)count, 1);
    if (reader->problem == NULL && (!parser->wellFormed || !parser->nsWellFormed || reader->document->root == NULL))
        reader->problem = "it is not well-formed XML";
    keep_parser(kept, parser, reader->problem == NULL && !reader->no_memory, count);
}

/* Out of memory, libxml2 complains past the parser's own handler, on standard error unless this thread has another. The
 * application's is put back: it never sees that we were here. */
static void parse_silently(struct reader *reader, struct lens_parser *kept, const uint8_t *bytes, size_t count)
{
    (void)pthread_once(&parser_once, xmlInitParser);
#ifdef LIBXML_THREAD_ENABLED
    xmlStructuredErrorFunc handler = xmlStructuredError;
    void *context = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(reader, on_error);
    parse(reader, kept, bytes, count);
    xmlSetStructuredErrorFunc(context, handler);
#else
    parse(reader, kept, bytes, count);
#endif
    /* This thread's last error quotes the document. */
    xmlResetLastError();
}

enum lens_reading lens_document_read(struct lens_parser *kept, const uint8_t *bytes, size_t count,
                                     struct lens_document **document, char problem[LENS_PROBLEM_SIZE])
{
    _Static_assert(DOCUMENT_SIZE_MAX <= INT_MAX, "libxml2 counts in int");
    struct reader reader = {.document = document_new()};
    struct lens_parser own = {0};
    *document = NULL;
    if (reader.document == NULL) {
        lens_problem(problem, "memory is used up", "");
        return LENS_NO_MEMORY;
    }
    reader.problem = xml_need(NULL) == KC_OK ? look_at_bytes(&bytes, &count) : "libxml2 cannot be loaded";
    if (reader.problem == NULL)
        parse_silently(&reader, kept == NULL ? &own : kept, bytes, count);
    lens_parser_free(&own);
    buf_free(&reader.text);
    if (reader.no_memory) {
        lens_problem(problem, "memory is used up", "");
        lens_document_free(reader.document);
        return LENS_NO_MEMORY;
    }
    if (reader.problem != NULL) {
        lens_problem(problem, reader.problem, "");
        lens_document_free(reader.document);
        return LENS_NOT_READ;
    }
    *document = reader.document;
    return LENS_READ;
}

/* ---- Walking --------------------------------------------------------------------------------------------------- */

struct lens_node *lens_node_child(const struct lens_node *node, const char *name)
{
    struct lens_node *found = NULL;
    for (struct lens_node *child = node->first; child != NULL; child = child->next) {
        if (strcmp(child->name, name) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = child;
    }
    return found;
}

bool lens_node_is(const struct lens_node *node, enum lens_space space, const char *name)
{
    return node->space == space && strcmp(node->name, name) == 0;
}

/* The next element in the order of the document that is in `top`; NULL at its end. */
static const struct lens_node *next_in(const struct lens_node *top, const struct lens_node *node)
{
    if (node->first != NULL)
        return node->first;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node == top ? NULL : node->next;
}

const char *lens_node_text(struct lens_document *document, const struct lens_node *node)
{
    if (node == NULL || node->first == NULL)
        return node == NULL ? "" : node->text;
    struct buf joined = {0};
    for (const struct lens_node *at = node; at != NULL; at = next_in(node, at)) {
        if (at->text[0] == '\0')
            continue;
        if (joined.length > 0)
            buf_append_byte(&joined, ' ');
        buf_append_text(&joined, at->text);
    }
    const char *text = joined.failed ? NULL : arena_text_n(&document->arena, (const char *)joined.data, joined.length);
    buf_free(&joined);
    return text;
}

const char *lens_node_value(struct lens_document *document, const struct lens_node *node)
{
    static const char blanks[] = " \t\r\n";
    if (node == NULL)
        return "";
    const char *text = node->text + strspn(node->text, blanks);
    size_t length = strlen(text);
    while (length > 0 && memchr(blanks, text[length - 1], sizeof blanks - 1) != NULL)
        length--;
    return text[length] == '\0' ? text : arena_text_n(&document->arena, text, length);
}
