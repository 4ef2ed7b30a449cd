//! A `redis-server` of one's own, for tests and the demo: a child process on a free port, with its own data folder.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::QueueError;

/// How long the server may take to answer after its start, loading its data included.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running (or deliberately stopped) private Redis with append-only file. It ends when this value is dropped.
#[derive(Debug)]
pub struct RedisServer {
    binary: PathBuf,
    port: u16,
    /// Bound to the port and never listening, for as long as this value lives: while the server is away, nobody else is given its
    /// port, neither to listen on nor as the near end of a connection. The server may bind it all the same (`SO_REUSEADDR`).
    _reserved: TcpSocket,
    child: Option<Child>,
    folder: PathBuf,
    /// Removes the folder when it is ours.
    _temporary: Option<TempDir>,
}

impl RedisServer {
    /// Starts `redis-server` from the `PATH` in a temporary folder, or the one that setup unpacked for this checkout.
    ///
    /// # Errors
    /// `NotFound` when `redis-server` is not installed; anything else the operating system says.
    pub async fn start() -> io::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("twilight-redis-").tempdir()?;
        let mut server = match Self::start_in(Path::new("redis-server"), temporary.path()).await {
            // Set at build time by scripts/setup.sh where it had to bring its own.
            Err(error) if error.kind() == io::ErrorKind::NotFound && option_env!("TWILIGHT_REDIS_SERVER").is_some() => {
                let own = option_env!("TWILIGHT_REDIS_SERVER").unwrap_or_default();
                Self::start_in(Path::new(own), temporary.path()).await?
            }
            started => started?,
        };
        server._temporary = Some(temporary);
        Ok(server)
    }

    /// Starts `binary` with its data in `folder`, which must exist and is kept.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    pub async fn start_in(binary: &Path, folder: &Path) -> io::Result<Self> {
        let reserved = TcpSocket::new_v4()?;
        reserved.set_reuseaddr(true)?;
        reserved.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = reserved.local_addr()?.port();
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        let mut server = Self { binary, port, _reserved: reserved, child: None, folder, _temporary: None };
        server.start_again().await?;
        Ok(server)
    }

    /// `redis://127.0.0.1:port/`, the same over restarts.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The child's process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts the stopped server again, on the same port and data. Does nothing when it runs.
    ///
    /// # Errors
    /// When it does not answer within 20 seconds, or ends at once.
    pub async fn start_again(&mut self) -> io::Result<()> {
        if self.child.is_some() {
            return Ok(());
        }
        let port = self.port.to_string();
        let options = [
            ["--port", &port],
            ["--bind", "127.0.0.1"],
            ["--appendonly", "yes"],
            ["--save", ""],
            ["--maxmemory-policy", "noeviction"],
            ["--logfile", "redis.log"],
        ];
        let child = Command::new(&self.binary)
            .args(options.concat())
            .arg("--dir")
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is for us; the server must outlive the workers that drain.
            .process_group(0)
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => {
                    io::Error::new(error.kind(), format!("{} is not installed", self.binary.display()))
                }
                _ => error,
            })?;
        self.child = Some(child);
        match tokio::time::timeout(PATIENCE, self.answers()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                self.kill()?;
                Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("redis-server does not answer within {PATIENCE:?}"),
                ))
            }
        }
    }

    /// Asks it to stop (SIGTERM) and waits; its data is on disk then.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn stop(&mut self) -> io::Result<()> {
        self.end(Signal::TERM)
    }

    /// Kills it (SIGKILL) and waits; up to a second of data may be lost in a power cut, none when only the process dies.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill(&mut self) -> io::Result<()> {
        self.end(Signal::KILL)
    }

    fn end(&mut self, signal: Signal) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        if let (None, Ok(pid)) = (child.try_wait()?, i32::try_from(child.id())) {
            // The child is ours and not yet waited for, so the number cannot belong to another process.
            if let Some(pid) = Pid::from_raw(pid) {
                kill_process(pid, signal)?;
            }
        }
        child.wait().map(|_| ())
    }

    /// Waits until this child, and not somebody else on the same port, answers.
    async fn answers(&mut self) -> io::Result<()> {
        let url = self.url();
        loop {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                self.child = None;
                let log = self.folder.join("redis.log");
                return Err(io::Error::other(format!("redis-server ended with {status}, see {}", log.display())));
            }
            if server_pid(&url).await.ok() == self.pid() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!("private redis-server not ended: {error}");
        }
    }
}

/// Process id of the server that answers, once it has loaded its data.
async fn server_pid(url: &str) -> Result<u32, QueueError> {
    let refused = |error: redis::RedisError| QueueError::Unreachable(error.to_string());
    let client = redis::Client::open(url).map_err(refused)?;
    let mut connection = client.get_multiplexed_async_connection().await.map_err(refused)?;
    redis::cmd("DBSIZE").query_async::<u64>(&mut connection).await.map_err(refused)?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await.map_err(refused)?;
    let pid = info.lines().find_map(|line| line.strip_prefix("process_id:")).and_then(|pid| pid.trim().parse().ok());
    pid.ok_or_else(|| QueueError::Refused("no process_id in INFO".to_owned()))
}
