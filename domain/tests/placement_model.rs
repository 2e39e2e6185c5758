//! The protocol that moves a workspace between runners, explored exhaustively within bounds.
//!
//! Two runners, one workspace, one store. Runners register and renew, ask for the workspace, restore it, work in it, save it and
//! let go of it, by requests that may be lost, doubled and overtaken, and whose answers may be lost; a runner may do nothing for any
//! time (a paused machine), crash at any point, and start again on its disk. One whose registration has run out is in doubt: it asks
//! whether it is still good, and nothing else, while what it started goes on writing on its disk. The decisions are the production ones,
//! `berth_domain::placement`; modelled is what surrounds them. Files are the list of all that was ever written to them.

use berth_domain::lease::{RunnerId, TTL};
use berth_domain::placement::{self, Decision, Placement, Registration, Snapshot, Stage, Standing};
use jiff::{SignedDuration, Timestamp};
use stateright::{Checker, Model, Property};
use uuid::Uuid;

/// Steps of time in a registration: it can be young, in danger, and over.
const STEPS: u8 = 3;
const STEP: SignedDuration = SignedDuration::from_secs(TTL.as_secs() / STEPS as i64);

/// All that was written, in order: who wrote it, under which epoch.
type Files = Vec<(u8, u64)>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Call {
    Register,
    Renew,
    Place,
    Restored {
        epoch: u64,
    },
    Save {
        epoch: u64,
        number: u64,
        files: Files,
    },
    Release {
        epoch: u64,
    },
}

/// A request on its way, of one start of one runner.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Request {
    runner: u8,
    incarnation: u8,
    call: Call,
}

/// What a runner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Until(u8),
    Yours(Held, u64, Files),
    Done,
    No,
}

