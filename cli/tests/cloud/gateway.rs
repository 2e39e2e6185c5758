//! The gateway as a process, with a runner and a workspace made by the test.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_control::{RemoteGateway, path_in};
use berth_domain::budget::{BudgetLimits, BudgetScope};
use berth_domain::egress::EgressPolicy;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway as _, Grant, Registries, SOCKET_NAME, StopReason};
use berth_domain::ports::usage::UsageLedger as _;
use berth_domain::run_token::{RunToken, TokenKey};
use berth_harness::DEADLINE;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::traces::{Received, receiver};
use super::{Cloud, Role, claude};

/// What Secret Manager holds, and the model wants.
const KEY: &str = "sk-the-real-key";
/// Between two looks at something that another process does.
const LOOK: Duration = Duration::from_millis(50);

/// A runner's machine with one workspace.
struct Machine {
    cloud: Cloud,
    data: TempDir,
    model: String,
    user: UserId,
    run: RunId,
    token: RunToken,
}

impl Machine {
    async fn start() -> anyhow::Result<Self> {
        let cloud = Cloud::start().await?;
        cloud.vault.put("berth-model-key", &STANDARD.encode(KEY));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let model = format!("http://{}", listener.local_addr()?);
        let options = berth_fake_model::Options {
            key: Some(KEY.to_owned()),
            ..berth_fake_model::Options::test()
        };
        tokio::spawn(berth_fake_model::serve(
            listener,
            options,
            std::future::pending(),
        ));
        let machine = Self {
            cloud,
            data: tempfile::tempdir()?,
            model,
            user: UserId(uuid::Uuid::from_u128(1)),
            run: RunId(uuid::Uuid::from_u128(2)),
            token: TokenKey::new([7; 32]).derive("process"),
        };
        std::fs::create_dir(machine.sockets())?;
        Ok(machine)
    }

    fn sockets(&self) -> PathBuf {
        self.data.path().join("sockets")
    }

