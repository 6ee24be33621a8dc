/* Plays the first flow of NAME.flow by NAME.script and prints every decision:
 * `decision_player NAME.flow NAME.script`.
 *
 * A script is a stimulus a line (`#` begins a comment):
 *     settings {…}                     of the environment, before the start
 *     start [KEY] {…}                  a second one begins another play of the same flow
 *     answer CALL value JSON           CALL: erp.create_order, create_order, a step, or a
 *                                      number
 *     answer CALL sample               as `over fake` answers
 *     answer CALL refused NAME [{…}]
 *     answer CALL unavailable|in_doubt|broken [MESSAGE]
 *     answer CALL busy DURATION        unavailable, with the wait it asks for
 *     event NAME {…}
 *     advance DURATION                 what is due happens, in order
 *     command VERB [STEP] [JSON]
 *     choose ROLE|TASK OUTCOME [{…}]
 *     migrate NAME                     goes over to the flow of NAME.flow in this folder
 *     child NAME completed|cancelled|refused [{"result": …}]
 *     child NAME failed [{"error": …, "data": …}]
 *     owned                            before the start: another flow runs this one
 *     unwind                           that one wants it undone
 *     recover                          the node died: what was in flight is unknown
 *     dice N                           of the stimuli that follow
 *     why                              what people are told, and the commands they have
 *     ladder                           what would be put back, newest first */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/when.h"
#include "engine/core/view.h"
#include "tests/golden/decision/read.h"
#include "tools/play.h"

struct player {
    struct arena *arena;
    const char *path; /* of the flow */
    const struct ir *ir;
    json_t *settings;
    struct play *play;
    bool is_owned;
    uint32_t line;
};

static int fail(const struct player *player, const char *what)
{
    fprintf(stderr, "line %u: %s\n", player->line, what);
    return 1;
}

static void print(struct player *player, const struct decision *decision)
{
    struct buf out;
    buf_init(&out, player->play->turn);
    decision_print(&out, player->ir, decision);
    struct text t = buf_done(&out);
    fwrite(t.chars, 1, t.n, stdout);
}

static void print_due(void *context, struct play *play, const struct decision *decision)
{
    char when[WHEN_TEXT_BYTES];
    struct player *player = context;
    printf("at " TEXT_FMT "\n", TEXT_ARG(when_instant_print(play->now, when)));
    print(player, decision);
}

static struct text word(struct text *rest)
{
    *rest = text_trim(*rest);
    return text_split(rest, ' ');
}

/* JSON at the end of a line; NULL where there is none. */
static json_t *json_rest(struct text rest)
{
    json_error_t error;
    rest = text_trim(rest);
    if (rest.n == 0)
        return NULL;
    json_t *json = json_loadb(rest.chars, rest.n, JSON_DECODE_ANY, &error);
    if (json == NULL)
        fprintf(stderr, "not JSON: " TEXT_FMT "\n", TEXT_ARG(rest));
    return json;
}

/* ---- the verbs ---- */

static int do_start(struct player *player, struct text rest)
{
    struct text key = text_trim(rest);
    key = key.n > 0 && key.chars[0] != '{' ? word(&rest) : TEXT("");
    scoped_json json_t *args = json_rest(rest);
    struct err err = {0};
    play_close(player->play);
    player->play = play_open(player->ir, player->settings);
    if (!advance_check_start(player->play->turn, player->ir, &player->play->environment,
                             args, key, &key, &err))
        key = TEXT("");
    if (player->is_owned)
        play_own(player->play, (struct id){{1, 2, 3}});
    print(player, play_start(player->play, text_dup(player->arena, key), args));
    return 0;
}

