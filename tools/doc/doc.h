/* A module as a page: one HTML file that needs nothing else. */
#ifndef TOOLS_DOC_DOC_H
#define TOOLS_DOC_DOC_H

#include "dsl/check.h"
#include "dsl/outline.h"

struct doc_page {
    struct arena *arena;
    struct buf out;
    const struct program *program;
    const struct module *module;
};

/* `pictures` has an SVG for each flow of the module, in order; an empty text: there is
 * none, and `why_none` says so. */
struct text doc_module(struct arena *arena, const struct program *program,
                       const struct module *module, const struct text *pictures,
                       struct text why_none);
/* The list of all pages. */
struct text doc_index(struct arena *arena, struct module *const *modules, uint32_t n);

/* ---- what the parts of a page share ---- */

void doc_text(struct doc_page *page, struct text t); /* escaped */
void doc_chars(struct doc_page *page, const char *html);
/* `##` comments: a paragraph for each stretch between empty lines. */
void doc_prose(struct doc_page *page, struct text doc);
/* <table> with its head; titles are separated by `|`. Close with doc_table_end(). */
void doc_table(struct doc_page *page, const char *titles);
void doc_table_end(struct doc_page *page);
void doc_cell(struct doc_page *page, const char *title, struct text t);
void doc_code(struct doc_page *page, const char *title, struct text t);

/* doc_flow.c */
void doc_flow(struct doc_page *page, const struct node *flow, struct text picture,
              struct text why_none);

#endif
