/* Flows that begin flows: children, and the words between them and their parents. */
#include "tests/store/check.h"

static struct id child_id(struct id parent, uint8_t n)
{
    const uint8_t dice[10] = {n, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    return id_beside(id_make(1770000000000000, dice), parent);
}

/* Of the flow `f` as it is deployed (sides.c). */
static struct store_child child_of(struct id parent, uint8_t n, const char *key)
{
    return (struct store_child){.id = child_id(parent, n),
                                .flow = TEXT("f"),
                                .signature = digest_of(TEXT("sig")),
                                .key = text_of(key),
                                .args = TEXT("{\"order\":{\"id\":\"C\"}}"),
                                .is_owned = true};
}

static enum store_fate commit_one(struct side *side, struct node *node,
                                  const struct store_transition *t)
{
    struct got got = do_commit(side, node, t, 1);
    CHECK(got.err.code == ERR_OK);
    return got.moved[0].fate;
}

/* The mail of that kind for that instance; NULL: there is none. */
static const struct store_mail *mail_for(const struct got *got, struct id id,
                                         enum stimulus_kind kind)
{
    for (uint32_t i = 0; i < got->n; i++)
        if (id_is(got->mails[i].instance, id) && got->mails[i].kind == kind)
            return &got->mails[i];
    return NULL;
}

void a_child_begins_with_its_parents_transition(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    struct store_child children[] = {child_of(row.id, 1, "C-1"), child_of(row.id, 2, "")};
    children[1].is_owned = false;
    struct store_transition t = next_of(&row);
    t.children = children;
    t.children_n = 2;
    t.rev++; /* somebody else went on: no child either */
    CHECK(commit_one(side, node, &t) == STORE_LOST);
    CHECK(!loaded(side, node, children[0].id).is_there);
    t.rev--;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    CHECK(commit_one(side, node, &t) == STORE_LOST);
    struct store_instance run = loaded(side, node, children[0].id),
                          free = loaded(side, node, children[1].id);
    CHECK(run.is_there && run.rev == 0 && run.is_owned && id_is(run.parent, row.id));
    CHECK(text_is_chars(run.key, "C-1") && text_is_chars(run.flow, "f"));
    CHECK(free.is_there && !free.is_owned && id_is(free.parent, row.id));
    struct got mail = do_mail(side, node, 0, 10);
    const struct store_mail *start = mail_for(&mail, run.id, STIMULUS_START);
    CHECK(mail.n == 2 && start != NULL && mail_for(&mail, free.id, STIMULUS_START));
    CHECK(text_is_chars(start->data, "{\"order\":{\"id\":\"C\"}}"));
    CHECK(store_shard_of(run.id) == store_shard_of(row.id));
    CHECK(count_of(side, node, "running") == 2 && count_of(side, node, "waiting") == 1);
    CHECK(id_is(do_find(side, node, "C-1").instances[0].id, run.id));
    node_kill(node);
}

void a_child_that_cannot_begin_is_told_of(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_instance row = begun(side, node, "O-1");
    struct store_child children[] = {
        child_of(row.id, 1, "O-1"), /* its parent's own key: it lives */
        child_of(row.id, 2, "C-2"), child_of(row.id, 3, "C-2"), /* each other's */
        child_of(row.id, 4, "C-4"), child_of(row.id, 5, "C-4")};
    children[3].signature = digest_of(TEXT("another"));
    children[4].is_owned = false;
    struct store_transition t = next_of(&row);
    t.children = children;
    t.children_n = 4;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    CHECK(!loaded(side, node, children[0].id).is_there);
    CHECK(loaded(side, node, children[1].id).is_there !=
          loaded(side, node, children[2].id).is_there);
    CHECK(!loaded(side, node, children[3].id).is_there);
    struct got mail = do_mail(side, node, 0, 10);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < mail.n; i++)
        refused += mail.mails[i].kind == STIMULUS_CHILD_END &&
                   id_is(mail.mails[i].instance, row.id) &&
                   text_is_chars(mail.mails[i].verb, "refused");
    CHECK(mail.n == 4 && refused == 3);
    row = loaded(side, node, row.id);
    t = next_of(&row);
    t.children = &children[4]; /* let go: it begins, then a second one does not */
    t.children_n = 1;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    row = loaded(side, node, row.id);
    t = next_of(&row);
    children[4].id = child_id(row.id, 6);
    t.children = &children[4];
    t.children_n = 1;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    CHECK(loaded(side, node, child_id(row.id, 5)).is_there);
    CHECK(!loaded(side, node, child_id(row.id, 6)).is_there);
    CHECK(do_mail(side, node, 0, 10).n == 5);
    node_kill(node);
}

