use std::time::Duration;

use berth_domain::budget::{BudgetLimits, BudgetScope, PeriodLimit};
use berth_domain::lease::TTL;
use berth_domain::ports::gateway::{CallErrorKind, GatewayError, StopReason};
use berth_domain::usage::{MicroUsd, Price};

use super::model::{DELTA, HELLO, MESSAGE, START, message, model, streaming};
use super::*;

/// Until when a runner vouches.
const GOOD: Timestamp = Timestamp::constant(15, 0);
/// Longer than a call takes that is not held.
const HELD: Duration = Duration::from_millis(300);

/// What one call of [`HELLO`] reserves.
fn worst_case() -> MicroUsd {
    Price::of("claude-opus-5-5", 0).worst_case((HELLO.len() as u64).div_ceil(3), 100, false)
}

async fn limited(limits: BudgetLimits) -> (Upstream, Bench) {
    let upstream = Upstream::start(message).await;
    let address = format!("http://{}", upstream.address);
    let bench = Bench::with(
        &address,
        |grant| grant.limits = limits,
        Registries::default(),
    )
    .await;
    (upstream, bench)
}

#[tokio::test]
async fn one_micro_dollar_short_is_refused_before_the_model_is_asked() {
    let exact = worst_case();
    let short = MicroUsd(exact.0 - 1);
    let (upstream, bench) = limited(BudgetLimits {
        run: Some(short),
        ..BudgetLimits::default()
    })
    .await;
    let (status, body) = bench.ask(bench.messages(HELLO)).await;
    assert_eq!(status, 400);
    assert!(body.contains("budget of this run"), "{body}");
    assert!(upstream.asked().is_empty());
    let spend = bench.server.status(bench.run);
    assert_eq!(
        spend.stopped,
        Some(StopReason::Budget {
            scope: BudgetScope::Run
        })
    );
    let (_, bench) = limited(BudgetLimits {
        run: Some(exact),
        ..BudgetLimits::default()
    })
    .await;
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
}

#[tokio::test]
async fn fifty_parallel_calls_stay_within_the_limit() {
    // Calls settle at 5,000; what is reserved for one is less, so the last admitted may settle above its reserve.
    let cheap = r#"{"type":"message","model":"claude-opus-5-5","usage":{"input_tokens":20,"output_tokens":90}}"#;
    let upstream = Upstream::start(move |_| Response::new(crate::http::full(cheap))).await;
    let limit = MicroUsd(worst_case().0 * 7);
    let month = PeriodLimit {
        limit,
        since: Timestamp::UNIX_EPOCH,
    };
    let limits = BudgetLimits {
        user_month: Some(month),
        ..BudgetLimits::default()
    };
    let address = format!("http://{}", upstream.address);
    let bench = Bench::with(
        &address,
        |grant| grant.limits = limits,
        Registries::default(),
    )
    .await;
    let calls = (0..50).map(|_| bench.ask(bench.messages(HELLO)));
    let answers = futures::future::join_all(calls).await;
    let admitted = answers.iter().filter(|(status, _)| *status == 200).count();
    assert!((7..50).contains(&admitted), "{admitted}");
    let spend = bench.server.status(bench.run);
    assert!(spend.usage.cost_micro_usd <= limit, "{spend:?}");
    assert_eq!(usize::try_from(spend.usage.calls).unwrap(), admitted);
    assert_eq!(
        spend.stopped,
        Some(StopReason::Budget {
            scope: BudgetScope::User
        })
    );
}

#[tokio::test]
async fn a_caller_that_leaves_is_charged_what_was_seen() {
    let (bench, frames) = streaming().await;
    frames.send(START).await.unwrap();
    let mut body = bench.send(bench.messages(HELLO)).await.into_body();
    frames.send(DELTA).await.unwrap();
    body.frame().await.unwrap().unwrap();
    body.frame().await.unwrap().unwrap();
    drop(body);
    // The gateway notices when it writes the next frames.
    let writer = tokio::spawn(async move { while frames.send(DELTA).await.is_ok() {} });
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 1)
        .await;
    writer.await.unwrap();
    let entry = bench.books.entries.lock().unwrap()[0].clone();
    assert_eq!(entry.tokens.input, 1_000);
    assert!(entry.tokens.output >= 1);
}

#[tokio::test]
async fn the_end_of_a_run_cuts_its_calls_and_settles_them() {
    let (bench, frames) = streaming().await;
    frames.send(START).await.unwrap();
    let mut body = bench.send(bench.messages(HELLO)).await.into_body();
    body.frame().await.unwrap().unwrap();
    let spend = bench.server.revoke(bench.token.hash()).await;
    assert_eq!((spend.usage.calls, spend.usage.tokens.input), (1, 1_000));
    assert!(body.frame().await.unwrap().is_err());
    assert_eq!(bench.server.revoke(bench.token.hash()).await.calls, 0);
}

#[tokio::test]
async fn while_the_ledger_is_down_no_call_is_admitted_and_none_is_lost() {
    let upstream = Upstream::start(message).await;
    let address = format!("http://{}", upstream.address);
    let limits = Limits {
        hold: Duration::from_millis(50),
        ..Limits::default()
    };
    let bench = Bench::bounded(&address, |_| {}, Registries::default(), limits).await;
    bench.books.set_down(true);
    assert_eq!(
        bench.ask(bench.messages(HELLO)).await,
        (200, MESSAGE.to_owned())
    );
    let mut spend = bench.server.watch(bench.run).unwrap();
    let refused = async {
        loop {
            let (status, body) = bench.ask(bench.messages(HELLO)).await;
            if status == 503 {
                break body;
            }
        }
    };
    assert!(refused.await.contains("api_error"));
    assert_eq!(
        spend.borrow_and_update().last_error.as_ref().unwrap().kind,
        CallErrorKind::Ledger
    );
    let second = token_key().derive("process-2");
    let grant = Grant {
        run_id: RunId(Uuid::from_u128(3)),
        ..bench.grant()
    };
    assert!(matches!(
        bench.server.grant(second.hash(), grant).await,
        Err(GatewayError::Ledger(_))
    ));
    let calls = upstream.asked().len();
    bench.books.set_down(false);
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == calls)
        .await;
}

