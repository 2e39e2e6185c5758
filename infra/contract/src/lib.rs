//! What every adapter of the store's ports must do.
//!
//! An adapter implements [`Backend`] and adds one line, `berth_contract::suite!(expression)`: each case below becomes a
//! test of its own. Where adapters may differ, they say so with [`Differences`] instead of leaving a case out. Cases never
//! sleep and never assume that the store is empty, so that one emulator can serve many of them at the same time.
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a case of a test suite fails"
)]

mod agents;
mod artifacts;
mod audit;
mod backend;
mod conversations;
mod credentials;
mod events;
mod live;
mod notifications;
mod placements;
mod proposals;
mod queue;
mod runs;
mod schedules;
mod secrets;
mod settings;
mod usage;
mod users;
mod world;

pub use backend::{Backend, Delivery, Differences};
pub use world::{VirtualClock, World};

/// Runs one case; [`suite!`] calls it.
///
/// Several threads, so that what races in production can race here.
#[doc(hidden)]
pub fn run<F>(
    backend: impl Future<Output = Box<dyn Backend>>,
    differences: Differences,
    case: impl FnOnce(World) -> F,
) where
    F: Future<Output = ()>,
{
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { case(World::new(backend.await, differences)).await });
}

/// Makes [`suite!`] out of the list of cases. They are private to their files: one that is missing here is dead code, which
/// the lints refuse.
macro_rules! cases {
    ($d:tt $($port:ident { $($case:ident,)+ })+) => {
        #[doc(hidden)]
        pub mod cases {
            $(pub mod $port {
                $(pub async fn $case(world: crate::World) {
                    crate::$port::$case(world).await;
                })+
            })+
        }

        /// Runs every case of the contract as a test of its own. The first argument is an expression for a fresh
        /// [`Backend`], evaluated inside an async block once a case; the second, if any, its [`Differences`].
        /// `only PORT:` before them runs the cases of one port, for an adapter that is nothing else.
        #[macro_export]
        macro_rules! suite {
            $((only $port: $d backend:expr, $d differences:expr) => {
                mod $port {
                    use super::*;

                    $(#[test]
                    fn $case() {
                        $d crate::run(
                            async { Box::new($d backend) as Box<dyn $d crate::Backend> },
                            $d differences,
                            $d crate::cases::$port::$case,
                        );
                    })+
                }
            };)+
            ($d backend:expr) => {
                $d crate::suite!($d backend, $d crate::Differences::default());
            };
            ($d backend:expr, $d differences:expr) => {
                $($d crate::suite!(only $port: $d backend, $d differences);)+
            };
        }
    };
}