static struct store_instance with_child(struct side *side, struct node *node,
                                        struct store_child *child)
{
    struct store_instance row = begun(side, node, "O-1");
    struct store_transition t = next_of(&row);
    *child = child_of(row.id, 1, "C-1");
    t.children = child;
    t.children_n = 1;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    return loaded(side, node, row.id);
}

/* The child's next transition, which consumes what of its mail there is. */
static struct store_transition child_next(struct side *side, struct node *node,
                                          struct id id, enum stimulus_kind kind)
{
    struct got mail = do_mail(side, node, 0, 10);
    const struct store_mail *found = mail_for(&mail, id, kind);
    struct store_instance row = loaded(side, node, id);
    struct store_transition t = next_of(&row);
    CHECK(found != NULL);
    t.stimulus = kind;
    t.mail = found != NULL ? found->seq : 0;
    return t;
}

void parents_and_children_speak_by_mail(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_child child;
    struct store_instance row = with_child(side, node, &child);
    struct store_transition t = child_next(side, node, child.id, STIMULUS_START);
    struct store_word end = {.to = row.id,
                             .kind = STIMULUS_CHILD_END,
                             .verb = TEXT("completed"),
                             .data = TEXT("{\"result\":1}")};
    t.status = STATUS_COMPLETED;
    t.ended_at = t.at;
    t.words = &end;
    t.words_n = 1;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    CHECK(commit_one(side, node, &t) == STORE_LOST); /* said once */
    struct got mail = do_mail(side, node, 0, 10);
    CHECK(mail.n == 1 && mail.mails[0].kind == STIMULUS_CHILD_END);
    CHECK(id_is(mail.mails[0].instance, row.id));
    CHECK(id_is(mail.mails[0].message, child.id));
    CHECK(text_is_chars(mail.mails[0].verb, "completed"));
    CHECK(text_is_chars(mail.mails[0].data, "{\"result\":1}"));
    struct store_settlement gone = {.instance = row.id, .mail = mail.mails[0].seq};
    CHECK(do_settle(side, node, &gone).err.code == ERR_OK); /* nobody wants it */
    CHECK(do_mail(side, node, 0, 10).n == 0);
    node_kill(node);
}

void what_has_completed_lives_again_when_it_is_unwound(struct side *side)
{
    struct node *node = node_open(side, 32, 0);
    struct store_child child;
    struct store_instance row = with_child(side, node, &child);
    struct store_transition t = child_next(side, node, child.id, STIMULUS_START);
    t.status = STATUS_COMPLETED;
    t.ended_at = t.at;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    struct store_word unwind = {.to = child.id,
                                .kind = STIMULUS_UNWIND,
                                .actor = TEXT("f"),
                                .reason = TEXT("f O-1 undoes it")};
    struct store_transition asks = next_of(&row);
    asks.words = &unwind;
    asks.words_n = 1;
    CHECK(commit_one(side, node, &asks) == STORE_MOVED);
    t = child_next(side, node, child.id, STIMULUS_UNWIND);
    t.stimulus = STIMULUS_TIMER; /* anything else: it has ended */
    CHECK(commit_one(side, node, &t) == STORE_LOST);
    t.stimulus = STIMULUS_UNWIND;
    t.status = STATUS_UNDOING;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    struct store_instance again = loaded(side, node, child.id);
    CHECK(again.status == STATUS_UNDOING && again.rev == 2);
    t = next_of(&again);
    t.status = STATUS_CANCELLED;
    t.ended_at = t.at;
    CHECK(commit_one(side, node, &t) == STORE_MOVED);
    again = loaded(side, node, child.id);
    t = next_of(&again);
    t.stimulus = STIMULUS_UNWIND; /* nothing of it stands any more */
    CHECK(commit_one(side, node, &t) == STORE_LOST);
    CHECK(count_of(side, node, "cancelled") == 1);
    CHECK(count_of(side, node, "completed") == 0);
    node_kill(node);
}