    async fn gateway(&self, changes: &[(&'static str, &str)]) -> anyhow::Result<Role> {
        let data = self.data.path().to_str().context("a path")?;
        let vault = self.cloud.vault.url();
        let vault = vault.trim_start_matches("http://");
        let mut told = vec![
            ("BERTH_DATA", data),
            ("BERTH_MODEL_URL", &self.model),
            ("BERTH_GCP_MODEL_KEY", "projects/p/secrets/berth-model-key"),
            ("SECRET_MANAGER_EMULATOR_HOST", vault),
        ];
        told.extend(changes);
        self.cloud.role("gateway", &told).await
    }

    /// A runner with the workspace open and a run granted.
    async fn runner(&self) -> anyhow::Result<RemoteGateway> {
        let runner = RemoteGateway::finding(path_in(self.data.path()), Duration::ZERO);
        let registries = Registries::default();
        runner.open(self.user, &self.sockets(), &registries).await?;
        let grant = Grant {
            run_id: self.run,
            user_id: self.user,
            agent_id: None,
            conversation_id: None,
            of_agent_run: false,
            unspent: false,
            models: None,
            limits: BudgetLimits::default(),
            egress: EgressPolicy::default(),
        };
        runner.grant(self.token.hash(), grant).await?;
        Ok(runner)
    }

    /// The answer to a model call with this token; an error while nobody listens.
    async fn call(&self, token: &str) -> anyhow::Result<(u16, String)> {
        claude::call(&self.sockets().join(SOCKET_NAME), token).await
    }

    /// Calls as Claude Code does: again, while nobody listens or the gateway says that it cannot tell yet.
    async fn call_until_taken(&self) -> anyhow::Result<u16> {
        let taken = async {
            loop {
                match self.call(self.token.expose()).await {
                    Ok((503, _)) | Err(_) => tokio::time::sleep(LOOK).await,
                    Ok((status, _)) => return status,
                }
            }
        };
        Ok(timeout(DEADLINE, taken).await?)
    }

    /// Waits until the ledger in Firestore has so many calls of the run.
    async fn until_recorded(&self, calls: u64) -> anyhow::Result<()> {
        let store = self.cloud.store().await?;
        let recorded = async {
            while store.run_total(self.run).await?.calls < calls {
                tokio::time::sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        timeout(DEADLINE, recorded).await??;
        let total = store.run_total(self.run).await?;
        ensure!(total.calls == calls, "{total:?}");
        Ok(())
    }
}

#[tokio::test]
async fn a_gateway_killed_in_mid_run_is_told_again_and_counts_each_call_once() -> anyhow::Result<()>
{
    let machine = Machine::start().await?;
    let first = machine.gateway(&[]).await?;
    assert_eq!(first.get("/healthz").await?.status(), 204);
    first.until_ready().await?;
    let runner = machine.runner().await?;
    assert_eq!(machine.call(machine.token.expose()).await?.0, 200);
    let mut figures = runner.watch(machine.run).context("granted")?;
    let one = figures.wait_for(|spend| spend.usage.calls == 1);
    timeout(DEADLINE, one).await??;
    machine.until_recorded(1).await?;
    first.kill().await?;

    let second = machine.gateway(&[]).await?;
    assert_eq!(machine.call_until_taken().await?, 200);
    let two = figures.wait_for(|spend| spend.usage.calls == 2);
    timeout(DEADLINE, two).await??;
    let last = runner.revoke(machine.token.hash()).await;
    assert_eq!(last.usage.calls, 2);
    machine.until_recorded(2).await?;
    assert!(second.terminate().await?.success());
    Ok(())
}

/// What a call may have cost that was under way when the gateway was killed is charged, once: the budget holds.
#[tokio::test]
async fn a_call_under_way_at_a_kill_is_charged_by_the_next_gateway() -> anyhow::Result<()> {
    let mut machine = Machine::start().await?;
    let answering = std::mem::take(&mut machine.model);
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    machine.model = format!("http://{}", silent.local_addr()?);
    let first = machine.gateway(&[]).await?;
    first.until_ready().await?;
    let runner = machine.runner().await?;
    let asked = async {
        let (call, asked) = (machine.call(machine.token.expose()), silent.accept());
        tokio::select! {
            ended = call => anyhow::bail!("the call is over: {ended:?}"),
            asked = asked => Ok(asked?),
        }
    };
    let _open = timeout(DEADLINE, asked).await??;
    first.kill().await?;

    machine.model = answering;
    let _second = machine.gateway(&[]).await?;
    machine.until_recorded(1).await?;
    let store = machine.cloud.store().await?;
    let charged = store.run_total(machine.run).await?;
    ensure!(charged.cost_micro_usd.0 > 0, "{charged:?}");
    assert_eq!(machine.call_until_taken().await?, 200);
    machine.until_recorded(2).await?;
    assert_eq!(runner.revoke(machine.token.hash()).await.usage.calls, 2);
    Ok(())
}

#[tokio::test]
async fn a_model_call_is_in_the_trace_of_its_run() -> anyhow::Result<()> {
    let received = Received::default();
    let url = receiver(received.clone()).await?;
    let machine = Machine::start().await?;
    let gateway = machine.gateway(&[("BERTH_TRACES", &url)]).await?;
    gateway.until_ready().await?;
    let runner = machine.runner().await?;
    assert_eq!(machine.call(machine.token.expose()).await?.0, 200);
    runner.revoke(machine.token.hash()).await;
    // What is left is sent at the end.
    assert!(gateway.terminate().await?.success());
    let received = received.lock().expect("a lock");
    let [(from, span)] = &received[..] else {
        anyhow::bail!("{received:?}");
    };
    assert_eq!(span.name, "gateway.model");
    assert!(from.contains("berth-gateway"), "{from}");
    assert_eq!(span.trace_id, machine.run.0.as_bytes());
    assert!(span.start_time_unix_nano < span.end_time_unix_nano);
    Ok(())
}

/// The key is put in by the gateway; nothing that a workspace can say or read has it.
#[tokio::test]
async fn without_a_grant_there_is_no_way_to_the_model() -> anyhow::Result<()> {
    let machine = Machine::start().await?;
    let _gateway = machine.gateway(&[]).await?;
    let runner = machine.runner().await?;
    let (status, answer) = machine.call(machine.token.expose()).await?;
    assert_eq!(status, 200);
    assert!(!answer.contains(KEY));
    runner.revoke(machine.token.hash()).await;
    for token in [machine.token.expose(), KEY, "berth_wrong"] {
        assert_eq!(machine.call(token).await?.0, 401, "{token}");
    }
    Ok(())
}

#[tokio::test]
async fn the_ceiling_of_a_month_holds_for_who_has_set_none() -> anyhow::Result<()> {
    let machine = Machine::start().await?;
    let _gateway = machine
        .gateway(&[("BERTH_MAX_MONTH_USD", "0.0001")])
        .await?;
    let runner = machine.runner().await?;
    let mut figures = runner.watch(machine.run).context("granted")?;
    let (status, answer) = machine.call(machine.token.expose()).await?;
    assert_eq!(status, 400, "{answer}");
    let scope = BudgetScope::User;
    let stopped = figures.wait_for(|spend| spend.stopped == Some(StopReason::Budget { scope }));
    timeout(DEADLINE, stopped).await??;
    Ok(())
}

/// Two gateways on one machine would take each other's sockets.
#[tokio::test]
async fn a_second_gateway_of_one_machine_does_not_start() -> anyhow::Result<()> {
    let machine = Machine::start().await?;
    let _gateway = machine.gateway(&[]).await?;
    assert!(machine.gateway(&[]).await.is_err());
    Ok(())
}
