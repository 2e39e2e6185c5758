//! Who a process in a workspace is, and what it finds there.

use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::workspaces::WorkspaceError;
use berth_supervisor_protocol::{Client, ClientError, Folder, ProcessId, ProcessSpec};

use super::{Workspaces, files};
use crate::engine::{AgentAccount, WorkspacePaths};

/// Which agent a process works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentSeat {
    pub id: AgentId,
    /// Counts the user's agents from 1 and is given to none twice: what one agent left, no other finds.
    pub number: u32,
}

impl Workspaces {
    /// Ends whatever an agent still does and deletes what it had of its own; see [`Account::clear`]. For an agent that is
    /// no more. Wakes the workspace.
    pub async fn forget_agent(&self, user: UserId, agent: AgentSeat) -> Result<(), WorkspaceError> {
        let berth = self.acquire(user).await?;
        let account = berth.account(Some(agent));
        let forget = async {
            account.end(berth.client()).await?;
            account.clear(berth.client()).await
        };
        files::once(&berth, "forget agent", forget.await)
    }
}

/// A user inside the workspace, with the folders that belong to them.
///
/// An agent has a uid, a home and a folder for temporary files of its own, which the user's other agents and the chat
/// cannot look into. Its folder in the workspace is for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// User and group; `None` where everything runs as the supervisor's own.
    pub user: Option<(u32, u32)>,
    /// As the account's processes see them: `home` is the account's.
    pub paths: WorkspacePaths,
    /// Where its processes begin; absolute.
    pub cwd: String,
    /// The same, relative to the workspace: what the file calls take. Empty for the workspace itself.
    pub folder: String,
    folders: Vec<Folder>,
    scratch: Option<String>,
}

impl Account {
    pub(super) fn of_chat(user: Option<(u32, u32)>, paths: &WorkspacePaths) -> Self {
        Self {
            user,
            paths: paths.clone(),
            cwd: paths.workspace.clone(),
            folder: String::new(),
            // Its home holds its conversations: not for agents either.
            folders: vec![Folder::private(&paths.home)],
            scratch: None,
        }
    }

    pub(super) fn of_agent(seat: AgentSeat, agent: AgentAccount, paths: &WorkspacePaths) -> Self {
        let folder = format!("agent-{}", seat.id);
        let cwd = format!("{}/{folder}", paths.workspace);
        let folders = vec![
            Folder::private(&agent.home),
            Folder::private(&agent.scratch),
            Folder::shared(&cwd),
        ];
        Self {
            user: agent.user,
            paths: WorkspacePaths {
                home: agent.home,
                ..paths.clone()
            },
            cwd,
            folder,
            folders,
            scratch: Some(agent.scratch),
        }
    }

    /// Makes `spec` a process of this account: user, folders, where it begins, where temporary files go. To be called
    /// after `spec.env` is set. The rest of the environment is the caller's: `HOME` is [`WorkspacePaths::home`].
    pub fn put_into(&self, spec: &mut ProcessSpec) {
        (spec.uid, spec.gid) = self.user.unzip();
        spec.cwd.clone_from(&self.cwd);
        spec.folders.clone_from(&self.folders);
        if let Some(scratch) = &self.scratch {
            // Claude Code and others make folders of fixed names in /tmp, which only the first to come could use.
            spec.env.insert("TMPDIR".to_owned(), scratch.clone());
        }
    }

    /// Ends everything that runs as this account, however it was started, and forgets those processes. Answers once
    /// nothing is left. Where accounts have no users of their own it does nothing: there each process has to be removed.
    pub async fn end(&self, client: &Client) -> Result<(), ClientError> {
        match self.user {
            Some((uid, _)) => client.end_user(uid).await,
            None => Ok(()),
        }
    }

    /// Deletes what an agent has of its own, home and temporary files; its folder in the workspace is the user's. For an
    /// agent that is no more, after [`Account::end`]. Nothing happens to the chat's.
    pub async fn clear(&self, client: &Client) -> Result<(), ClientError> {
        let Some(scratch) = &self.scratch else {
            return Ok(());
        };
        let id = ProcessId::new(format!("clear.{}", self.folder))
            .map_err(|error| ClientError::Protocol(error.to_string()))?;
        // As the agent: it may delete what is its own, and nothing else. Caches can be read-only.
        let line = r#"chmod -R u+rwX -- "$@" && find "$@" -mindepth 1 -delete"#;
        let argv = ["/bin/sh", "-c", line, "clear", &self.paths.home, scratch];
        let mut spec = ProcessSpec::new(id, argv);
        spec.env
            .insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
        self.put_into(&mut spec);
        // Not its folder in the workspace, which may be deleted already and stays so.
        spec.folders.retain(|folder| folder.path != self.cwd);
        "/".clone_into(&mut spec.cwd);
        client.start(&spec).await?;
        let ended = client.wait(&spec.id).await?;
        client.remove(&spec.id).await?;
        match ended {
            Some(process) if process.exit_code != Some(0) => Err(ClientError::Protocol(format!(
                "the agent's home was not cleared: {}",
                process.stderr_tail
            ))),
            _ => Ok(()),
        }
    }
}