cases! { $
    users {
        a_name_belongs_to_one_user,
        what_was_said_on_the_first_visit_is_replaced,
    }
    credentials {
        all_of_one_kind_end_and_no_others,
        a_credential_ends_at_its_expiry,
        a_credential_without_expiry_ends_when_revoked,
        an_unknown_hash_finds_nothing,
        a_users_credentials_come_newest_first_with_their_account,
    }
    conversations {
        a_conversation_is_its_owners,
        the_newest_change_comes_first,
        a_title_is_searched_without_case,
        pages_hold_every_conversation_while_others_are_added,
        messages_come_oldest_first_page_by_page,
        a_busy_conversation_is_not_deleted,
        deleting_takes_everything_along,
        renaming_is_the_owners,
    }
    runs {
        a_submission_stores_conversation_message_and_run,
        the_same_message_five_times_at_once_is_one_run,
        another_users_message_id_is_taken,
        another_users_conversation_does_not_exist,
        the_quota_holds_when_many_submit_at_once,
        a_refused_submission_leaves_nothing,
        an_ended_run_makes_room_in_the_quota,
        a_repeated_submission_needs_no_quota,
        of_many_claims_one_wins,
        whose_run_it_is_decides_last_and_changes_nothing,
        a_claim_brings_what_the_runner_needs,
        nothing_is_claimed_that_is_ended_or_unknown,
        runs_of_a_conversation_go_one_after_the_other,
        claimable_lists_oldest_first_what_a_claim_would_get,
        claimable_is_bounded,
        a_lease_holds_until_its_expiry,
        a_new_incarnation_takes_over_at_once,
        a_belated_claim_takes_nothing_from_the_successor,
        renewing_keeps_the_lease,
        a_late_renewal_is_good_while_nobody_else_claimed,
        a_taken_over_run_started_once,
        an_old_epoch_writes_nothing,
        an_append_is_numbered_densely,
        an_append_stores_where_reading_goes_on,
        a_session_outlives_its_run,
        usage_so_far_is_kept,
        a_run_finishes_once,
        finishing_races_with_takeover,
        an_end_tells_that_somebody_waits,
        the_answer_becomes_a_message,
        a_waiting_run_is_cancelled_at_once,
        a_working_run_is_told_to_stop,
        a_cancel_after_the_end_changes_nothing,
        another_users_run_is_not_cancelled,
        cancel_and_claim_leave_one_end,
        runs_are_listed_newest_first,
        filters_narrow_the_list,
        pages_hold_every_run_while_others_are_added,
        unfinished_runs_come_oldest_first,
        a_run_is_its_owners,
        every_outcome_comes_back_as_it_was,
        an_agents_run_is_given_its_content,
        the_log_of_a_run_is_no_conversation_of_its_user,
        the_log_of_a_run_takes_no_messages,
        scheduled_runs_that_wait_do_not_fill_the_quota,
        a_scheduled_run_waits_for_room,
        a_scheduled_run_waits_for_the_one_before_of_its_agent,
        a_verdict_is_stored,
        runs_are_filtered_by_what_they_are,
        runs_are_filtered_by_time,
        an_agents_activity_is_its_runs_since_an_instant,
    }
    events {
        every_kind_of_event_comes_back_as_it_was,
        events_are_read_after_a_number,
        a_run_has_its_own_events,
        conversations_are_numbered_apart,
        a_change_after_arming_wakes,
        what_a_change_brings_is_what_is_stored,
        a_follower_misses_nothing,
        a_change_whose_caller_went_away_wakes,
    }
    queue {
        hints_arrive,
        waiting_can_be_given_up,
        more_hints_than_fit_block_nobody,
    }
    live {
        deltas_reach_every_watcher,
        joining_mid_stream_begins_at_the_beginning,
        closed_text_is_not_sent_to_those_who_join,
        a_block_with_a_gap_is_not_shown_as_whole,
        offsets_count_utf16,
        conversations_do_not_mix,
        a_slow_watcher_gets_the_whole_block_again,
        nobody_watching_is_fine,
    }
    secrets {
        a_secret_comes_back_by_scope_and_name,
        a_secret_is_replaced,
        names_are_listed_without_values,
        a_deleted_secret_is_gone,
        odd_scopes_and_names_do_not_meet,
    }
    settings {
        a_setting_is_replaced,
    }
    usage {
        recording_twice_counts_once,
        totals_begin_at_an_instant,
        days_follow_the_time_zone,
        the_day_with_25_hours_is_one_day,
        the_day_with_23_hours_is_one_day,
        groups_come_dearest_first,
        another_users_calls_are_not_counted,
        absurd_amounts_stay_absurd,
    }
    artifacts {
        an_object_comes_back_as_it_was,
        an_object_is_replaced_or_kept,
        of_many_who_store_one_does,
        a_body_that_fails_leaves_what_was_there,
        objects_are_listed_by_name_page_by_page,
        a_deleted_object_is_gone,
    }
    audit {
        verdicts_are_recorded,
    }
    agents {
        an_agent_comes_back_as_it_was_saved,
        saving_the_same_id_again_saves_nothing,
        the_quota_of_agents_holds_when_many_are_saved_at_once,
        agents_are_listed_newest_first_while_others_are_added,
        every_change_is_a_version,
        a_change_of_nothing_makes_no_version,
        of_changes_to_one_version_one_wins,
        a_status_is_no_version,
        a_deleted_agent_leaves_its_runs_and_its_slots,
    }
    schedules {
        a_schedule_comes_back_as_it_was_stored,
        a_replaced_schedule_keeps_its_id,
        of_puts_on_one_revision_one_wins,
        only_an_own_agent_is_scheduled,
        a_paused_schedule_is_not_due_and_its_waiting_slots_end,
        a_removed_schedule_leaves_its_slots,
        schedules_are_found_by_their_agents,
        the_next_schedules_come_soonest_first,
        planning_writes_slots_and_moves_the_cursor,
        many_are_planned_together_each_by_its_own_state,
        what_is_told_of_a_plan_is_stored_with_it_once,
        what_was_computed_from_an_older_state_is_refused,
        a_slot_that_is_there_stays_as_it_is,
        a_schedule_that_stops_itself_is_not_due,
        due_schedules_come_longest_due_first,
        the_timer_learns_what_comes_next,
        waiting_slots_come_oldest_first,
        pages_hold_every_slot_while_others_are_added,
        missed_slots_are_listed_by_when_they_were_found_missed,
        a_slot_becomes_a_run,
        many_are_fired_together_in_their_order,
        a_slot_fired_ten_times_at_once_is_one_run,
        a_slot_that_ended_otherwise_stays_so,
        an_inactive_agent_skips_its_slots,
        what_was_decided_with_its_row_runs_though_switched_off_since,
        a_slot_runs_the_version_of_its_moment,
        skip_runs_only_when_nothing_is_unfinished,
        queue_one_lets_one_wait_behind_what_runs,
        cancel_previous_stops_what_is_unfinished,
        the_late_slots_of_one_catch_up_do_not_overlap,
    }
    notifications {
        every_kind_of_notification_comes_back_as_it_was,
        telling_twice_tells_once,
        what_was_seen_is_not_unread,
        pages_hold_every_notification_while_others_are_told,
        settings_are_their_users,
        deliveries_are_due_until_they_are_over,
        the_next_delivery_is_the_soonest,
        deliveries_are_listed_newest_first,
        ended_runs_of_agents_wait_for_their_settlement,
        a_run_is_settled_once,
        a_schedule_pauses_itself_after_failures,
        a_verdict_about_what_has_gone_or_is_paused_changes_little,
        a_retry_of_an_agents_run_is_settled_too,
    }
    proposals {
        a_proposal_comes_back_as_it_was_made,
        open_proposals_come_newest_first,
        a_proposal_is_decided_once,
        confirming_races_with_declining,
        a_deleted_conversation_takes_its_proposals_along,
    }
    placements {
        a_runner_is_registered_until_it_leaves,
        a_later_start_replaces_an_earlier_one,
        what_was_declared_gone_never_comes_back,
        of_many_that_want_a_workspace_one_gets_it,
        a_workspace_stays_where_it_is,
        a_new_start_on_the_same_disk_has_the_files,
        a_workspace_leaves_a_runner_that_does_not_renew,
        a_released_workspace_is_taken_at_once,
        a_draining_runner_keeps_and_takes_nothing,
        a_restore_that_broke_off_is_begun_anew,
        an_old_epoch_records_nothing,
        a_snapshot_that_was_overtaken_is_not_the_newest,
        workspaces_are_found_by_their_runner,
    }
}
