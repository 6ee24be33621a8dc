/* Published versions, from the database, with how many instances are in each state. */
#include "tools/flowctl/deployed.h"

#include "dsl/ir_meaning.h"
#include "dsl/ir_pack.h"
#include "engine/base/limits.h"

static int64_t count_in(void *context, const struct ir *image, struct text state)
{
    static const char sql[] =
        "SELECT count(*) FROM flow.instances WHERE flow = $1 AND version = $2::integer"
        " AND state = $3 AND ended_at IS NULL";
    struct deployed *deployed = context;
    struct arena *arena = deployed->kit->cli->arena;
    struct err none = {0};
    scoped_reply struct reply reply = {0};
    if (!client_ask_with(&deployed->kit->client, sql, &reply, &none,
                         text_chars(arena, ir_text(image, image->flow.name)),
                         arena_printf(arena, "%u", image->flow.version),
                         text_chars(arena, state)))
        return 0;
    return reply_i64(&reply, 0, 0);
}

static void take(struct deployed *deployed, const struct reply *reply, uint32_t row)
{
    struct err none = {0};
    const struct ir *image = ir_unpack(
        deployed->compile, reply_bytes(deployed->compile, reply, row, 0), &none);
    if (image == NULL)
        return;
    struct published one = {.image = image,
                            .at = text_dup(deployed->compile, reply_text(reply, row, 1)),
                            .count = count_in,
                            .context = deployed};
    vec_push(deployed->compile, &deployed->all, one);
}

bool deployed_read(struct deployed *deployed, const struct compiled *compiled,
                   struct err *err)
{
    static const char sql[] =
        "SELECT image, to_char(deployed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
        " FROM flow_data.version WHERE flow = $1 AND number <= $2::integer"
        " ORDER BY number DESC LIMIT 20";
    for (uint32_t i = 0; i < compiled->flows_n; i++) {
        const struct ir *ir = compiled->flows[i].image;
        scoped_reply struct reply reply = {0};
        if (!client_ask_with(&deployed->kit->client, sql, &reply, err,
                             text_chars(deployed->compile, ir_text(ir, ir->flow.name)),
                             arena_printf(deployed->compile, "%u", ir->flow.version)))
            return err_while(err, "reading what is deployed");
        for (uint32_t row = reply.n; row-- > 0;)
            take(deployed, &reply, row);
    }
    return true;
}

static const struct ir *newest(const struct deployed *deployed, const struct ir *ir,
                               bool is_before)
{
    const struct ir *found = NULL;
    for (uint32_t i = 0; i < deployed->all.n; i++) {
        const struct ir *one = deployed->all.at[i].image;
        if (text_is(ir_text(one, one->flow.name), ir_text(ir, ir->flow.name)) &&
            (is_before ? one->flow.version < ir->flow.version
                       : one->flow.version == ir->flow.version))
            found = one;
    }
    return found;
}

const struct ir *deployed_same(const struct deployed *deployed, const struct ir *ir)
{
    return newest(deployed, ir, false);
}

const struct ir *deployed_before(const struct deployed *deployed, const struct ir *ir)
{
    return newest(deployed, ir, true);
}

bool deployed_means(struct deployed *deployed, const struct ir *known,
                    const struct ir *ir)
{
    struct digest was = ir_meaning_flow(ir_meaning_new(deployed->compile, known)),
                  is = ir_meaning_flow(ir_meaning_new(deployed->compile, ir));
    return digest_is(&was, &is);
}
