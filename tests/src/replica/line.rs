//! A line over loopback to a server that is started for each connection, as inetd would, and that breaks where a test says.

use std::{
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// What happens when so many bytes have gone over the line.
pub struct Cut {
    /// So many, both ways together, of all connections.
    pub after: u64,
    /// Called once, by then.
    pub then: Box<dyn FnOnce() + Send>,
    /// Whether the line is dead from then on.
    pub breaks: bool,
}

/// The line. Dropped, it ends all its connections and their servers.
pub struct Line {
    /// Its port on 127.0.0.1.
    pub port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    bytes: AtomicU64,
    cut: Mutex<Option<Cut>>,
    servers: Mutex<Vec<Child>>,
    is_dead: std::sync::atomic::AtomicBool,
}

impl Line {
    /// Serves each connection with a process of its own, which has the connection as standard input and output.
    pub async fn to(server: impl Fn() -> Command + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state: Arc<State> = Arc::default();
        let task = tokio::spawn({
            let state = state.clone();
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    if state.is_dead.load(Ordering::SeqCst) {
                        continue;
                    }
                    connect(client, server(), &state).await;
                }
            }
        });
        Self { port, state, task }
    }

    /// Bytes that have gone over it, both ways, since [`Line::mend`].
    pub fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::SeqCst)
    }

    /// Counts from nothing, and cuts where it is told.
    pub fn mend(&self, cut: Option<Cut>) {
        self.state.bytes.store(0, Ordering::SeqCst);
        *self.state.cut.lock().unwrap() = cut;
        self.state.is_dead.store(false, Ordering::SeqCst);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
        for server in &mut *self.state.servers.lock().unwrap() {
            // An error says that it has ended already.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// A server wants a real socket.
async fn connect(client: TcpStream, mut server: Command, state: &Arc<State>) {
    let inner = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let ours = TcpStream::connect(inner.local_addr().unwrap()).await.unwrap();
    let (theirs, _) = inner.accept().await.unwrap();
    let theirs = theirs.into_std().unwrap();
    theirs.set_nonblocking(false).unwrap();
    let output = OwnedFd::from(theirs.try_clone().unwrap());
    server.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::from(output)).stderr(Stdio::null());
    let child = server.spawn().unwrap();
    // The command holds the server's end; without it the end of the server ends the connection.
    drop(server);
    state.servers.lock().unwrap().push(child);
    let ((client_read, client_write), (server_read, server_write)) = (client.into_split(), ours.into_split());
    tokio::spawn(relay(client_read, server_write, state.clone()));
    tokio::spawn(relay(server_read, client_write, state.clone()));
}

async fn relay(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<State>) {
    // Small pieces, so that a cut comes where it should.
    let mut buffer = vec![0; 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if !state.let_pass(read as u64) || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

impl State {
    fn let_pass(&self, bytes: u64) -> bool {
        let passed = self.bytes.fetch_add(bytes, Ordering::SeqCst) + bytes;
        let mut cut = self.cut.lock().unwrap();
        if let Some(due) = cut.take_if(|cut| passed >= cut.after) {
            self.is_dead.store(due.breaks, Ordering::SeqCst);
            (due.then)();
        }
        !self.is_dead.load(Ordering::SeqCst)
    }
}
