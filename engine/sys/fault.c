/* Named points where a test may make us fail, wait or die. */
#include "engine/sys/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/sys/env.h"

static const struct {
    const char *name;
    const char *sentence;
} points[] = {
#define FAULT(name, text, sentence) {text, sentence},
#include "engine/sys/faults.def"
#undef FAULT
};

enum deed {
    DEED_NONE,
    DEED_KILL,
    DEED_STOP,
    DEED_EXIT,
    DEED_DELAY,
    DEED_FAIL,
    DEED_DROP
};

static const char *const deed_names[] = {"",      "kill", "stop", "exit",
                                         "delay", "fail", "drop"};

struct planned {
    enum deed deed;
    int64_t argument;
    int64_t at;
    bool from_then_on;
    char of[64];    /* only what has this name; empty: all */
    bool of_prefix; /* or whose name begins so */
};

static struct {
    bool is_read;
    struct planned plan[FAULT_COUNT];
    uint64_t hits[FAULT_COUNT];
} the_faults;

static volatile sig_atomic_t has_another_plan; /* FLOW_FAULTS_FILE says it */

static bool plan_one(struct text item);

bool fault_is_compiled_in(void)
{
#ifdef WITH_FAULTS
    return true;
#else
    return false;
#endif
}

static void on_another_plan(int number)
{
    (void)number;
    has_another_plan = 1;
}

static void read_environment(void)
{
    const char *plan = env_get("FLOW_FAULTS");
    if (!fault_plan(plan == NULL ? "" : plan))
        dprintf(STDERR_FILENO, "FLOW_FAULTS is not understood: %s\n", plan);
    struct sigaction action = {.sa_handler = on_another_plan, .sa_flags = SA_RESTART};
    if (env_get("FLOW_FAULTS_FILE") != NULL)
        sigaction(SIGUSR2, &action, NULL);
}

static void read_file(void)
{
    char plan[4096];
    has_another_plan = 0;
    int file = open(env_get("FLOW_FAULTS_FILE"), O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, plan, sizeof plan - 1);
    if (file >= 0)
        close(file);
    plan[n < 0 ? 0 : n] = '\0';
    bool is_armed = n >= 0 && fault_plan(plan);
    dprintf(STDERR_FILENO, is_armed ? "faults armed\n" : "faults not understood\n");
}

static bool is_of(const struct planned *planned, struct text of)
{
    if (planned->of_prefix)
        return text_starts(of, text_of(planned->of));
    return planned->of[0] == '\0' || text_is_chars(of, planned->of);
}

enum fault_action fault_reach(enum fault_point point, struct text of)
{
    if (!the_faults.is_read)
        read_environment();
    if (has_another_plan)
        read_file();
    const struct planned *planned = &the_faults.plan[point];
    if (!is_of(planned, of))
        return FAULT_GO;
    uint64_t hit = ++the_faults.hits[point];
    if (planned->deed == DEED_NONE ||
        !(hit == (uint64_t)planned->at ||
          (planned->from_then_on && hit > (uint64_t)planned->at)))
        return FAULT_GO;
    dprintf(STDERR_FILENO, "fault %s %s hit=%llu\n", points[point].name,
            deed_names[planned->deed], (unsigned long long)hit);
    switch (planned->deed) {
    case DEED_NONE:
        break;
    case DEED_KILL:
        raise(SIGKILL);
        break;
    case DEED_STOP:
        raise(SIGSTOP);
        break;
    case DEED_EXIT:
        _exit((int)planned->argument);
    case DEED_DELAY:
        usleep((useconds_t)planned->argument * 1000);
        break;
    case DEED_FAIL:
        return FAULT_FAIL;
    case DEED_DROP:
        return FAULT_DROP;
    }
    return FAULT_GO;
}

bool fault_plan(const char *plan)
{
    memset(&the_faults, 0, sizeof the_faults);
    the_faults.is_read = true;
    struct text rest = text_of(plan);
    bool ok = true;
    while (rest.n > 0) {
        struct text item = text_trim(text_split(&rest, ','));
        if (item.n > 0 && !plan_one(item))
            ok = false;
    }
    return ok;
}

static bool plan_one(struct text item)
{
    struct planned planned = {.at = 1};
    struct text of = item;
    item = text_split(&of, '~');
    if (of.n >= sizeof planned.of)
        return false;
    planned.of_prefix = text_ends(of, TEXT("*"));
    of.n -= planned.of_prefix;
    memcpy(planned.of, of.chars, of.n);
    struct text when = item;
    struct text what = text_split(&when, '@');
    if (text_ends(when, TEXT("+"))) {
        planned.from_then_on = true;
        when.n--;
    }
    if (when.n > 0 && (!text_to_i64(when, &planned.at) || planned.at < 1))
        return false;
    struct text argument = what;
    struct text head = text_split(&argument, ':');
    if (argument.n > 0 && !text_to_i64(argument, &planned.argument))
        return false;
    struct text deed = head;
    struct text point = text_split(&deed, '=');
    for (unsigned i = DEED_KILL; i <= DEED_DROP; i++)
        if (text_is_chars(deed, deed_names[i]))
            planned.deed = (enum deed)i;
    for (unsigned i = 0; i < FAULT_COUNT && planned.deed != DEED_NONE; i++)
        if (text_is_chars(point, points[i].name)) {
            the_faults.plan[i] = planned;
            return true;
        }
    return false;
}

void fault_list(FILE *out)
{
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        fprintf(out, "%-24s %s\n", points[i].name, points[i].sentence);
}

uint64_t fault_hits(enum fault_point point)
{
    return the_faults.hits[point];
}