/// A workspace, as its holder knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Held {
    epoch: u64,
    /// Whether the store knows that the files are there.
    here: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Runner {
    incarnation: u8,
    alive: bool,
    /// Until which step its registration is good.
    until: Option<u8>,
    held: Option<Held>,
    /// The epoch it let go of last: as long as the store does not know, it would give it again.
    let_go: u64,
    /// The newest snapshot it knows of.
    number: u64,
    /// Its disk: outlives it.
    disk: Files,
    /// How much of that was written while it was in doubt.
    doubtful: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Row {
    incarnation: u8,
    until: u8,
    gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    runner: u8,
    incarnation: u8,
    epoch: u64,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Store {
    rows: [Option<Row>; 2],
    place: Option<Place>,
    /// What the newest complete snapshot holds.
    saved: Files,
    number: u64,
    /// Whether a snapshot ever lacked something of the one before.
    lost: bool,
    restores: u8,
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

#[derive(Debug, Clone, PartialEq)]
enum Action {
    Tick,
    Send(Request),
    Deliver(Request),
    DeliverUnanswered(Request),
    Lose(Request),
    Double(Request),
    Work(u8),
    Crash(u8),
    Restart(u8),
}

#[derive(Debug, Clone)]
struct Protocol {
    ticks: u8,
    crashes: u8,
    losses: u8,
    doubles: u8,
    in_flight: usize,
    writes: usize,
    epochs: u64,
}

fn instant(step: u8) -> Timestamp {
    Timestamp::UNIX_EPOCH + STEP * i32::from(step)
}

fn step(at: Timestamp) -> u8 {
    u8::try_from(at.as_second() / STEP.as_secs()).expect("a bounded time")
}

fn id(runner: u8, incarnation: u8) -> RunnerId {
    RunnerId {
        name: runner.to_string(),
        incarnation: Uuid::from_u128(u128::from(incarnation)),
    }
}

fn number(runner: &RunnerId) -> (u8, u8) {
    let incarnation = u8::try_from(runner.incarnation.as_u128()).expect("a bounded number");
    (runner.name.parse().expect("a number"), incarnation)
}

fn registration(runner: u8, row: Row) -> Registration {
    Registration {
        runner: id(runner, row.incarnation),
        address: String::new(),
        standing: if row.gone {
            Standing::Gone
        } else {
            Standing::Serving
        },
        expires_at: instant(row.until),
    }
}

fn row(registration: &Registration) -> Row {
    Row {
        incarnation: number(&registration.runner).1,
        until: step(registration.expires_at),
        gone: registration.standing == Standing::Gone,
    }
}

fn snapshot(number: u64) -> Snapshot {
    Snapshot {
        id: Uuid::nil(),
        number,
        taken_at: Timestamp::UNIX_EPOCH,
        bytes: 0,
    }
}

impl Store {
    fn row(&self, runner: u8) -> Option<Registration> {
        self.rows[usize::from(runner)].map(|row| registration(runner, row))
    }

    fn placement(&self) -> Option<Placement> {
        self.place.map(|place| Placement {
            runner: id(place.runner, place.incarnation),
            epoch: place.epoch,
            stage: place.stage,
            snapshot: Some(snapshot(self.number)),
        })
    }

    /// What an adapter does around the decisions.
    fn serve(&mut self, request: &Request, now: u8) -> Answer {
        let runner = id(request.runner, request.incarnation);
        let current = self.row(request.runner);
        match &request.call {
            Call::Register => {
                let new = placement::register(current.as_ref(), &runner, "", instant(now));
                self.answer(request.runner, new)
            }
            Call::Renew => {
                let new = placement::renew(current.as_ref(), &runner, false, instant(now));
                self.answer(request.runner, new)
            }
            Call::Place => match current.filter(|current| current.runner == runner) {
                Some(asking) => self.give(&asking, now),
                None => Answer::No,
            },
            Call::Restored { epoch } => self.record(*epoch, |store| store.stage(Stage::Here)),
            Call::Release { epoch } => self.record(*epoch, |store| store.stage(Stage::Released)),
            Call::Save {
                epoch,
                number,
                files,
            } => {
                let current = self.placement();
                if placement::may_save(current.as_ref(), *epoch, &snapshot(*number)) {
                    self.lost |= !files.starts_with(&self.saved);
                    self.saved.clone_from(files);
                    self.number = *number;
                }
                self.record(*epoch, |_| ())
            }
        }
    }

    fn answer(&mut self, runner: u8, new: Option<Registration>) -> Answer {
        let Some(new) = new else { return Answer::No };
        self.rows[usize::from(runner)] = Some(row(&new));
        Answer::Until(step(new.expires_at))
    }

    fn stage(&mut self, stage: Stage) {
        if let Some(place) = &mut self.place {
            place.stage = stage;
        }
    }

    fn record(&mut self, epoch: u64, change: impl FnOnce(&mut Self)) -> Answer {
        if !placement::may_write(self.placement().as_ref(), epoch) {
            return Answer::No;
        }
        change(self);
        Answer::Done
    }

    fn give(&mut self, asking: &Registration, now: u8) -> Answer {
        let current = self.placement();
        let holder = self.place.and_then(|place| self.row(place.runner));
        let given = placement::place(current.as_ref(), holder.as_ref(), asking, instant(now));
        match given {
            Decision::Take(new) => {
                let (runner, incarnation) = number(&new.runner);
                if let Some(old) = self.place.filter(|old| old.runner != runner)
                    && old.stage != Stage::Released
                    && let Some(row) = &mut self.rows[usize::from(old.runner)]
                {
                    row.gone = true;
                }
                self.restores += u8::from(new.stage == Stage::Moving);
                self.place = Some(Place {
                    runner,
                    incarnation,
                    epoch: new.epoch,
                    stage: new.stage,
                });
            }
            Decision::Keep => {}
            Decision::Elsewhere | Decision::Refused => return Answer::No,
        }
        self.place.map_or(Answer::No, |place| {
            let held = Held {
                epoch: place.epoch,
                here: place.stage == Stage::Here,
            };
            Answer::Yours(held, self.number, self.saved.clone())
        })
    }
}

impl Runner {
    fn serves(&self, now: u8) -> bool {
        let row = |until| Row {
            incarnation: self.incarnation,
            until,
            gone: false,
        };
        let good = |until| instant(now) < registration(0, row(until)).stop_at();
        self.alive && self.until.is_some_and(good)
    }

    /// The workspace it works in, and acts for: it claims, copies, lets calls out.
    fn works(&self, now: u8) -> Option<Held> {
        self.held.filter(|held| held.here && self.serves(now))
    }

    /// The workspace whose processes live, also in doubt: what they do stays on the disk.
    fn goes_on(&self) -> Option<Held> {
        self.held.filter(|held| held.here && self.alive)
    }

    fn calls(&self, now: u8) -> Vec<Call> {
        if !self.alive {
            return vec![];
        }
        if self.until.is_none() {
            return vec![Call::Register];
        }
        if !self.serves(now) {
            return vec![Call::Renew];
        }
        // Renewing early would change little.
        let young = self.until.is_some_and(|until| until > now + 1);
        let renew = (!young).then_some(Call::Renew);
        let others = match self.held {
            None if self.let_go > 0 => vec![Call::Place, Call::Release { epoch: self.let_go }],
            None => vec![Call::Place],
            Some(Held { epoch, here: false }) => vec![Call::Restored { epoch }],
            Some(Held { epoch, here: true }) => {
                // What has been saved is not saved again.
                let files = Some(&self.disk).filter(|disk| disk.len() as u64 > self.number);
                let save = files.map(|files| Call::Save {
                    epoch,
                    number: files.len() as u64,
                    files: files.clone(),
                });
                save.into_iter().chain([Call::Release { epoch }]).collect()
            }
        };
        renew.into_iter().chain(others).collect()
    }

    fn hear(&mut self, request: &Request, answer: Answer) {
        if !self.alive || self.incarnation != request.incarnation {
            return;
        }
        match (&request.call, answer) {
            (_, Answer::Until(until)) => self.until = Some(self.until.unwrap_or(0).max(until)),
            (_, Answer::Yours(held, number, saved)) => {
                // An answer that was overtaken by a newer one is no news.
                let known = self.held.map_or(0, |old| old.epoch).max(self.let_go);
                if held.epoch > known {
                    if !held.here {
                        (self.disk, self.doubtful) = (saved, 0);
                    }
                    (self.held, self.number) = (Some(held), number);
                }
            }
            (Call::Restored { epoch }, Answer::Done) => {
                if let Some(held) = self.held.as_mut().filter(|held| held.epoch == *epoch) {
                    held.here = true;
                }
            }
            (Call::Register | Call::Renew, Answer::No) => (self.until, self.held) = (None, None),
            (Call::Restored { .. } | Call::Save { .. }, Answer::No) => self.held = None,
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

    fn take(&mut self, request: &Request) {
        if let Ok(place) = self.network.binary_search(request) {
            self.network.remove(place);
        }
    }

    fn deliver(&mut self, request: &Request) {
        self.take(request);
        let answer = self.store.serve(request, self.now);
        self.runners[usize::from(request.runner)].hear(request, answer);
    }

    fn working(&self) -> impl Iterator<Item = &Runner> {
        let works = |runner: &&Runner| runner.works(self.now).is_some();
        self.runners.iter().filter(works)
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    /// Both have registered just now, and the first has the workspace and has saved it.
    fn init_states(&self) -> Vec<State> {
        let runner = Runner {
            incarnation: 1,
            alive: true,
            until: Some(STEPS),
            held: None,
            let_go: 0,
            number: 0,
            disk: Files::new(),
            doubtful: 0,
        };
        let first = Runner {
            held: Some(Held {
                epoch: 1,
                here: true,
            }),
            number: 1,
            disk: vec![(0, 1)],
            ..runner.clone()
        };
        let place = Place {
            runner: 0,
            incarnation: 1,
            epoch: 1,
            stage: Stage::Here,
        };
        let row = Row {
            incarnation: 1,
            until: STEPS,
            gone: false,
        };
        vec![State {
            now: 0,
            store: Store {
                rows: [Some(row); 2],
                place: Some(place),
                saved: first.disk.clone(),
                number: 1,
                ..Store::default()
            },
            runners: [first, runner],
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
            if runner.goes_on().is_some() && runner.disk.len() < self.writes {
                actions.push(Action::Work(index));
            }
            if !runner.alive {
                actions.push(Action::Restart(index));
            } else if state.crashes < self.crashes {
                actions.push(Action::Crash(index));
            }
        }
        for request in &state.network {
            actions.push(Action::Deliver(request.clone()));
            if state.losses < self.losses {
                actions.push(Action::DeliverUnanswered(request.clone()));
                actions.push(Action::Lose(request.clone()));
            }
            if state.doubles < self.doubles && room {
                actions.push(Action::Double(request.clone()));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => state.now += 1,
            Action::Send(request) if state.network.contains(&request) => return None,
            Action::Send(request) => {
                // It stops its work before it lets go.
                let runner = &mut state.runners[usize::from(request.runner)];
                match request.call {
                    Call::Release { epoch } => {
                        (runner.held, runner.let_go) = (None, epoch);
                    }
                    Call::Save { number, .. } => runner.number = number,
                    _ => {}
                }
                state.network.push(request);
            }
            Action::Deliver(request) => state.deliver(&request),
            Action::DeliverUnanswered(request) => {
                state.take(&request);
                state.store.serve(&request, state.now);
                state.losses += 1;
            }
            Action::Lose(request) => {
                state.take(&request);
                state.losses += 1;
            }
            Action::Double(request) => {
                state.network.push(request);
                state.doubles += 1;
            }
            Action::Work(index) => {
                let runner = &mut state.runners[usize::from(index)];
                let held = runner.goes_on()?;
                runner.doubtful += usize::from(!runner.serves(state.now));
                runner.disk.push((index, held.epoch));
            }
            Action::Crash(index) => {
                let runner = &mut state.runners[usize::from(index)];
                (runner.alive, runner.until, runner.held) = (false, None, None);
                runner.let_go = 0;
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
        state
            .store
            .place
            .is_none_or(|place| place.epoch <= self.epochs)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(
                "two runners never work in it at once",
                |_, state: &State| state.working().count() <= 1,
            ),
            Property::always(
                "whoever works has all that was saved",
                |_, state: &State| {
                    state
                        .working()
                        .all(|runner| runner.disk.starts_with(&state.store.saved))
                },
            ),
            Property::always(
                "no snapshot loses what one before it had",
                |_, state: &State| !state.store.lost,
            ),
            Property::sometimes("it moves with its files", |_, state: &State| {
                state.working().any(|runner| runner.disk.contains(&(1, 2)))
            }),
            Property::sometimes(
                "a snapshot of an old epoch is under way",
                |_, state: &State| {
                    let newest = state.store.place.map_or(0, |place| place.epoch);
                    let old = |request: &Request| matches!(request.call, Call::Save { epoch, .. } if epoch < newest);
                    state.network.iter().any(old)
                },
            ),
        ];
        if self.ticks > 0 {
            properties.extend(doubts());
        }
        properties
    }
}

/// What an exploration in which time passes must have met.
fn doubts() -> [Property<Protocol>; 2] {
    [
        Property::sometimes(
            "what was written in doubt is kept, where nobody has taken the workspace",
            |_, state: &State| {
                let epoch = state.store.place.map_or(0, |place| place.epoch);
                let kept = |runner: &Runner| {
                    runner.doubtful > 0 && state.store.saved.starts_with(&runner.disk)
                };
                epoch == 1 && state.working().any(kept)
            },
        ),
        Property::sometimes(
            "one is in doubt of what another works in",
            |_, state: &State| {
                let doubts =
                    |runner: &Runner| runner.goes_on().is_some() && !runner.serves(state.now);
                state.runners.iter().any(doubts) && state.working().count() == 1
            },
        ),
    ]
}

fn explore(protocol: Protocol) {
    let checked = protocol.checker().threads(2).spawn_bfs().join();
    checked.assert_properties();
    assert!(
        checked.unique_state_count() > 10_000,
        "too little was explored"
    );
}

/// Pauses and takeovers: time enough for one registration and the beginning of another.
#[test]
fn pauses_and_takeovers() {
    explore(Protocol {
        ticks: STEPS + 1,
        crashes: 0,
        losses: 1,
        doubles: 0,
        in_flight: 2,
        writes: 2,
        epochs: 3,
    });
}

/// Letting go and taking again, on a network that loses and doubles.
#[test]
fn hand_over_and_a_bad_network() {
    explore(Protocol {
        ticks: 0,
        crashes: 0,
        losses: 1,
        doubles: 1,
        in_flight: 2,
        writes: 2,
        epochs: 3,
    });
}

/// Crashes, and restarts on the same disk.
#[test]
fn crashes() {
    explore(Protocol {
        ticks: STEPS,
        crashes: 1,
        losses: 0,
        doubles: 0,
        in_flight: 2,
        writes: 2,
        epochs: 3,
    });
}
