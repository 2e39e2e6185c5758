//! Accepting a message.

use berth_domain::event::{Event, Role};
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::{RunFilter, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{RunState, Trigger};

use crate::World;
use crate::world::together;

pub(crate) async fn a_submission_stores_conversation_message_and_run(w: World) {
    let user = w.user().await;
    let submission = Submission {
        content: "\n 첫 줄 '\"\\\n둘째 줄 \u{2028}👩‍👩‍👧".to_owned(),
        agent_id: Some(w.id()),
        trigger: Trigger::Retry,
        retry_of: Some(w.id()),
        ..w.submission(user)
    };
    let (id, conversation_id) = w.accept(&submission).await;
    assert_eq!(id, submission.run_id);
    assert_eq!(conversation_id, submission.new_conversation_id);

    let run = w.runs().run(user, id).await.unwrap().unwrap();
    assert_eq!(run.state, RunState::Queued);
    assert_eq!(
        (run.trigger, run.retry_of),
        (Trigger::Retry, submission.retry_of)
    );
    assert_eq!(
        (run.agent_id, run.queued_at),
        (submission.agent_id, w.now())
    );
    assert_eq!((run.epoch, run.attempt, run.lease), (0, 0, None));

    let found = w.conversations().conversation(user, conversation_id).await;
    let conversation = found.unwrap().unwrap();
    assert_eq!(conversation.title, "첫 줄 '\"\\");
    assert_eq!(conversation.agent_id, submission.agent_id);
    assert_eq!(conversation.active_run_id, Some(id));

    let log = w.log(conversation_id).await;
    let message = Event::Message {
        id: submission.message_id,
        role: Role::User,
        content: submission.content.clone(),
    };
    assert_eq!(log[0].event, message);
    assert_eq!(log[1].event, Event::Queued);
    let messages = w
        .conversations()
        .list_messages(user, conversation_id, &PageRequest::default())
        .await;
    let messages = messages.unwrap().items;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].id, submission.message_id);
    assert_eq!(messages[0].content, submission.content);
    assert_eq!(messages[0].run_id, id);
    let content = w.runs().run_content(user, id).await.unwrap();
    assert_eq!(content, Some(submission.content));
}

pub(crate) async fn the_same_message_five_times_at_once_is_one_run(w: World) {
    let user = w.user().await;
    let first = w.submission(user);
    let answers = together((0..5).map(|_| {
        let runs = w.runs();
        let submission = Submission {
            run_id: w.id(),
            new_conversation_id: w.id(),
            ..first.clone()
        };
        async move { runs.submit(&submission).await.unwrap() }
    }))
    .await;
    let mut fresh = 0;
    let mut places = Vec::new();
    for answer in answers {
        let Submitted::Accepted {
            run_id,
            conversation_id,
            repeated,
        } = answer
        else {
            panic!("not accepted: {answer:?}");
        };
        fresh += u32::from(!repeated);
        places.push((run_id, conversation_id));
    }
    assert_eq!(fresh, 1);
    assert!(places.iter().all(|place| *place == places[0]));
    assert_eq!(w.kinds(places[0].1).await, ["message", "queued"]);
    let page = w
        .runs()
        .list_runs(user, &RunFilter::default(), &PageRequest::default())
        .await;
    assert_eq!(page.unwrap().items.len(), 1);
}

pub(crate) async fn another_users_message_id_is_taken(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let first = w.submission(user);
    let (_, conversation) = w.accept(&first).await;
    for conversation_id in [None, Some(conversation)] {
        let stolen = Submission {
            message_id: first.message_id,
            conversation_id,
            ..w.submission(other)
        };
        let answer = w.runs().submit(&stolen).await.unwrap();
        assert_eq!(answer, Submitted::IdTaken);
    }
    assert_eq!(w.log(conversation).await.len(), 2);
}

pub(crate) async fn another_users_conversation_does_not_exist(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (_, conversation) = w.submit(user).await;
    for target in [conversation, w.id()] {
        let intruding = Submission {
            conversation_id: Some(target),
            ..w.submission(other)
        };
        let answer = w.runs().submit(&intruding).await.unwrap();
        assert_eq!(answer, Submitted::NoConversation);
        let run = w.runs().run(other, intruding.run_id).await.unwrap();
        assert_eq!(run, None);
    }
    assert_eq!(w.log(conversation).await.len(), 2);
}

fn limited(w: &World, submission: Submission, concurrent_runs: u32) -> Submission {
    Submission {
        quota: Quota { concurrent_runs },
        now: w.now(),
        ..submission
    }
}

pub(crate) async fn the_quota_holds_when_many_submit_at_once(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    w.submit(other).await;
    let answers = together((0..12).map(|_| {
        let runs = w.runs();
        let submission = limited(&w, w.submission(user), 3);
        async move { runs.submit(&submission).await.unwrap() }
    }))
    .await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| matches!(answer, Submitted::Accepted { .. }));
    assert_eq!(accepted.len(), 3);
    assert!(
        refused
            .iter()
            .all(|answer| *answer == Submitted::OverQuota { limit: 3 })
    );
}

pub(crate) async fn a_refused_submission_leaves_nothing(w: World) {
    let user = w.user().await;
    let refused = limited(&w, w.submission(user), 0);
    let answer = w.runs().submit(&refused).await.unwrap();
    assert_eq!(answer, Submitted::OverQuota { limit: 0 });
    assert_eq!(w.runs().run(user, refused.run_id).await.unwrap(), None);
    assert!(w.log(refused.new_conversation_id).await.is_empty());
    let newest = w.conversations().newest_conversation(user).await.unwrap();
    assert_eq!(newest, None);
    w.accept(&limited(&w, refused, 1)).await;
}

pub(crate) async fn an_ended_run_makes_room_in_the_quota(w: World) {
    let user = w.user().await;
    let (run, _) = w.accept(&limited(&w, w.submission(user), 1)).await;
    let next = limited(&w, w.submission(user), 1);
    let full = Submitted::OverQuota { limit: 1 };
    assert_eq!(w.runs().submit(&next).await.unwrap(), full);
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    assert_eq!(
        w.runs().submit(&next).await.unwrap(),
        full,
        "running counts"
    );
    w.finish(run, epoch).await;
    w.accept(&next).await;
}

pub(crate) async fn a_repeated_submission_needs_no_quota(w: World) {
    let user = w.user().await;
    let submission = limited(&w, w.submission(user), 1);
    let (run_id, conversation_id) = w.accept(&submission).await;
    let repeated = Submitted::Accepted {
        run_id,
        conversation_id,
        repeated: true,
    };
    assert_eq!(w.runs().submit(&submission).await.unwrap(), repeated);
    w.complete(run_id).await;
    assert_eq!(w.runs().submit(&submission).await.unwrap(), repeated);
}
