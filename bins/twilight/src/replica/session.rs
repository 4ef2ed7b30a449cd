//! The sending side's end of a push over ssh.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
};

use anyhow::{Context as _, bail};
use warehouse::manifest::FileRef;

use super::{
    Options,
    arrival::{Arrived, Outcome},
    error::NotWhole,
    messages::{ALIVE_EVERY, Ask, SESSION_COMMAND, SILENCE_MAX, Say, Standing, VERSION},
    rsync,
};

/// A manifest of a great many files is the longest line by far.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// A conversation with `twilight replica receive` on the other host. While it lasts, that side holds its lock.
pub(super) struct Session {
    child: Child,
    input: Arc<Mutex<Option<ChildStdin>>>,
    lines: Receiver<std::io::Result<String>>,
    complaints: Receiver<String>,
    /// Dropped, it ends the thread that says that this side is still there.
    _keep_alive: Sender<()>,
}

impl Session {
    /// # Errors
    /// When ssh cannot reach the host, or what answers there is not `twilight replica receive`.
    pub(super) fn open(host: &str, options: &Options<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new(&options.config.ssh);
        command.args(rsync::ssh_arguments(options)).arg("--").arg(host).arg(SESSION_COMMAND);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("start {}", options.config.ssh.display()))?;
        let input = Arc::new(Mutex::new(child.stdin.take()));
        let lines = lines_of(child.stdout.take());
        let complaints = text_of(child.stderr.take());
        let (keep_alive, ended) = mpsc::channel();
        std::thread::spawn({
            let input = input.clone();
            move || {
                while ended.recv_timeout(ALIVE_EVERY) == Err(RecvTimeoutError::Timeout) {
                    if write(&input, &Ask::Alive).is_err() {
                        return;
                    }
                }
            }
        });
        let mut session = Self { child, input, lines, complaints, _keep_alive: keep_alive };
        match session.next()? {
            Say::Hello { version: VERSION } => Ok(session),
            Say::Hello { version } => {
                bail!(
                    "{host} speaks version {version} of the protocol, this program version {VERSION}: upgrade the older"
                )
            }
            other => bail!("{host} did not greet: {other:?}"),
        }
    }

    /// How the replica stands.
    pub(super) fn status(&mut self) -> anyhow::Result<Standing> {
        match self.ask(&Ask::Status)? {
            Say::Status(standing) => Ok(*standing),
            other => unexpected(&other),
        }
    }

    /// Takes the other side's lock.
    pub(super) fn begin(&mut self, from: &str) -> anyhow::Result<()> {
        match self.ask(&Ask::Begin { from: from.to_owned() })? {
            Say::Begun => Ok(()),
            other => unexpected(&other),
        }
    }

    /// What has to travel.
    pub(super) fn prepare(&mut self, manifest: &str, replace_newer: bool) -> anyhow::Result<Vec<FileRef>> {
        match self.ask(&Ask::Prepare { manifest: manifest.to_owned(), replace_newer })? {
            Say::Wanted(files) => Ok(files),
            other => unexpected(&other),
        }
    }

    /// Has what was sent proven and made current.
    pub(super) fn finish(&mut self, arrived: Arrived) -> anyhow::Result<Outcome> {
        match self.ask(&Ask::Finish(arrived))? {
            Say::Done(outcome) => Ok(outcome),
            Say::NotWhole(problems) => Err(NotWhole(problems).into()),
            other => unexpected(&other),
        }
    }

    fn ask(&mut self, ask: &Ask) -> anyhow::Result<Say> {
        // If it has ended, what it said last is the better message.
        let written = write(&self.input, ask);
        loop {
            match self.next() {
                Ok(Say::Alive) => {}
                Ok(Say::Failed(reason)) => bail!("the replica: {reason}"),
                Ok(answer) => return Ok(answer),
                Err(error) => return Err(written.err().map_or(error, |_| self.ended())),
            }
        }
    }

    fn next(&mut self) -> anyhow::Result<Say> {
        match self.lines.recv_timeout(SILENCE_MAX) {
            Ok(line) => {
                let line = line.context("read what the replica says")?;
                let shown: String = line.chars().take(200).collect();
                serde_json::from_str(&line).with_context(|| {
                    format!(
                        "the replica said {shown:?}: is `twilight replica receive` the forced command of this key in \
                         its authorized_keys?"
                    )
                })
            }
            Err(RecvTimeoutError::Timeout) => bail!("the replica has said nothing for {} s", SILENCE_MAX.as_secs()),
            Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
        }
    }

    /// Why there is nobody any more.
    fn ended(&mut self) -> anyhow::Error {
        let _ = self.child.kill();
        let status = self.child.wait();
        let complaints = self.complaints.recv_timeout(ALIVE_EVERY).unwrap_or_default();
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        anyhow::anyhow!("the connection to the replica ended ({status}): {}", complaints.trim().replace('\n', "; "))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The end of its input is what tells the other side; ssh ends with it.
        drop(self.input.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unexpected<T>(answer: &Say) -> anyhow::Result<T> {
    bail!("the replica answered something else: {answer:?}")
}

fn write(input: &Mutex<Option<ChildStdin>>, ask: &Ask) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(ask)?;
    line.push(b'\n');
    let mut input = input.lock().unwrap_or_else(PoisonError::into_inner);
    let input = input.as_mut().context("the conversation is over")?;
    input.write_all(&line).and_then(|()| input.flush()).context("speak to the replica")
}

fn lines_of(output: Option<impl std::io::Read + Send + 'static>) -> Receiver<std::io::Result<String>> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let Some(output) = output else { return };
        let mut output = BufReader::new(output);
        loop {
            let mut line = String::new();
            match output.by_ref().take(LINE_BYTES_MAX).read_line(&mut line) {
                Ok(0) => return,
                Ok(_) => drop(sender.send(Ok(line))),
                Err(error) => {
                    let _ = sender.send(Err(error));
                    return;
                }
            }
        }
    });
    lines
}

fn text_of(output: Option<impl std::io::Read + Send + 'static>) -> Receiver<String> {
    let (sender, text) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut output) = output {
            let _ = output.by_ref().take(4096).read_to_end(&mut bytes);
            let _ = std::io::copy(&mut output, &mut std::io::sink());
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}
