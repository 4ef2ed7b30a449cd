//! The listening socket, and everything that keeps or closes it.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{calls::TdxCalls, connection, control, faults::TdxFaults, options::TdxOptions, vendor::Vendor};
use crate::Market;

/// A running TDX server. Dropping it closes its sockets.
pub struct TdxServer {
    /// Where it listens, `127.0.0.1:…`: the spelling in which clients are told of servers.
    pub host: String,
    /// Where `/_sim/*` answers, `http://127.0.0.1:…`, if the options want it.
    pub control_url: Option<String>,
    address: SocketAddr,
    vendor: Arc<Vendor>,
    switch: Switch,
}

enum Command {
    GoDown(oneshot::Sender<()>),
    ComeBack(oneshot::Sender<io::Result<()>>),
}

/// Opens and closes the listening socket. The server ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Switch(mpsc::UnboundedSender<Command>);

impl Switch {
    pub(super) async fn go_down(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.send(Command::GoDown(done)).is_ok() {
            wait.await.unwrap_or_default();
        }
    }

    pub(super) async fn come_back(&self) -> io::Result<()> {
        let (done, wait) = oneshot::channel();
        self.0.send(Command::ComeBack(done)).map_err(|_| io::Error::other("the server has ended"))?;
        wait.await.map_err(|_| io::Error::other("the server has ended"))?
    }
}

impl TdxServer {
    /// Starts a server over `market`.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(market: Arc<Market>, options: TdxOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let control = match options.control {
            true => Some(TcpListener::bind((address.ip(), 0)).await?),
            false => None,
        };
        let control_url = match &control {
            Some(listener) => Some(format!("http://{}", listener.local_addr()?)),
            None => None,
        };
        let vendor = Arc::new(Vendor::new(market, options));
        let (commands, inbox) = mpsc::unbounded_channel();
        let switch = Switch(commands);
        let mut control_task = JoinSet::new();
        if let Some(listener) = control {
            // Its own sender must not keep the server alive.
            let weak = switch.0.downgrade();
            control_task.spawn(control::serve(listener, Arc::clone(&vendor), move || weak.upgrade().map(Switch)));
        }
        tokio::spawn(serve(address, listener, Arc::clone(&vendor), inbox, control_task));
        Ok(Self { host: address.to_string(), control_url, address, vendor, switch })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The handle that bends its answers.
    pub fn faults(&self) -> &TdxFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &TdxCalls {
        &self.vendor.calls
    }

    /// The truth behind it.
    pub fn market(&self) -> &Arc<Market> {
        &self.vendor.market
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub async fn go_down(&self) {
        self.switch.go_down().await;
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    ///
    /// If somebody else took the port in the meantime.
    pub async fn come_back(&self) -> io::Result<()> {
        self.switch.come_back().await
    }
}

/// Ends when the handle is dropped, and closes everything with it.
async fn serve(
    address: SocketAddr,
    listener: TcpListener,
    vendor: Arc<Vendor>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    _control: JoinSet<()>,
) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            command = inbox.recv() => match command {
                None => return,
                Some(Command::GoDown(done)) => {
                    listener = None;
                    connections.shutdown().await;
                    // The asker may be gone; the socket is closed all the same.
                    done.send(()).unwrap_or_default();
                }
                Some(Command::ComeBack(done)) => {
                    let bound = if listener.is_some() { Ok(()) } else {
                        TcpListener::bind(address).await.map(|bound| listener = Some(bound))
                    };
                    done.send(bound).unwrap_or_default();
                }
            },
            Some(stream) = accept(listener.as_ref()) => {
                let vendor = Arc::clone(&vendor);
                connections.spawn(async move {
                    if let Err(error) = connection::serve(stream, vendor).await {
                        tracing::debug!(%error, "tdx connection ended early");
                    }
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}
