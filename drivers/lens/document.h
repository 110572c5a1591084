/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A SOAP envelope as a tree that is safe to walk, for the files of the LENS codec only. */
#ifndef LENS_DOCUMENT_H
#define LENS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tables.h"
#include "util/arena.h"

#define LENS_PROBLEM_SIZE 120 /* of `problem` in lens_incoming and lens_answer */

struct lens_node {
    const char *name; /* without prefix */
    enum lens_space space;
    const char *text; /* what an element without children holds, else "" */
    bool nil;         /* xsi:nil */
    bool mixed;       /* has children and text other than blanks */
    struct lens_node *parent, *first, *last, *next;
    size_t count; /* of the children */
};

struct lens_document {
    struct arena arena; /* the document itself lives in it; more may be put there */
    struct lens_node *root;
};

enum lens_reading { LENS_READ, LENS_NOT_READ, LENS_NO_MEMORY };

/* Reads bytes that anyone may have sent. LENS_NOT_READ: `problem` says why, without a word of the content. `kept` may
 * be NULL. */
enum lens_reading lens_document_read(struct lens_parser *kept, const uint8_t *bytes, size_t count,
                                     struct lens_document **document, char problem[LENS_PROBLEM_SIZE]);
/* NULL is taken. */
void lens_document_free(struct lens_document *document);

/* The only child of this name, whatever its namespace; NULL if there is none or more than one. */
struct lens_node *lens_node_child(const struct lens_node *node, const char *name);
bool lens_node_is(const struct lens_node *node, enum lens_space space, const char *name);
/* All the text in an element, also in its children, with blanks between; NULL when memory is used up. "" for no
 * element. */
const char *lens_node_text(struct lens_document *document, const struct lens_node *node);
/* The text of an element without the blanks round it; NULL when memory is used up. "" for no element. */
const char *lens_node_value(struct lens_document *document, const struct lens_node *node);
void lens_problem(char problem[LENS_PROBLEM_SIZE], const char *text, const char *name);

#endif
