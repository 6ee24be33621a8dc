/* The words of a text, comments among them, as the scanner cuts them. */
#ifndef DSL_TOKEN_H
#define DSL_TOKEN_H

#include "dsl/source.h"

enum token_comment {
    TOKEN_WORD,    /* no comment */
    TOKEN_COMMENT, /* # … */
    TOKEN_DOC      /* ## … */
};

struct token {
    int kind; /* of the parser (dsl/parser.h); 0 for comments */
    enum token_comment comment;
    struct span span;
};

#endif
