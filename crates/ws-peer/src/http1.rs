//! WebSockets as HTTP/1 opens them: one on a connection.

use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};
use ratchet_rs::{SubprotocolRegistry, WebSocketConfig};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::log::Peers;
use crate::{compressed, connect, plain};

pub async fn serve_plain(stream: TcpStream, peers: Peers) {
    plain::serve(tokio_tungstenite::accept_async(stream).await.unwrap(), peers).await;
}

pub async fn serve_compressed(stream: TcpStream, peers: Peers, takeover: bool) {
    let (config, extension) = (WebSocketConfig::default(), compressed::extension(takeover));
    let upgrader = ratchet_rs::accept_with(stream, config, extension, SubprotocolRegistry::default()).await.unwrap();
    compressed::serve(upgrader.upgrade().await.unwrap().into_websocket(), peers).await;
}

fn url(port: u16, seed: u64) -> String {
    format!("ws://127.0.0.1:{port}/v1/live/{seed}")
}

fn bearer(seed: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer made-{seed}")).unwrap()
}

pub async fn call_plain(port: u16, seed: u64) {
    let mut request = url(port, seed).into_client_request().unwrap();
    request.headers_mut().insert(AUTHORIZATION, bearer(seed));
    let (socket, _) = tokio_tungstenite::client_async(request, connect(port).await).await.unwrap();
    plain::call(socket, seed).await;
}

pub async fn call_compressed(port: u16, seed: u64, takeover: bool) {
    let request = Request::get(url(port, seed)).header(AUTHORIZATION, bearer(seed)).body(()).unwrap();
    let (config, extension) = (WebSocketConfig::default(), compressed::extension(takeover));
    let stream = connect(port).await;
    let upgraded = ratchet_rs::subscribe_with(config, stream, request, &extension, SubprotocolRegistry::default());
    compressed::call(upgraded.await.unwrap().into_websocket(), seed).await;
}
