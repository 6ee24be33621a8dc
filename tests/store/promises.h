/* What store.h promises, a sentence each, and on which of the stores it is looked at. The
 * sentence is the name of a function, in the file that is named above it. */
#ifndef TESTS_STORE_PROMISES_H
#define TESTS_STORE_PROMISES_H

/* clang-format off */
#define PROMISES                                                                         \
    /* starting.c */                                                                     \
    PROMISE(a_start_is_a_row_and_a_mail, BOTH)                                           \
    PROMISE(a_second_start_with_a_living_key_gives_the_first, BOTH)                      \
    PROMISE(arguments_that_do_not_fit_are_refused_with_their_place, BOTH)                \
    PROMISE(a_start_that_the_engine_refuses_leaves_only_its_refusal, BOTH)               \
    /* moving.c */                                                                       \
    PROMISE(a_transition_moves_once, BOTH)                                               \
    PROMISE(what_has_ended_stays_as_it_is, BOTH)                                         \
    PROMISE(a_mail_leads_to_one_transition, BOTH)                                        \
    PROMISE(losers_do_not_stop_the_batch, BOTH)                                          \
    PROMISE(what_the_database_cannot_take_is_told_and_the_others_go_on, ONLY_PG)         \
    PROMISE(calls_in_flight_are_found, BOTH)                                             \
    /* nodes.c */                                                                        \
    PROMISE(a_zombie_writes_nothing, BOTH)                                               \
    PROMISE(a_dead_node_is_taken_over_at_once, BOTH)                                     \
    PROMISE(shards_are_shared_and_given_back, BOTH)                                      \
    PROMISE(all_shards_are_for_somebody, BOTH)                                           \
    PROMISE(a_node_sees_only_the_mail_of_its_shards, BOTH)                               \
    PROMISE(a_skimmed_page_says_whose_work_it_is, BOTH)                                  \
    PROMISE(a_page_of_mail_is_bounded_in_bytes, BOTH)                                    \
    /* people.c */                                                                       \
    PROMISE(timers_come_in_order_and_early_ones_are_moved, BOTH)                         \
    /* events.c */                                                                       \
    PROMISE(an_event_reaches_everybody_who_waits_for_it, BOTH)                           \
    PROMISE(an_instance_gets_one_copy, BOTH)                                             \
    PROMISE(an_event_may_come_before_its_instance, BOTH)                                 \
    PROMISE(what_nobody_took_is_held_for_others, BOTH)                                   \
    PROMISE(who_waits_no_more_gets_nothing, BOTH)                                        \
    PROMISE(a_second_copy_of_a_unique_event_is_a_duplicate, BOTH)                        \
    PROMISE(what_is_held_too_long_is_unclaimed, BOTH)                                    \
    PROMISE(what_an_ended_one_hands_back_is_unclaimed, BOTH)                             \
    PROMISE(an_event_begins_an_instance_once, BOTH)                                      \
    PROMISE(where_nothing_is_unique_a_copy_is_told_by_its_message, BOTH)                 \
    PROMISE(an_event_is_the_newest_versions_that_declares_it, BOTH)                      \
    /* people.c */                                                                       \
    PROMISE(a_task_is_answered_by_one_of_its_outcomes, BOTH)                             \
    /* kin.c */                                                                          \
    PROMISE(a_child_begins_with_its_parents_transition, BOTH)                            \
    PROMISE(a_child_that_cannot_begin_is_told_of, BOTH)                                  \
    PROMISE(parents_and_children_speak_by_mail, BOTH)                                    \
    PROMISE(what_has_completed_lives_again_when_it_is_unwound, BOTH)                     \
    /* values.c */                                                                       \
    PROMISE(a_large_value_comes_with_its_instance, BOTH)                                 \
    PROMISE(two_of_one_shard_share_a_large_value, BOTH)                                  \
    PROMISE(what_one_lets_go_another_of_the_batch_may_hold, BOTH)                        \
    PROMISE(who_lost_holds_nothing, BOTH)                                                \
    /* moments.c */                                                                      \
    PROMISE(a_moment_begins_once, BOTH)                                                  \
    PROMISE(a_moment_whose_key_is_living_is_over, BOTH)                                  \
    PROMISE(a_moment_that_cannot_begin_is_not_over, BOTH)                                \
    PROMISE(a_new_version_says_when, BOTH)                                               \
    PROMISE(what_was_reckoned_is_told, BOTH)                                             \
    /* breakers.c */                                                                     \
    PROMISE(a_breaker_is_set_as_it_was_read, BOTH)                                       \
    PROMISE(of_two_nodes_one_tries, BOTH)                                                \
    PROMISE(the_heartbeat_says_that_a_breaker_changed, BOTH)                             \
    PROMISE(an_operators_pause_stands, BOTH)                                             \
    PROMISE(an_operators_reset_closes_it, BOTH)                                          \
    /* holds.c */                                                                        \
    PROMISE(nothing_of_a_held_version_is_due, BOTH)                                      \
    PROMISE(a_start_of_a_held_version_is_kept, BOTH)                                     \
    PROMISE(what_is_not_held_cannot_be_let_go, BOTH)                                     \
    PROMISE(the_fifth_that_is_set_aside_holds_its_version, ONLY_PG)                      \
    PROMISE(who_was_set_aside_before_it_was_let_go_counts_no_more, ONLY_PG)              \
    PROMISE(deaths_stand_against_a_version_until_one_ends_well, ONLY_PG)                 \
    PROMISE(who_dies_with_nobody_in_hand_relieves_versions, ONLY_PG)                     \
    PROMISE(of_two_versions_that_kill_in_turns_neither_clears_the_other, ONLY_PG)        \
    PROMISE(what_was_taken_back_is_not_noted_again, ONLY_PG)                             \
    PROMISE(alone_all_that_are_suspected_must_end_well, ONLY_PG)                         \
    /* scans.c */                                                                        \
    PROMISE(every_scanner_answers, BOTH)                                                 \
    /* people.c */                                                                       \
    PROMISE(generations_rise_with_the_undo, BOTH)                                        \
    PROMISE(counts_are_exact, BOTH)                                                      \
    /* breaks.c */                                                                       \
    PROMISE(a_commit_whose_answer_was_lost_is_found_by_reading, ONLY_MEM)                \
    PROMISE(a_connection_that_dies_in_a_commit_is_found_by_reading, ONLY_PG)             \
    PROMISE(a_start_rings_the_bell, BOTH)                                                \
    /* statements.c */                                                                   \
    PROMISE(the_server_understands_every_statement, ONLY_PG)
/* clang-format on */

#endif
