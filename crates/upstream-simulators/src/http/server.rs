//! A router behind a socket that can be taken away.

use std::{convert::Infallible, future::Future, io, net::SocketAddr};

use axum::{Router, body::Body};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tower::ServiceExt;

use super::reply::HangUp;

/// A running server. Dropping it closes its sockets.
pub(crate) struct HttpServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    commands: mpsc::UnboundedSender<Command>,
}

enum Command {
    GoDown(oneshot::Sender<()>),
    ComeBack(oneshot::Sender<io::Result<()>>),
}

impl HttpServer {
    /// Serves `router` on `address`; port 0 lets the kernel choose.
    pub(crate) async fn start(address: SocketAddr, router: Router) -> io::Result<Self> {
        Self::start_with(address, move |stream| serve_connection(stream, router.clone())).await
    }

    /// Hands every connection on `address` to `connection`; port 0 lets the kernel choose.
    pub(crate) async fn start_with<Serving>(
        address: SocketAddr,
        connection: impl Fn(TcpStream) -> Serving + Send + 'static,
    ) -> io::Result<Self>
    where
        Serving: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (commands, inbox) = mpsc::unbounded_channel();
        tokio::spawn(serve(address, listener, connection, inbox));
        Ok(Self { url: format!("http://{address}"), address, commands })
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub(crate) async fn go_down(&self) {
        let (done, wait) = oneshot::channel();
        if self.commands.send(Command::GoDown(done)).is_ok() {
            wait.await.unwrap_or_default();
        }
    }

    /// Listens again on the same address. Fails if somebody else took the port in the meantime.
    pub(crate) async fn come_back(&self) -> io::Result<()> {
        let (done, wait) = oneshot::channel();
        self.commands.send(Command::ComeBack(done)).map_err(|_| io::Error::other("the server has ended"))?;
        wait.await.map_err(|_| io::Error::other("the server has ended"))?
    }
}

/// Ends when the handle is dropped, and closes everything with it.
async fn serve<Serving: Future<Output = ()> + Send + 'static>(
    address: SocketAddr,
    listener: TcpListener,
    connection: impl Fn(TcpStream) -> Serving + Send + 'static,
    mut inbox: mpsc::UnboundedReceiver<Command>,
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
                connections.spawn(connection(stream));
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

async fn serve_connection(stream: TcpStream, router: Router) {
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move {
            let response =
                router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never: Infallible| match never {});
            if response.extensions().get::<HangUp>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            Ok(response)
        }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended early");
    }
}
