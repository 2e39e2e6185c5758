//! Cases of the port `proposals`.

use berth_domain::ids::{ConversationId, ProposalId, UserId};
use berth_domain::ports::proposals::{Decided, Decision};
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};

use crate::World;
use crate::world::agents::{hourly, spec};
use crate::world::together;

async fn propose(w: &World, user: UserId, place: ConversationId, body: ProposalBody) -> Proposal {
    w.pass(1);
    let proposal = Proposal {
        id: w.id(),
        user_id: user,
        conversation_id: place,
        run_id: w.id(),
        body,
        state: ProposalState::Open,
        agent_id: None,
        created_at: w.now(),
        decided_at: None,
    };
    w.proposals().add_proposal(&proposal).await.unwrap();
    proposal
}

fn agent() -> ProposalBody {
    ProposalBody::Agent {
        agent: spec("제안"),
        schedule: Some(hourly()),
    }
}

async fn find(w: &World, user: UserId, id: ProposalId) -> Option<Proposal> {
    w.proposals().proposal(user, id).await.unwrap()
}

pub(crate) async fn a_proposal_comes_back_as_it_was_made(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (_, place) = w.submit(user).await;
    let unscheduled = ProposalBody::Agent {
        agent: spec("'\"; --"),
        schedule: None,
    };
    let schedule = ProposalBody::Schedule {
        agent_id: w.id(),
        schedule: hourly(),
    };
    let mut made = Vec::new();
    for body in [agent(), unscheduled, schedule] {
        made.push(propose(&w, user, place, body).await);
    }
    for proposal in &made {
        assert_eq!(find(&w, user, proposal.id).await.as_ref(), Some(proposal));
        assert_eq!(find(&w, other, proposal.id).await, None);
    }
    let (_, elsewhere) = w.submit(user).await;
    propose(&w, user, elsewhere, agent()).await;
    let within = async |user| {
        let found = w.proposals().proposals_in(user, place).await;
        found.unwrap()
    };
    assert_eq!(within(user).await, made);
    assert!(within(other).await.is_empty());
    // Stored again, by a runner that did not hear the answer.
    w.proposals().add_proposal(&made[0]).await.unwrap();
    assert_eq!(within(user).await.len(), 3);
}

pub(crate) async fn open_proposals_come_newest_first(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (_, place) = w.submit(user).await;
    let (_, theirs) = w.submit(other).await;
    let a = propose(&w, user, place, agent()).await;
    let decided = propose(&w, user, place, agent()).await;
    let b = propose(&w, user, place, agent()).await;
    propose(&w, other, theirs, agent()).await;
    let answer = w
        .proposals()
        .decide(user, decided.id, &Decision::Decline, w.now())
        .await;
    assert!(matches!(answer.unwrap(), Decided::Done(_)));
    let open = async |limit| w.proposals().open_proposals(user, limit).await.unwrap();
    assert_eq!(open(10).await, [b.clone(), a]);
    assert_eq!(open(1).await, [b]);
}

pub(crate) async fn a_proposal_is_decided_once(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (_, place) = w.submit(user).await;
    let proposal = propose(&w, user, place, agent()).await;
    let confirm = |name| Decision::Confirm {
        agent: w.id(),
        saved: Box::new(ProposalBody::Agent {
            agent: spec(name),
            schedule: None,
        }),
    };
    w.pass(1);
    let decide = async |user, decision: &Decision| {
        let decided = w
            .proposals()
            .decide(user, proposal.id, decision, w.now())
            .await;
        decided.unwrap()
    };
    let edited = confirm("edited before it was saved");
    assert_eq!(decide(other, &edited).await, Decided::Unknown);
    let first = decide(user, &edited).await;
    let Decision::Confirm { agent, saved } = edited else {
        unreachable!("it confirms")
    };
    let expected = Box::new(Proposal {
        state: ProposalState::Confirmed,
        agent_id: Some(agent),
        decided_at: Some(w.now()),
        body: *saved,
        ..proposal.clone()
    });
    assert_eq!(first, Decided::Done(expected.clone()));
    w.pass(1);
    let again = decide(user, &confirm("too late")).await;
    assert_eq!(again, Decided::Done(expected.clone()));
    let other_way = decide(user, &Decision::Decline).await;
    assert_eq!(other_way, Decided::Otherwise(expected.clone()));
    assert_eq!(find(&w, user, proposal.id).await, Some(*expected));
}

pub(crate) async fn confirming_races_with_declining(w: World) {
    let user = w.user().await;
    let (_, place) = w.submit(user).await;
    let proposal = propose(&w, user, place, agent()).await;
    let confirm = Decision::Confirm {
        agent: w.id(),
        saved: Box::new(agent()),
    };
    let ways = [confirm, Decision::Decline];
    let answers = together((0..8).map(|number| {
        let (proposals, id, now) = (w.proposals(), proposal.id, w.now());
        let decision = ways[number % 2].clone();
        async move {
            let answer = proposals.decide(user, id, &decision, now).await;
            (decision.state(), answer.unwrap())
        }
    }))
    .await;
    let stands = find(&w, user, proposal.id).await.unwrap();
    assert_ne!(stands.state, ProposalState::Open);
    for (wanted, answer) in answers {
        let stands = Box::new(stands.clone());
        let expected = if wanted == stands.state {
            Decided::Done(stands)
        } else {
            Decided::Otherwise(stands)
        };
        assert_eq!(answer, expected);
    }
}

pub(crate) async fn a_deleted_conversation_takes_its_proposals_along(w: World) {
    let user = w.user().await;
    let (run, place) = w.submit(user).await;
    let proposal = propose(&w, user, place, agent()).await;
    w.complete(run).await;
    let deleted = w.conversations().delete_conversation(user, place).await;
    assert_eq!(deleted.unwrap(), Some(true));
    assert_eq!(find(&w, user, proposal.id).await, None);
    assert!(
        w.proposals()
            .open_proposals(user, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
