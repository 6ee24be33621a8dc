/* Planted bugs, one at a time, that the simulator must find. */
#include "engine/base/mutant.h"

#include <string.h>

static const struct {
    const char *text;
    const char *sentence;
} rows[] = {
    [MUTANT_NONE] = {"none", "nothing is planted"},
#define PLANT(name, text, sentence) [MUTANT_##name] = {text, sentence},
#include "engine/base/mutants.def"
#undef PLANT
};

static enum mutant planted;

bool mutant_is(enum mutant mutant)
{
    return planted == mutant;
}

bool mutant_plant(const char *text)
{
    for (unsigned i = 0; i < MUTANT_COUNT; i++)
        if (strcmp(rows[i].text, text) == 0) {
            planted = (enum mutant)i;
#ifdef WITH_MUTANTS
            return true;
#else
            return i == MUTANT_NONE;
#endif
        }
    return false;
}

void mutant_list(FILE *out)
{
    for (unsigned i = MUTANT_NONE + 1; i < MUTANT_COUNT; i++)
        fprintf(out, "%s\t%s\n", rows[i].text, rows[i].sentence);
}
