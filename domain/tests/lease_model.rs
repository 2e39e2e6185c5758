//! The protocol of a run's lease, explored exhaustively within bounds.
//!
//! Two runners, one store. A runner claims, renews, appends and finishes by requests that may be lost, doubled and
//! overtaken, and whose answers may be lost; it may do nothing for any time between any two steps (a paused machine), crash at
//! any point, and come back as a new incarnation. One whose lease has run out does not know whether it still has the run: until it is
//! told it asks for that and nothing else, and then goes on or gives up. The decisions are the production ones, `berth_domain::lease`; modelled is
//! only what surrounds them: the store does one request at a time, and clocks do not drift.

use berth_domain::lease::{self, Lease, RunnerId, TTL};
use jiff::{SignedDuration, Timestamp};
use stateright::{Checker, Model, Property};
use uuid::Uuid;

/// Steps of time in a lease: it can be young, in danger, and over.
const STEPS: u8 = 3;
/// Length of a step.
const STEP: SignedDuration = SignedDuration::from_secs(TTL.as_secs() / STEPS as i64);

/// What a runner wants from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Call {
    Claim,
    Renew { epoch: u64 },
    Append { epoch: u64 },
    Finish { epoch: u64 },
}

/// A request on its way, of one incarnation of one runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Request {
    runner: u8,
    incarnation: u8,
    call: Call,
}

/// What a runner believes to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Held {
    epoch: u64,
    /// In steps.
    expires: u8,
}

/// A runner's process, or the lack of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Runner {
    incarnation: u8,
    alive: bool,
    held: Option<Held>,
    /// Whether what it holds was once about to run out, and is good again.
    doubted: bool,
}

/// A lease with its time in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct StoredLease {
    runner: u8,
    incarnation: u8,
    held: Held,
}

/// An event, as far as the protocol cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Written {
    seq: u64,
    /// The epoch its writer named, and the newest there was.
    epoch: u64,
    newest: u64,
    last: bool,
    /// Whether its writer had been in doubt under this epoch.
    after_doubt: bool,
}

/// The run's row and its log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Store {
    lease: Option<StoredLease>,
    last_epoch: u64,
    last_seq: u64,
    log: Vec<Written>,
    finished: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    now: u8,
    store: Store,
    runners: [Runner; 2],
    /// Sorted: the network keeps no order.
    network: Vec<Request>,
    crashes: u8,
    losses: u8,
    doubles: u8,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    Tick,
    Send(Request),
    /// The store does the request, and its answer reaches the runner.
    Deliver(Request),
    /// The store does the request, and its answer is lost.
    DeliverUnanswered(Request),
    Lose(Request),
    Double(Request),
    Crash(u8),
    Restart(u8),
}

/// How much may happen on one path.
#[derive(Debug, Clone)]
struct Protocol {
    ticks: u8,
    crashes: u8,
    losses: u8,
    doubles: u8,
    in_flight: usize,
    events: usize,
}

fn instant(step: u8) -> Timestamp {
    Timestamp::UNIX_EPOCH + STEP * i32::from(step)
}

fn step(at: Timestamp) -> u8 {
    u8::try_from(at.as_second() / STEP.as_secs()).expect("a bounded time")
}

fn runner_id(runner: u8, incarnation: u8) -> RunnerId {
    RunnerId {
        name: format!("runner-{runner}"),
        incarnation: Uuid::from_u128(u128::from(incarnation)),
    }
}

impl StoredLease {
    fn to_domain(self) -> Lease {
        Lease {
            runner: runner_id(self.runner, self.incarnation),
            epoch: self.held.epoch,
            expires_at: instant(self.held.expires),
        }
    }
}

fn held(lease: &Lease) -> Held {
    Held {
        epoch: lease.epoch,
        expires: step(lease.expires_at),
    }
}

impl Store {
    /// One transaction: what an adapter does around the decisions. Answers the lease that was given or prolonged.
    fn serve(&mut self, request: Request, after_doubt: bool, now: u8) -> Option<Held> {
        if self.finished {
            return None;
        }
        let current = self.lease.map(StoredLease::to_domain);
        match request.call {
            Call::Claim => {
                let runner = runner_id(request.runner, request.incarnation);
                let given =
                    lease::claim(current.as_ref(), self.last_epoch, &runner, instant(now)).ok()?;
                self.last_epoch = given.epoch;
                self.lease = Some(StoredLease {
                    runner: request.runner,
                    incarnation: request.incarnation,
                    held: held(&given),
                });
                Some(held(&given))
            }
            Call::Renew { epoch } => {
                let renewed = held(&lease::renew(current.as_ref(), epoch, instant(now))?);
                self.lease.as_mut()?.held = renewed;
                Some(renewed)
            }
            Call::Append { epoch } => {
                self.write(current.as_ref(), epoch, false, after_doubt);
                None
            }
            Call::Finish { epoch } => {
                self.write(current.as_ref(), epoch, true, after_doubt);
                None
            }
        }
    }