static int do_answer(struct player *player, struct text rest)
{
    const struct play_call *call = play_call_of(player->play, word(&rest));
    struct text how = word(&rest);
    struct outcome outcome = {.name = TEXT(""), .message = TEXT("")};
    scoped_json json_t *data = NULL;
    if (call == NULL)
        return fail(player, "no such call is open");
    if (text_is_chars(how, "value") || text_is_chars(how, "sample")) {
        outcome.kind = OUTCOME_VALUE;
        outcome.sample = text_is_chars(how, "sample");
        data = json_rest(rest);
    } else if (text_is_chars(how, "refused")) {
        outcome.kind = OUTCOME_REFUSED;
        outcome.name = word(&rest);
        data = json_rest(rest);
    } else if (text_is_chars(how, "busy")) {
        outcome.kind = OUTCOME_UNAVAILABLE;
        if (!when_duration_parse_short(text_trim(rest), &outcome.retry_after))
            return fail(player, "busy for how long?");
    } else {
        outcome.kind = text_is_chars(how, "unavailable") ? OUTCOME_UNAVAILABLE
                       : text_is_chars(how, "in_doubt")  ? OUTCOME_IN_DOUBT
                                                         : OUTCOME_BROKEN;
        outcome.message = text_trim(rest);
    }
    outcome.data = data;
    print(player, play_outcome(player->play, call->order.number, &outcome));
    return 0;
}

static int do_event(struct player *player, struct text rest)
{
    struct text name = word(&rest);
    scoped_json json_t *body = json_rest(rest);
    const struct decision *decision = play_event(player->play, name, body);
    print(player, decision);
    if (!decision->event_taken)
        printf("not taken: it is held\n");
    return 0;
}

static int do_advance(struct player *player, struct text rest)
{
    int64_t duration;
    char when[WHEN_TEXT_BYTES];
    if (!when_duration_parse_short(text_trim(rest), &duration))
        return fail(player, "advance how long?");
    play_advance(player->play, player->play->now + duration, print_due, player);
    printf("now " TEXT_FMT "\n", TEXT_ARG(when_instant_print(player->play->now, when)));
    return 0;
}

static int do_command(struct player *player, struct text rest)
{
    struct text verb = word(&rest), step = TEXT("");
    rest = text_trim(rest);
    if (rest.n > 0 && strchr("{[\"0123456789", rest.chars[0]) == NULL)
        step = word(&rest);
    scoped_json json_t *data = json_rest(rest);
    print(player, play_do(player->play, (struct stimulus){.kind = STIMULUS_COMMAND,
                                                          .verb = verb,
                                                          .step = step,
                                                          .actor = TEXT("operator"),
                                                          .reason = TEXT("told so"),
                                                          .data = data}));
    return 0;
}

static int do_choose(struct player *player, struct text rest)
{
    uint32_t task = play_task_of(player->play, word(&rest));
    struct text outcome = word(&rest);
    scoped_json json_t *data = json_rest(rest);
    print(player, play_do(player->play, (struct stimulus){.kind = STIMULUS_ANSWER,
                                                          .task = task,
                                                          .verb = outcome,
                                                          .actor = TEXT("ann"),
                                                          .data = data}));
    return 0;
}

static int do_child(struct player *player, struct text rest)
{
    struct id child = play_child_of(player->play, word(&rest));
    struct text how = word(&rest);
    scoped_json json_t *told = json_rest(rest);
    if (id_is_none(child))
        return fail(player, "no such child is waited for");
    print(player, play_child_end(player->play, child, how, told));
    return 0;
}

static int do_owned(struct player *player, struct text rest)
{
    (void)rest;
    player->is_owned = true;
    return 0;
}

static int do_unwind(struct player *player, struct text rest)
{
    (void)rest;
    print(player,
          play_do(player->play, (struct stimulus){.kind = STIMULUS_UNWIND,
                                                  .actor = TEXT("parent"),
                                                  .reason = TEXT("it is undone")}));
    return 0;
}

static int do_recover(struct player *player, struct text rest)
{
    (void)rest;
    print(player, play_do(player->play, (struct stimulus){.kind = STIMULUS_RECOVER}));
    return 0;
}

