/* Some instances of all, held against their journals.
 *
 * In a table of millions nothing is counted and nothing sorted whole: each shard has some
 * points, spread over the time from its first instance to its last, and of each a few
 * rows on either side are read by the primary key. What was drawn comes from these; where
 * there are few instances they are all of them. */
#include "tools/flowctl/sample.h"

#include "engine/base/limits.h"
#include "engine/sys/dice.h"
#include "tools/flowctl/verify.h"

enum { NAMED = 3 }; /* that differ: what to do is the same for all of them */

struct sampling {
    struct kit *kit;
    struct loader loader;
    struct arena *turn; /* of one instance */
    struct sampled *out;
    struct buf ids;    /* of the first that differ */
    struct text first; /* what is said of the first of them */
};

static bool draw(struct kit *kit, uint32_t most, struct reply *ids, struct err *err);
static bool look(struct sampling *s, const struct reply *ids, struct err *err);
static struct text sum_up(const struct sampling *s);

bool sample_size(const struct cli *cli, uint32_t *out, struct err *err)
{
    const char *given = cli_option(cli, "verify");
    int64_t n = LIMIT_SAMPLE_STANDARD;
    if (given != NULL &&
        (!text_to_i64(text_of(given), &n) || n < 0 || n > LIMIT_SAMPLE_MOST))
        return err_set(err, ERR_USAGE,
                       "--verify \"%s\" is no number from 0 to %d: all are looked at by "
                       "flowctl verify --all",
                       given, LIMIT_SAMPLE_MOST);
    *out = (uint32_t)n;
    return true;
}

bool sample_verify(struct kit *kit, uint32_t most, struct sampled *out, struct err *err)
{
    struct sampling s = {.kit = kit, .out = out};
    scoped_reply struct reply ids = {0};
    *out = (struct sampled){0};
    buf_init(&s.ids, kit->cli->arena);
    s.turn = arena_new("turn", LIMIT_TURN_BYTES);
    bool is_fine = draw(kit, most, &ids, err) && loader_open(&s.loader, kit, err) &&
                   look(&s, &ids, err);
    loader_close(&s.loader);
    arena_free(s.turn);
    if (is_fine)
        out->says = sum_up(&s);
    return is_fine;
}

/* Those that live and those that have ended are drawn in turns, one of a point before a
 * second of it; a throw of the dice says which. */
static bool draw(struct kit *kit, uint32_t most, struct reply *ids, struct err *err)
{
    static const char sql[] =
        "WITH span AS (SELECT s.shard, low.started_at AS low, high.started_at AS high"
        "  FROM generate_series(0, 31) s(shard)"
        "  CROSS JOIN LATERAL (SELECT i.started_at FROM flow_data.instance i"
        "   WHERE i.shard = s.shard ORDER BY i.id LIMIT 1) low"
        "  CROSS JOIN LATERAL (SELECT i.started_at FROM flow_data.instance i"
        "   WHERE i.shard = s.shard ORDER BY i.id DESC LIMIT 1) high),"
        " point AS MATERIALIZED (SELECT span.shard, n,"
        "  flow_data.id_floor(low + (high - low) * (n"
        "   + (hashint8extended(span.shard * 4 + n, $3::bigint) & 1023) / 1024.0) / 4) "
        "AS id"
        "  FROM span, generate_series(0, 3) n),"
        " near AS (SELECT p.shard, p.n, i.id, i.has_ended FROM point p"
        "  CROSS JOIN LATERAL ((SELECT i.id, i.rev, i.status >= 100 AS has_ended"
        "    FROM flow_data.instance i WHERE i.shard = p.shard AND i.id >= p.id"
        "    ORDER BY i.id LIMIT 16)"
        "   UNION ALL (SELECT i.id, i.rev, i.status >= 100"
        "    FROM flow_data.instance i WHERE i.shard = p.shard AND i.id < p.id"
        "    ORDER BY i.id DESC LIMIT 16)) i"
        "  WHERE i.rev <= $2::integer),"
        " once AS (SELECT DISTINCT ON (id) * FROM near ORDER BY id, n),"
        " turn AS (SELECT id, row_number() OVER (PARTITION BY shard, n, has_ended"
        "  ORDER BY uuid_hash_extended(id, $3::bigint)) AS of_point, has_ended FROM "
        "once),"
        " queue AS (SELECT id, row_number() OVER (PARTITION BY has_ended"
        "  ORDER BY of_point, uuid_hash_extended(id, $3::bigint)) AS place FROM turn)"
        " SELECT id FROM queue ORDER BY place LIMIT $1::integer";
    struct arena *arena = kit->cli->arena;
    return client_ask_with(&kit->client, sql, ids, err, arena_printf(arena, "%u", most),
                           arena_printf(arena, "%d", LIMIT_SAMPLE_TRANSITIONS),
                           arena_printf(arena, "%u", dice_u32()));
}

static void differs(struct sampling *s, const struct verified *v)
{
    if (s->out->differ++ == 0) {
        struct text key = v->key.n > 0 ? v->key : v->id;
        s->first = text_of(arena_printf(s->kit->cli->arena,
                                        TEXT_FMT " first (" TEXT_FMT ")", TEXT_ARG(key),
                                        TEXT_ARG(verify_says(s->turn, v->differences))));
    }
    if (s->out->differ <= NAMED) {
        buf_char(&s->ids, ' ');
        buf_text(&s->ids, v->id);
    }
}

/* One that is forgotten between the draw and the look is no difference. */
static bool look(struct sampling *s, const struct reply *ids, struct err *err)
{
    for (uint32_t i = 0; i < ids->n; i++) {
        struct verified verified;
        struct err gone = {0};
        arena_reset(s->turn);
        const char *id = text_chars(s->turn, reply_text(ids, i, 0));
        if (verify_one(&s->loader, s->turn, id, &verified, &gone)) {
            if (verified.n > 0)
                differs(s, &verified);
            else
                s->out->agree++;
        } else if (gone.code != ERR_NOT_FOUND) {
            *err = gone;
            return false;
        }
    }
    return true;
}

static struct text sum_up(const struct sampling *s)
{
    struct arena *arena = s->kit->cli->arena;
    const struct sampled *out = s->out;
    uint32_t n = out->agree + out->differ;
    if (out->differ == 0)
        return text_of(arena_printf(arena, "%u drawn agree with their journals", n));
    struct buf ids = s->ids;
    return text_of(arena_printf(arena,
                                "%u of %u drawn differ from their journals, " TEXT_FMT
                                ": flowctl verify" TEXT_FMT,
                                out->differ, n, TEXT_ARG(s->first),
                                TEXT_ARG(buf_done(&ids))));
}