    fn write(&mut self, current: Option<&Lease>, epoch: u64, last: bool, after_doubt: bool) {
        if !lease::may_write(current, epoch) {
            return;
        }
        self.last_seq += 1;
        self.log.push(Written {
            seq: self.last_seq,
            epoch,
            newest: self.last_epoch,
            last,
            after_doubt,
        });
        if last {
            self.finished = true;
            self.lease = None;
        }
    }
}

impl Runner {
    /// What it acts under: it has fallen silent by itself before its lease can pass to another.
    fn works(&self, now: u8) -> Option<Held> {
        let held = self.held.filter(|_| self.alive)?;
        let lease = Lease {
            runner: runner_id(0, self.incarnation),
            epoch: held.epoch,
            expires_at: instant(held.expires),
        };
        (instant(now) < lease.stop_at()).then_some(held)
    }

    /// What it may ask for now. A pause is just that it does not, while time passes.
    fn calls(&self, now: u8) -> Vec<Call> {
        match (self.held, self.works(now)) {
            _ if !self.alive => vec![],
            (None, _) => vec![Call::Claim],
            // In doubt: not a claim, which would take the run from its own session.
            (Some(Held { epoch, .. }), None) => vec![Call::Renew { epoch }],
            (_, Some(Held { epoch, .. })) => vec![
                Call::Renew { epoch },
                Call::Append { epoch },
                Call::Finish { epoch },
            ],
        }
    }

    fn hear(&mut self, request: Request, answer: Option<Held>, now: u8) {
        if !self.alive || self.incarnation != request.incarnation {
            return;
        }
        match (request.call, answer) {
            // What is heard of an epoch that it does not work under any more is no news.
            (Call::Renew { epoch }, _) if self.held.is_none_or(|old| old.epoch != epoch) => {}
            (Call::Renew { .. }, Some(held)) => {
                self.doubted |= self.works(now).is_none();
                self.held = Some(held);
            }
            // An answer that was overtaken by a newer one is no news.
            (_, Some(held)) if self.held.is_none_or(|old| old.epoch <= held.epoch) => {
                (self.held, self.doubted) = (Some(held), false);
            }
            (Call::Renew { .. } | Call::Finish { .. }, None) => self.held = None,
            _ => {}
        }
    }
}

impl State {
    fn request(&self, runner: u8, call: Call) -> Request {
        Request {
            runner,
            incarnation: self.runners[usize::from(runner)].incarnation,
            call,
        }
    }

    fn take(&mut self, request: Request) {
        if let Ok(place) = self.network.binary_search(&request) {
            self.network.remove(place);
        }
    }

    fn deliver(&mut self, request: Request) {
        self.take(request);
        let answer = self.serve(request);
        let now = self.now;
        self.runners[usize::from(request.runner)].hear(request, answer, now);
    }

    fn serve(&mut self, request: Request) -> Option<Held> {
        let sender = self.runners[usize::from(request.runner)];
        let same = sender.incarnation == request.incarnation;
        self.store.serve(request, same && sender.doubted, self.now)
    }

