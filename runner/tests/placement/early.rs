//! Idle workspaces do not wait for the runs of others.

use std::time::Duration;

use berth_domain::clock::Clock as _;
use berth_domain::ids::UserId;
use berth_domain::placement::Stage;
use berth_domain::ports::runs::Runs as _;
use berth_domain::ports::users::Users as _;
use berth_domain::run::RunState;
use berth_runner::Ended;

use crate::rig::Rig;

#[tokio::test]
async fn an_idle_workspace_is_handed_over_while_others_still_work() {
    let mut rig = Rig::new().await;
    // As long as the other's run takes.
    let mut machine = rig.machine("one").with_grace(Duration::from_mins(5));
    rig.start(&mut machine);
    let idle = rig.user;
    rig.ask(None, "hello").await;
    let busy = UserId(rig.clock.uuid());
    let name = format!("user-{busy}");
    let added = rig.store.ensure_user(&name, busy, rig.clock.now());
    added.await.unwrap();
    rig.user = busy;
    let gate = machine.file(busy, "gate");
    let (run, _) = rig
        .say(None, &format!("[[gate:{}]] done", gate.display()))
        .await;
    rig.begun(run).await;

    rig.user = idle;
    let handed = async {
        rig.stage(Stage::Released).await;
        assert!(
            !rig.store
                .run(busy, run)
                .await
                .unwrap()
                .unwrap()
                .state
                .is_final()
        );
        std::fs::write(&gate, "").unwrap();
    };
    let (ended, ()) = tokio::join!(machine.terminate(), handed);
    assert_eq!(ended, Ended::Stopped);
    let ran = rig.store.run(busy, run).await.unwrap().unwrap();
    assert_eq!(ran.state, RunState::Succeeded);
    rig.user = busy;
    assert_eq!(rig.placement().await.stage, Stage::Released);
    machine.clean().await;
}
