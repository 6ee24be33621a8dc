/* Planted bugs, one at a time, that the simulator must find; nothing unless compiled in.
 */
#ifndef ENGINE_BASE_MUTANT_H
#define ENGINE_BASE_MUTANT_H

#if __has_include(<config.h>)
#include <config.h> /* WITH_MUTANTS */
#endif
#include <stdbool.h>
#include <stdio.h>

enum mutant {
    MUTANT_NONE,
#define PLANT(name, text, sentence) MUTANT_##name,
#include "engine/base/mutants.def"
#undef PLANT
    MUTANT_COUNT
};

/* `if (rev == row->rev || MUTANT(NO_CAS)) …`: true while just that bug is planted. In the
 * product it is `false`, and the compiler forgets it. */
#ifdef WITH_MUTANTS
#define MUTANT(name) mutant_is(MUTANT_##name)
#else
#define MUTANT(name) false
#endif

bool mutant_is(enum mutant mutant);

/* By its text of mutants.def; "none". False: there is no such mutant, or none at all in
 * this build. */
bool mutant_plant(const char *text);

/* Every mutant, a line each: its text, a tab, its sentence. */
void mutant_list(FILE *out);

#endif