    /// Whether one runner that lives and does its work ends the run from here within the time of a lease, whatever is still
    /// under way and whoever else holds it.
    fn recovers(&self) -> bool {
        let mut state = self.clone();
        let runner = &mut state.runners[0];
        if !runner.alive {
            runner.alive = true;
            runner.incarnation += 1;
        }
        while let Some(request) = state.network.first().copied() {
            state.deliver(request);
        }
        for _ in 0..=STEPS {
            // Whatever it is in doubt of is settled by the answer.
            while state.runners[0].works(state.now).is_none() {
                let call = state.runners[0].calls(state.now)[0];
                state.deliver(state.request(0, call));
                if call == Call::Claim {
                    break;
                }
            }
            if let Some(Held { epoch, .. }) = state.runners[0].works(state.now) {
                state.deliver(state.request(0, Call::Finish { epoch }));
            }
            state.now += 1;
        }
        state.store.finished
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let runner = Runner {
            incarnation: 1,
            alive: true,
            held: None,
            doubted: false,
        };
        vec![State {
            now: 0,
            store: Store::default(),
            runners: [runner; 2],
            network: Vec::new(),
            crashes: 0,
            losses: 0,
            doubles: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now < self.ticks {
            actions.push(Action::Tick);
        }
        let room = state.network.len() < self.in_flight;
        for (index, runner) in (0..).zip(&state.runners) {
            if room {
                let calls = runner.calls(state.now).into_iter();
                actions.extend(calls.map(|call| Action::Send(state.request(index, call))));
            }
            if !runner.alive {
                actions.push(Action::Restart(index));
            } else if state.crashes < self.crashes {
                actions.push(Action::Crash(index));
            }
        }
        for request in state.network.iter().copied() {
            actions.push(Action::Deliver(request));
            if state.losses < self.losses {
                actions.push(Action::DeliverUnanswered(request));
                actions.push(Action::Lose(request));
            }
            if state.doubles < self.doubles && room {
                actions.push(Action::Double(request));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => state.now += 1,
            // The same request twice under way is what `Double` is for.
            Action::Send(request) if state.network.contains(&request) => return None,
            Action::Send(request) => state.network.push(request),
            Action::Deliver(request) => state.deliver(request),
            Action::DeliverUnanswered(request) => {
                state.take(request);
                state.serve(request);
                state.losses += 1;
            }
            Action::Lose(request) => {
                state.take(request);
                state.losses += 1;
            }
            Action::Double(request) => {
                state.network.push(request);
                state.doubles += 1;
            }
            Action::Crash(index) => {
                let runner = &mut state.runners[usize::from(index)];
                (runner.alive, runner.held) = (false, None);
                state.crashes += 1;
            }
            Action::Restart(index) => {
                let runner = &mut state.runners[usize::from(index)];
                runner.alive = true;
                runner.incarnation += 1;
            }
        }
        state.network.sort_unstable();
        Some(state)
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.store.log.len() <= self.events
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "an accepted write has the newest epoch",
                |_, state: &State| state.store.log.iter().all(|w| w.epoch == w.newest),
            ),
            Property::always("events are numbered densely from 1", |_, state: &State| {
                (1..)
                    .zip(&state.store.log)
                    .all(|(seq, written)| written.seq == seq)
            }),
            Property::always(
                "a run finishes once, with its last event",
                |_, state: &State| {
                    let ends = state.store.log.iter().filter(|w| w.last).count();
                    let ends_last = state.store.log.last().is_some_and(|w| w.last);
                    ends == usize::from(state.store.finished) && ends_last == state.store.finished
                },
            ),
            Property::always(
                "two runners never work at the same time",
                |_, state: &State| {
                    let working = state
                        .runners
                        .iter()
                        .filter(|r| r.works(state.now).is_some());
                    state.store.finished || working.count() <= 1
                },
            ),
            Property::always("a runner that lives ends the run", |_, state: &State| {
                state.recovers()
            }),
            // What the exploration must have met; without these the properties above could hold of nothing.
            Property::sometimes("a taken-over run finishes", |_, state: &State| {
                state.store.finished && state.store.last_epoch > 1
            }),
            Property::sometimes("a run ends well after a doubt", |_, state: &State| {
                let ended = state.store.log.last().filter(|w| w.last);
                ended.is_some_and(|w| w.after_doubt && w.epoch == 1)
            }),
            Property::sometimes(
                "one is in doubt of what another works at",
                |_, state: &State| {
                    let doubts =
                        |r: &Runner| r.alive && r.held.is_some() && r.works(state.now).is_none();
                    state.runners.iter().any(doubts)
                        && state.runners.iter().any(|r| r.works(state.now).is_some())
                },
            ),
            Property::sometimes("two epochs have written", |_, state: &State| {
                state.store.log.windows(2).any(|w| w[0].epoch < w[1].epoch)
            }),
            Property::sometimes(
                "a write of an old epoch is under way",
                |_, state: &State| {
                    state.network.iter().any(|request| match request.call {
                        Call::Append { epoch } => {
                            !state.store.finished && epoch < state.store.last_epoch
                        }
                        _ => false,
                    })
                },
            ),
        ]
    }
}

fn explore(protocol: Protocol) {
    let checked = protocol.checker().threads(2).spawn_bfs().join();
    checked.assert_properties();
    assert!(
        checked.unique_state_count() > 1_000,
        "too little was explored"
    );
}

/// Pauses and takeovers: time enough for two leases, two requests under way.
#[test]
fn pauses_and_takeovers() {
    explore(Protocol {
        ticks: 2 * STEPS,
        crashes: 0,
        losses: 1,
        doubles: 1,
        in_flight: 2,
        events: 2,
    });
}

/// Crashes, restarts, and a network that loses and doubles.
#[test]
fn crashes_and_a_bad_network() {
    explore(Protocol {
        ticks: STEPS,
        crashes: 1,
        losses: 1,
        doubles: 1,
        in_flight: 2,
        events: 2,
    });
}
