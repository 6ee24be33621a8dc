/* matches(t, pattern): the whole text against a POSIX extended pattern, bounded before it
 * is compiled. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/core/eval_machine.h"

/* Bytes are what a pattern sees: the C locale, whatever the machine's. */

/* How many nodes the pattern has when its repetitions are written out; more than the
 * limit is given as limit + 1. Groups nest: what is inside counts as often as the group.
 */
struct scan {
    struct text pattern;
    size_t at;
    unsigned depth;
    bool looks_back; /* \1 … \9: matching would take exponential time */
};

static uint64_t scan_branch(struct scan *scan);

static void skip_class(struct scan *scan)
{
    const char *p = scan->pattern.chars;
    size_t at = scan->at; /* behind [ */
    if (at < scan->pattern.n && p[at] == '^')
        at++;
    if (at < scan->pattern.n && p[at] == ']')
        at++;
    while (at < scan->pattern.n && p[at] != ']') {
        bool is_named =
            p[at] == '[' && at + 1 < scan->pattern.n && strchr(":.=", p[at + 1]) != NULL;
        if (is_named)
            for (at += 2; at < scan->pattern.n && p[at] != ']';)
                at++;
        if (at < scan->pattern.n)
            at++;
    }
    scan->at = at < scan->pattern.n ? at + 1 : at;
}

/* {n}, {n,}, {n,m} behind an atom: its largest number; 1 where there is none. */
static uint64_t scan_count(struct scan *scan)
{
    uint64_t most = 1, number = 0;
    if (scan->at >= scan->pattern.n || scan->pattern.chars[scan->at] != '{')
        return 1;
    for (scan->at++; scan->at < scan->pattern.n; scan->at++) {
        char c = scan->pattern.chars[scan->at];
        if (c == '}') {
            scan->at++;
            break;
        }
        number = isdigit((unsigned char)c) ? number * 10 + (uint64_t)(c - '0') : 0;
        if (number > LIMIT_PATTERN_NODES)
            number = LIMIT_PATTERN_NODES + 1;
        most = number > most ? number : most;
    }
    return most;
}

static uint64_t scan_atom(struct scan *scan)
{
    char c = scan->pattern.chars[scan->at++];
    uint64_t nodes = 1;
    if (c == '(') {
        nodes = scan_branch(scan);
    } else if (c == '[') {
        skip_class(scan);
    } else if (c == '\\' && scan->at < scan->pattern.n) {
        scan->looks_back |= isdigit((unsigned char)scan->pattern.chars[scan->at]) != 0;
        scan->at++;
    }
    for (uint64_t count; (count = scan_count(scan)) > 1;)
        nodes =
            nodes * count > LIMIT_PATTERN_NODES ? LIMIT_PATTERN_NODES + 1 : nodes * count;
    return nodes;
}

static uint64_t scan_branch(struct scan *scan)
{
    uint64_t nodes = 1;
    if (++scan->depth > 50)
        return LIMIT_PATTERN_NODES + 1;
    while (scan->at < scan->pattern.n && nodes <= LIMIT_PATTERN_NODES) {
        if (scan->pattern.chars[scan->at] == ')') {
            scan->at += scan->depth > 1; /* of a group */
            break;
        }
        nodes += scan_atom(scan);
    }
    scan->depth--;
    return nodes;
}

static int shown(struct text pattern)
{
    return pattern.n > 60 ? 60 : (int)pattern.n;
}

static bool is_affordable(struct eval_machine *m, struct text pattern, uint64_t *nodes)
{
    struct scan scan = {.pattern = pattern};
    if (pattern.n > LIMIT_PATTERN_BYTES || memchr(pattern.chars, '\0', pattern.n) != NULL)
        return eval_fail(m, "a pattern is longer than %d bytes", LIMIT_PATTERN_BYTES);
    *nodes = scan_branch(&scan);
    if (*nodes > LIMIT_PATTERN_NODES)
        return eval_fail(m, "the pattern '%.*s' repeats too much", shown(pattern),
                         pattern.chars);
    if (scan.at < pattern.n) /* it stopped at a parenthesis that nothing opens */
        return eval_fail(m, "'%.*s' is no pattern: Unmatched ) or \\)", shown(pattern),
                         pattern.chars);
    if (scan.looks_back)
        return eval_fail(m, "the pattern '%.*s' looks back (\\1 … \\9)", shown(pattern),
                         pattern.chars);
    return true;
}

/* Anchored at both ends and without sub-matches: libc then runs its automaton only. */
static bool compile(struct eval_machine *m, struct text pattern)
{
    char whole[LIMIT_PATTERN_BYTES + 8], why[120];
    if (m->has_compiled && text_is(m->pattern, pattern))
        return true;
    eval_machine_deinit(m);
    if (!is_affordable(m, pattern, &m->pattern_nodes) ||
        !eval_burn(m, m->pattern_nodes * m->pattern_nodes))
        return false;
    snprintf(whole, sizeof whole, "^(" TEXT_FMT ")$", TEXT_ARG(pattern));
    int code = regcomp(&m->compiled, whole, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        regerror(code, NULL, why, sizeof why);
        return eval_fail(m, "'%.*s' is no pattern: %s", shown(pattern), pattern.chars,
                         why);
    }
    m->has_compiled = true;
    m->pattern = pattern;
    return true;
}

bool eval_matches(struct eval_machine *m, struct text t, struct text pattern, bool *out)
{
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)t.n};
    if (t.n > LIMIT_MATCH_BYTES)
        return eval_fail(m, "a text of %zu bytes is too long for a pattern", t.n);
    if (!compile(m, pattern) || !eval_burn(m, 10 + m->pattern_nodes * t.n / 4))
        return false;
    char chars[LIMIT_MATCH_BYTES + 1]; /* who watches regexec() wants a NUL at its end */
    if (t.n > 0)
        memcpy(chars, t.chars, t.n);
    chars[t.n] = '\0';
    *out = regexec(&m->compiled, chars, 1, &range, REG_STARTEND) == 0;
    return true;
}
