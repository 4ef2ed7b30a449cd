//! `--check-health`: a daemon's own binary asks the running one whether it lives, so that an image needs no other client.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::config::{Config, reachable};

/// Bound on the whole question, so that a caller with a bound of five seconds still gets the reason.
const PATIENCE: Duration = Duration::from_secs(3);
/// A status line is a tenth of this.
const HEAD_MOST: usize = 512;

/// Why a daemon counts as dead.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// The configuration lets the system choose its port, or there is no such daemon.
    #[error("nobody can tell where it listens: its configuration names no port")]
    UnknownPort,
    /// Nobody listens there, or not as a daemon does.
    #[error("http://{asked}/healthz: {reason}")]
    NoAnswer {
        /// Who was asked.
        asked: SocketAddr,
        /// What happened.
        reason: String,
    },
}

/// Asks the daemon whose section is `daemon` (`"warehouse-api"`), on this host, for `/healthz`. None of its secrets is
/// needed. An address of all interfaces is asked by the loopback one.
///
/// # Errors
/// When the answer is not 200 within three seconds.
pub async fn check(config: &Config, daemon: &str) -> Result<(), Unhealthy> {
    ask(config.listen(daemon).ok_or(Unhealthy::UnknownPort)?).await
}

async fn ask(listen: SocketAddr) -> Result<(), Unhealthy> {
    let asked = reachable(listen).ok_or(Unhealthy::UnknownPort)?;
    let answered = timeout(PATIENCE, status_line(asked)).await;
    let answered = answered.map_err(|_| format!("no answer within {PATIENCE:?}"));
    let line = answered.and_then(|line| line.map_err(|error| error.to_string()));
    let line = line.map_err(|reason| Unhealthy::NoAnswer { asked, reason })?;
    let mut words = line.split(' ');
    match (words.next(), words.next()) {
        (Some("HTTP/1.1"), Some("200")) => Ok(()),
        _ => Err(Unhealthy::NoAnswer { asked, reason: format!("it answers {line:?}") }),
    }
}

/// The first line of the answer, at most [`HEAD_MOST`] bytes of it.
async fn status_line(asked: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(asked).await?;
    let question = format!("GET /healthz HTTP/1.1\r\nhost: {asked}\r\nconnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut head = Vec::new();
    while head.len() < HEAD_MOST && !head.contains(&b'\n') {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    head.truncate(HEAD_MOST);
    let line = String::from_utf8_lossy(&head);
    Ok(line.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server of one answer, listening on every address.
    async fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = [0; 256];
            assert_ne!(stream.read(&mut question).await.unwrap(), 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn a_daemon_that_listens_everywhere_is_asked_on_loopback() {
        let address = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        assert!(address.ip().is_unspecified());
        ask(address).await.unwrap();
    }

    #[tokio::test]
    async fn any_other_answer_is_the_reason() {
        let told = ask(answering("HTTP/1.1 503 Service Unavailable\r\n\r\n").await).await.unwrap_err().to_string();
        assert!(told.contains("503 Service Unavailable"), "{told}");
        let told = ask(answering("SSH-2.0-OpenSSH_9.2\r\n").await).await.unwrap_err().to_string();
        assert!(told.contains("SSH-2.0"), "{told}");
        let told = ask(answering("").await).await.unwrap_err().to_string();
        assert!(told.contains("it answers \"\""), "{told}");
    }

    #[tokio::test]
    async fn nobody_there_and_no_port_are_told_apart() {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let told = ask(address).await.unwrap_err().to_string();
        assert!(told.contains(&format!("http://{address}/healthz")) && told.contains("refused"), "{told}");
        assert!(matches!(ask(([127, 0, 0, 1], 0).into()).await, Err(Unhealthy::UnknownPort)));
    }

    #[tokio::test]
    async fn a_daemon_is_found_by_its_section_without_its_secrets() {
        let listen = answering("HTTP/1.1 200 OK\r\n\r\n").await;
        // Not one of these files is there.
        let text = format!("[gateway-proxy]\nlisten = \"{listen}\"\nadmin_token_file = \"/nowhere/token\"\n");
        let config = Config::from_toml(&text, "test", &crate::config::Environment::default()).unwrap();
        check(&config, "gateway-proxy").await.unwrap();
        assert!(matches!(check(&config, "gateway").await, Err(Unhealthy::UnknownPort)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_daemon_that_hangs_is_given_three_seconds() {
        // The system accepts for a listener that never does.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let told = ask(listener.local_addr().unwrap()).await.unwrap_err().to_string();
        assert!(told.contains("no answer within 3s"), "{told}");
    }
}
