//! The server: sockets in front of the vendor.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::stream;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tower::ServiceExt;

use super::{
    calls::Calls,
    control,
    faults::TushareFaults,
    options::TushareOptions,
    respond::{Reply, Vendor},
};
use crate::Market;

/// A running Tushare. Dropping it closes its sockets.
///
/// It answers `POST /` and `POST /dataapi/{api_name}`, and `/_sim/*` for tests in other processes.
pub struct TushareServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    address: SocketAddr,
    vendor: Arc<Vendor>,
    commands: mpsc::UnboundedSender<Command>,
}

enum Command {
    GoDown(oneshot::Sender<()>),
    ComeBack(oneshot::Sender<io::Result<()>>),
}

impl TushareServer {
    /// Starts a server over `market`.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(market: Arc<Market>, options: TushareOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let control = options.control;
        let vendor = Arc::new(Vendor::new(market, options));
        let mut router = Router::new()
            .route("/", post(call))
            .route("/dataapi/{api_name}", post(call_of_path))
            .with_state(Arc::clone(&vendor));
        if control {
            router = router.merge(control::router(Arc::clone(&vendor)));
        }
        let (commands, inbox) = mpsc::unbounded_channel();
        tokio::spawn(serve(address, listener, router, inbox));
        Ok(Self { url: format!("http://{address}"), address, vendor, commands })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The handle that bends its answers.
    pub fn faults(&self) -> &TushareFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &Calls {
        &self.vendor.calls
    }

    /// The truth behind it.
    pub fn market(&self) -> &Arc<Market> {
        &self.vendor.market
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub async fn go_down(&self) {
        let (done, wait) = oneshot::channel();
        if self.commands.send(Command::GoDown(done)).is_ok() {
            wait.await.unwrap_or_default();
        }
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    ///
    /// If somebody else took the port in the meantime.
    pub async fn come_back(&self) -> io::Result<()> {
        let (done, wait) = oneshot::channel();
        self.commands.send(Command::ComeBack(done)).map_err(|_| io::Error::other("the server has ended"))?;
        wait.await.map_err(|_| io::Error::other("the server has ended"))?
    }
}

/// Ends when the handle is dropped, and closes everything with it.
async fn serve(
    address: SocketAddr,
    listener: TcpListener,
    router: Router,
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
                connections.spawn(serve_connection(stream, router.clone()));
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

/// Marks a response that must not be sent: the connection ends in its place.
#[derive(Clone)]
struct HangUp;

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
        tracing::debug!(%error, "tushare connection ended early");
    }
}

async fn call(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    vendor.reply(&body, None).await.into_response()
}

async fn call_of_path(State(vendor): State<Arc<Vendor>>, Path(api): Path<String>, body: Bytes) -> Response {
    vendor.reply(&body, Some(&api)).await.into_response()
}

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                          Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let status = |number| StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Json(body) => ([json], body).into_response(),
            Self::CutJson(body) => {
                let length = (header::CONTENT_LENGTH, HeaderValue::from(body.len()));
                ([json, length], cut(body)).into_response()
            }
            Self::Html(number) => {
                let html = (header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                (status(number), [html], PROXY_PAGE).into_response()
            }
            Self::Status(number) => status(number).into_response(),
            Self::Hangup => {
                let mut response = StatusCode::OK.into_response();
                response.extensions_mut().insert(HangUp);
                response
            }
        }
    }
}

/// The first half, and then an error, which makes hyper close the connection.
fn cut(mut body: Vec<u8>) -> Body {
    body.truncate(body.len() / 2);
    let parts = stream::unfold(Some(body), |first| async {
        match first {
            Some(part) => Some((Ok(part), None)),
            None => {
                // A turn of the executor, in which the first half is written out.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    });
    Body::from_stream(parts)
}