static int do_why(struct player *player, struct text rest)
{
    const struct play *play = player->play;
    json_t *row;
    size_t i;
    (void)rest;
    scoped_json json_t *why = view_why(play->turn, player->ir, play->inst,
                                       &play->environment, play->now, WIRE_MASK_PRIVATE);
    printf(TEXT_FMT "\n", TEXT_ARG(json_text_of(json_object_get(why, "says"))));
    json_array_foreach(json_object_get(why, "can"), i, row)
        printf("  " TEXT_FMT ": " TEXT_FMT "\n",
               TEXT_ARG(json_text_of(json_object_get(row, "what"))),
               TEXT_ARG(json_text_of(json_object_get(row, "command"))));
    return 0;
}

static int do_ladder(struct player *player, struct text rest)
{
    const struct play *play = player->play;
    json_t *row;
    size_t i;
    (void)rest;
    scoped_json json_t *ladder =
        view_ladder(play->turn, player->ir, play->inst, WIRE_MASK_PRIVATE);
    json_array_foreach(ladder, i, row)
    {
        struct text said = json_write(play->turn, row);
        printf(TEXT_FMT "\n", TEXT_ARG(said));
    }
    return 0;
}

static int do_migrate(struct player *player, struct text rest)
{
    struct text folder = text_of(player->path);
    while (folder.n > 0 && folder.chars[folder.n - 1] != '/')
        folder.n--;
    struct text name = text_trim(rest);
    struct compiled *compiled =
        read_flows(player->arena, arena_printf(player->arena, TEXT_FMT TEXT_FMT ".flow",
                                               TEXT_ARG(folder), TEXT_ARG(name)));
    if (compiled->flows_n != 1)
        return fail(player, "that version cannot be read");
    const struct decision *decision =
        play_migrate(player->play, compiled->flows[0].image);
    player->ir = player->play->ir;
    print(player, decision);
    return 0;
}

static int do_dice(struct player *player, struct text rest)
{
    int64_t dice;
    if (!text_to_i64(text_trim(rest), &dice))
        return fail(player, "dice need a number");
    player->play->dice = (uint32_t)dice;
    return 0;
}

static int do_settings(struct player *player, struct text rest)
{
    player->settings = json_rest(rest);
    return 0;
}

static int do_line(struct player *player, struct text line)
{
    static const struct {
        const char *verb;
        int (*run)(struct player *player, struct text rest);
    } verbs[] = {
        {"settings", do_settings}, {"start", do_start},     {"answer", do_answer},
        {"event", do_event},       {"advance", do_advance}, {"command", do_command},
        {"choose", do_choose},     {"migrate", do_migrate}, {"recover", do_recover},
        {"child", do_child},       {"owned", do_owned},     {"unwind", do_unwind},
        {"dice", do_dice},         {"why", do_why},         {"ladder", do_ladder}};
    struct text rest = line, verb = word(&rest);
    bool is_early = text_is_chars(verb, "settings") || text_is_chars(verb, "start") ||
                    text_is_chars(verb, "owned");
    if (player->play == NULL && !is_early)
        return fail(player, "nothing has been started");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (text_is_chars(verb, verbs[i].verb)) {
            printf("> " TEXT_FMT "\n", TEXT_ARG(line));
            return verbs[i].run(player, rest);
        }
    return fail(player, "there is no such verb");
}

/* ---- reading ---- */

static const struct ir *compile(struct arena *arena, const char *path)
{
    struct compiled *compiled = read_flows(arena, path);
    return compiled->flows_n > 0 ? compiled->flows[0].image : NULL;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0); /* whatever a `must` ends */
    struct arena *arena = arena_new("compile", LIMIT_COMPILE_BYTES);
    struct player player = {
        .arena = arena, .path = argv[1], .ir = compile(arena, argv[1])};
    struct text script = read_file(arena, argv[2]);
    int failed = player.ir == NULL;
    while (failed == 0 && script.n > 0) {
        struct text line = text_trim(text_split(&script, '\n'));
        player.line++;
        if (line.n > 0 && line.chars[0] != '#')
            failed = do_line(&player, line);
    }
    play_close(player.play);
    json_decref(player.settings);
    arena_free(arena);
    return failed;
}
