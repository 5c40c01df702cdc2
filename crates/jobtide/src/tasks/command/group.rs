//! The processes of one program, ended together.
//!
//! They are a process group whose leader is a shell that reads from a pipe of this process. Its end of file
//! is the order to end the group: the pipe is closed where the program is given up, and by the system where
//! this process dies, however it does. While the leader lives, no other process gets the group's id.

use std::io;

use tokio::process::{Child, Command};

/// SIGTERM, and two seconds later SIGKILL, which ends the leader too.
#[cfg(unix)]
const LEADER: &str = "trap '' HUP INT TERM; read -r _; kill -s TERM 0; sleep 2; kill -s KILL 0";

/// Dropping it ends all processes of the group; [`Group::release`] leaves them alone.
pub(super) struct Group {
    leader: Option<Child>,
}

impl Group {
    /// A group without a program yet.
    #[cfg(unix)]
    pub(super) fn start() -> io::Result<Self> {
        use std::process::Stdio;
        let mut leader = Command::new("/bin/sh");
        leader.args(["-c", LEADER]).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            leader.env("PATH", path);
        }
        leader
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        Ok(Self {
            leader: Some(leader.spawn()?),
        })
    }

    #[cfg(not(unix))]
    pub(super) fn start() -> io::Result<Self> {
        Ok(Self { leader: None })
    }

    /// A program that is started by `command` is part of the group.
    pub(super) fn of(&self, command: &mut Command) {
        #[cfg(unix)]
        {
            let id = self.leader.as_ref().and_then(Child::id);
            if let Some(id) = id.and_then(|id| i32::try_from(id).ok()) {
                command.process_group(id);
            }
        }
        #[cfg(not(unix))]
        command.kill_on_drop(true);
    }

    /// Leaves what still runs alone: the program has ended by itself.
    pub(super) async fn release(mut self) {
        if let Some(leader) = &mut self.leader {
            // It has nothing of its own to lose; one that is gone already needs no end.
            leader.start_kill().ok();
            leader.wait().await.ok();
        }
    }
}
