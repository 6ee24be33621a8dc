/* What came for an instance and was not decided yet: posted, taken, dealt with. */
#include "engine/base/mutant.h"
#include "engine/run/mailbox_parts.h"
#include "engine/run/parts.h"
#include "engine/sys/keep.h"

static void post(struct mailbox *mailbox, struct letter *letter)
{
    struct resident *resident = resident_get(mailbox, letter->instance);
    TAILQ_INSERT_TAIL(&resident->letters, letter, in_resident);
    mailbox_count_letters(mailbox, resident, 1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = true;
    if (resident->phase == RESIDENT_RESTING) {
        resident_leave_rest(mailbox, resident);
        resident_go_on(mailbox, resident);
    }
}

static struct letter *letter_new(struct id instance, enum stimulus_kind kind, size_t room)
{
    struct letter *letter = keep_alloc(sizeof *letter + room);
    letter->instance = instance;
    letter->kind = kind;
    return letter;
}

bool mailbox_post_mail(struct mailbox *mailbox, const struct store_mail *mail)
{
    uint64_t hash = table_mix(mail->seq);
    struct table_node *node = table_first(&mailbox->by_mail, hash);
    for (; node != NULL; node = table_next(node))
        if (table_item(node, struct letter, by_mail)->mail == mail->seq)
            return false;
    struct letter *letter = letter_new(mail->instance, mail->kind,
                                       mail->event.n + mail->verb.n + mail->step.n +
                                           mail->actor.n + mail->reason.n + mail->data.n);
    char *room = letter->chars;
    letter->mail = mail->seq;
    letter->event = mailbox_keep_text(&room, mail->event);
    letter->verb = mailbox_keep_text(&room, mail->verb);
    letter->step = mailbox_keep_text(&room, mail->step);
    letter->actor = mailbox_keep_text(&room, mail->actor);
    letter->reason = mailbox_keep_text(&room, mail->reason);
    letter->data = mailbox_keep_text(&room, mail->data);
    letter->message = mail->message;
    letter->task = mail->task;
    table_add(&mailbox->by_mail, &letter->by_mail, hash);
    mailbox->mails_n++;
    post(mailbox, letter);
    return true;
}

void mailbox_post_timer(struct mailbox *mailbox, struct id instance)
{
    const struct resident *resident = resident_find(mailbox, instance);
    if (resident != NULL && (resident->has_timer || resident->phase == RESIDENT_DECIDED ||
                             resident->phase == RESIDENT_SETTLING))
        return; /* known, or just being changed: the next query shows what is left */
    post(mailbox, letter_new(instance, STIMULUS_TIMER, 0));
}

void mailbox_post_recover(struct mailbox *mailbox, struct id instance)
{
    post(mailbox, letter_new(instance, STIMULUS_RECOVER, 0));
}

void mailbox_post_outcome(struct mailbox *mailbox, struct flight *flight)
{
    struct letter *letter = letter_new(flight->instance, STIMULUS_OUTCOME, 0);
    letter->flight = flight;
    flight->is_posted = true;
    post(mailbox, letter);
}

bool letter_is_due_work(const struct letter *letter)
{
    return letter != NULL &&
           (letter->kind == STIMULUS_TIMER || letter->kind == STIMULUS_RECOVER);
}

struct letter *letter_take(struct mailbox *mailbox, struct resident *resident)
{
    struct letter *letter = TAILQ_FIRST(&resident->letters);
    if (letter == NULL)
        return NULL;
    TAILQ_REMOVE(&resident->letters, letter, in_resident);
    mailbox_count_letters(mailbox, resident, -1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = false;
    return letter;
}

void letter_return(struct mailbox *mailbox, struct resident *resident,
                   struct letter *letter)
{
    TAILQ_INSERT_HEAD(&resident->letters, letter, in_resident);
    mailbox_count_letters(mailbox, resident, 1);
    if (letter->kind == STIMULUS_TIMER)
        resident->has_timer = true;
}

static void letter_free(struct letter *letter)
{
    if (letter->flight != NULL)
        letter->flight->is_posted = false;
    keep_free(letter);
}

/* A page that is being read was perhaps written down before this letter was consumed, and
 * would bring it again: so it stays known until the page has come. */
void letter_done(struct mailbox *mailbox, struct letter *letter)
{
    if (letter->mail != 0) {
        mailbox->mails_n--;
        if (mailbox->is_reading && !MUTANT(MAIL_NOT_LOOKED_FOR)) {
            letter->is_over = true;
            TAILQ_INSERT_TAIL(&mailbox->over, letter, in_resident);
            return;
        }
        table_remove(&mailbox->by_mail, &letter->by_mail);
    }
    letter_free(letter);
}

void letter_forget(struct mailbox *mailbox, struct letter *letter)
{
    if (letter->mail != 0) {
        mailbox->mails_n--;
        table_remove(&mailbox->by_mail, &letter->by_mail);
    }
    letter_free(letter);
}

void mailbox_page_begins(struct mailbox *mailbox)
{
    mailbox->is_reading = true;
}

void mailbox_page_ended(struct mailbox *mailbox)
{
    struct letter *letter;
    mailbox->is_reading = false;
    while ((letter = TAILQ_FIRST(&mailbox->over)) != NULL) {
        TAILQ_REMOVE(&mailbox->over, letter, in_resident);
        table_remove(&mailbox->by_mail, &letter->by_mail);
        keep_free(letter);
    }
}
