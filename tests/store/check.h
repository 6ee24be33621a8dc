/* What the files of the conformance suite share: claims, and tests that lie elsewhere. */
#ifndef TESTS_STORE_CHECK_H
#define TESTS_STORE_CHECK_H

#include "tests/store/sides.h"

#define CHECK(claim) check((claim), #claim, __LINE__)
bool check(bool holds, const char *claim, int line);

/* An instance of `f` that has had its first transition, and waits. */
struct store_instance begun(struct side *side, struct node *node, const char *key);

/* kin.c: flows that begin flows */
void a_child_begins_with_its_parents_transition(struct side *side);
void a_child_that_cannot_begin_is_told_of(struct side *side);
void parents_and_children_speak_by_mail(struct side *side);
void what_has_completed_lives_again_when_it_is_unwound(struct side *side);

/* moments.c: flows that begin by themselves */
void a_moment_begins_once(struct side *side);
void a_moment_whose_key_is_living_is_over(struct side *side);
void a_moment_that_cannot_begin_is_not_over(struct side *side);
void a_new_version_says_when(struct side *side);
void what_was_reckoned_is_told(struct side *side);

/* values.c: large values */
void a_large_value_comes_with_its_instance(struct side *side);
void two_of_one_shard_share_a_large_value(struct side *side);
void what_one_lets_go_another_of_the_batch_may_hold(struct side *side);
void who_lost_holds_nothing(struct side *side);

/* statements.c */
void the_server_understands_every_statement(struct side *side);

/* breakers.c: adapters that take no calls for a while */
void a_breaker_is_set_as_it_was_read(struct side *side);
void of_two_nodes_one_tries(struct side *side);
void the_heartbeat_says_that_a_breaker_changed(struct side *side);
void an_operators_pause_stands(struct side *side);
void an_operators_reset_closes_it(struct side *side);

#endif