#[tokio::test]
async fn calls_wait_for_a_ledger_that_is_away_and_each_is_counted_once() {
    let (upstream, bench) = model(message).await;
    bench.books.set_down(true);
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    bench.books.refused().await;
    let calls = (0..5).map(|_| bench.ask(bench.messages(HELLO)));
    let mut calls = std::pin::pin!(futures::future::join_all(calls));
    let held = tokio::time::timeout(HELD, &mut calls).await;
    assert!(held.is_err(), "they wait");
    assert_eq!(upstream.asked().len(), 1, "outside the model");
    bench.books.set_down(false);
    for (status, _) in calls.await {
        assert_eq!(status, 200);
    }
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 6)
        .await;
    let spend = bench.server.revoke(bench.token.hash()).await;
    assert_eq!(spend.usage.calls, 6);
}

#[tokio::test]
async fn of_a_runner_in_doubt_nothing_is_let_out_or_written_down() {
    let (bench, frames) = streaming().await;
    bench.server.vouch(GOOD);
    frames.send(START).await.unwrap();
    let mut under_way = bench.send(bench.messages(HELLO)).await.into_body();
    under_way.frame().await.unwrap().unwrap();
    bench.clock.set(GOOD);
    // What was asked for before comes in; what it has cost is not written down.
    frames.send(DELTA).await.unwrap();
    drop(frames);
    while let Some(Ok(_)) = under_way.frame().await {}
    let mut calls = std::pin::pin!(bench.ask(bench.messages(HELLO)));
    let held = tokio::time::timeout(HELD, &mut calls).await;
    assert!(held.is_err(), "it waits");
    assert_eq!(bench.server.status(bench.run).usage.calls, 1);
    assert!(bench.books.entries.lock().unwrap().is_empty());
    // It was passed over.
    bench.server.revoke(bench.token.hash()).await;
    assert_eq!(calls.await.0, 401);
    assert!(bench.books.entries.lock().unwrap().is_empty());
    // Its next start says what is true of the machine, and what was spent is not forgotten.
    bench.server.vouch(GOOD + TTL);
    bench
        .books
        .until(|books| books.entries.lock().unwrap().len() == 1)
        .await;
}

#[tokio::test]
async fn what_was_held_goes_out_when_the_runner_vouches_again() {
    let (upstream, bench) = model(message).await;
    bench.server.vouch(GOOD);
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    bench.clock.set(GOOD);
    let mut held = std::pin::pin!(bench.ask(bench.messages(HELLO)));
    assert!(tokio::time::timeout(HELD, &mut held).await.is_err());
    assert_eq!(upstream.asked().len(), 1);
    // A word that was long under way says nothing new.
    bench.server.vouch(Timestamp::UNIX_EPOCH);
    assert!(tokio::time::timeout(HELD, &mut held).await.is_err());
    bench.server.vouch(GOOD + TTL);
    assert_eq!(held.await.0, 200);
}

#[tokio::test]
async fn what_was_spent_before_a_restart_counts() {
    let (_, bench) = limited(BudgetLimits::default()).await;
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    bench.server.revoke(bench.token.hash()).await;
    let run = Some(MicroUsd(5_000 + worst_case().0 - 1));
    let grant = Grant {
        limits: BudgetLimits {
            run,
            ..BudgetLimits::default()
        },
        ..bench.grant()
    };
    bench.server.grant(bench.token.hash(), grant).await.unwrap();
    assert_eq!(
        bench.server.status(bench.run).usage.cost_micro_usd,
        MicroUsd(5_000)
    );
    assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 400);
}

/// A bench of an installation with a ceiling, whose user has set `own` as their month.
async fn ceiling(month: MicroUsd, own: Option<MicroUsd>) -> (Upstream, Bench) {
    let upstream = Upstream::start(message).await;
    let address = format!("http://{}", upstream.address);
    let since = Timestamp::UNIX_EPOCH;
    let user_month = own.map(|limit| PeriodLimit { limit, since });
    let limits = Limits {
        month: Some(month),
        ..Limits::default()
    };
    let bench = Bench::bounded(
        &address,
        |grant| grant.limits.user_month = user_month,
        Registries::default(),
        limits,
    )
    .await;
    (upstream, bench)
}

#[tokio::test]
async fn nobody_raises_their_month_above_the_installations() {
    let exact = worst_case();
    let short = MicroUsd(exact.0 - 1);
    let more = MicroUsd(exact.0 * 1_000);
    for (month, own) in [(short, None), (short, Some(more)), (more, Some(short))] {
        let (upstream, bench) = ceiling(month, own).await;
        let (status, body) = bench.ask(bench.messages(HELLO)).await;
        assert_eq!(status, 400, "{month:?} {own:?}");
        assert!(body.contains("budget of this user's month"), "{body}");
        assert!(upstream.asked().is_empty());
    }
    for (month, own) in [(exact, None), (exact, Some(more)), (more, Some(exact))] {
        let (_, bench) = ceiling(month, own).await;
        assert_eq!(bench.ask(bench.messages(HELLO)).await.0, 200);
    }
}
