//! WebSockets on streams of HTTP/2 (RFC 8441), opened by an extended CONNECT: several on a connection, beside other requests.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::server::SendResponse;
use h2::{RecvStream, client, server};
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_EXTENSIONS};
use http::{Method, Request, Response};
use ratchet_rs::{ExtensionProvider as _, Role as Side, WebSocket, WebSocketConfig};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::log::Peers;
use crate::tunnel::Tunnel;
use crate::{compressed, connect, plain};

/// WebSockets on each connection, every other one compressed, and other requests beside them.
const SOCKETS: u64 = 4;
const REQUESTS: u64 = 120;

pub async fn serve(stream: TcpStream, peers: Peers) {
    let mut connection = server::Builder::new().enable_connect_protocol().handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        if request.extensions().get::<Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket") {
            tokio::spawn(serve_socket(request, respond, peers.clone()));
        } else {
            tokio::spawn(answer(request, respond, peers.clone()));
        }
    }
}

async fn serve_socket(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, peers: Peers) {
    let takeover = request.uri().path().ends_with('1');
    let agreed = compressed::extension(takeover).negotiate_server(request.headers()).unwrap();
    let mut response = Response::new(());
    if let Some((_, value)) = &agreed {
        response.headers_mut().insert(SEC_WEBSOCKET_EXTENSIONS, value.clone());
    }
    let tunnel = Tunnel::new(respond.send_response(response, false).unwrap(), request.into_body());
    match agreed {
        Some((deflate, _)) => {
            let config = WebSocketConfig::default();
            let socket = WebSocket::from_upgraded(config, tunnel, Some(deflate), BytesMut::new(), Side::Server);
            compressed::serve(socket, peers).await;
        }
        None => plain::serve(WebSocketStream::from_raw_socket(tunnel, Role::Server, None).await, peers).await,
    }
}

/// Another request: an order, or what was sent once more.
async fn answer(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, peers: Peers) {
    let path = request.uri().path().to_owned();
    let content = read(request.into_body()).await;
    let content = if content.is_empty() { Bytes::from(format!("{{\"order\":\"{path}\"}}")) } else { content };
    let response = Response::builder().header("content-type", "application/json").body(()).unwrap();
    peers.request(&path, 200, content.len());
    respond.send_response(response, false).unwrap().send_data(content, true).unwrap();
}

async fn read(mut body: RecvStream) -> Bytes {
    let mut content = BytesMut::new();
    while let Some(Ok(data)) = body.data().await {
        body.flow_control().release_capacity(data.len()).unwrap();
        content.extend_from_slice(&data);
    }
    content.freeze()
}

pub async fn call(port: u16, seed: u64) {
    let (mut requests, connection) = client::handshake(connect(port).await).await.unwrap();
    let connection = tokio::spawn(connection);
    // The answer comes behind the server's settings, which say that the protocol may be asked for.
    ask(&mut requests, port, seed, 0).await;
    assert!(requests.is_extended_connect_protocol_enabled());
    let mut all: Vec<_> =
        (seed..seed + SOCKETS).map(|seed| tokio::spawn(call_socket(requests.clone(), port, seed))).collect();
    all.push(tokio::spawn(async move {
        for n in 1..REQUESTS {
            ask(&mut requests, port, seed, n).await;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }));
    for one in all {
        one.await.unwrap();
    }
    connection.await.unwrap().unwrap();
}

async fn ask(requests: &mut SendRequest<Bytes>, port: u16, seed: u64, n: u64) {
    let post = n % 3 == 1;
    let request = Request::builder()
        .method(if post { Method::POST } else { Method::GET })
        .uri(format!("http://127.0.0.1:{port}/v1/orders/{seed}-{n}"))
        .header(AUTHORIZATION, format!("Bearer made-{seed}"))
        .body(())
        .unwrap();
    *requests = requests.clone().ready().await.unwrap();
    let (response, mut send) = requests.send_request(request, !post).unwrap();
    if post {
        send.send_data(Bytes::from(format!("{{\"n\":{n},\"note\":\"{}\"}}", "more ".repeat(n as usize * 5))), true)
            .unwrap();
    }
    read(response.await.unwrap().into_body()).await;
}

async fn call_socket(requests: SendRequest<Bytes>, port: u16, seed: u64) {
    let mut request = Request::connect(format!("http://127.0.0.1:{port}/v1/stream/{seed}"))
        .extension(Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
        .header(AUTHORIZATION, format!("Bearer made-{seed}"))
        .body(())
        .unwrap();
    let compresses = seed % 2 == 1;
    let extension = compressed::extension(seed % 10 == 1);
    if compresses {
        extension.apply_headers(request.headers_mut());
    }
    let (response, send) = requests.ready().await.unwrap().send_request(request, false).unwrap();
    let response = response.await.unwrap();
    let agreed = extension.negotiate_client(response.headers());
    let tunnel = Tunnel::new(send, response.into_body());
    if compresses {
        let deflate = agreed.unwrap().unwrap();
        let socket =
            WebSocket::from_upgraded(WebSocketConfig::default(), tunnel, Some(deflate), BytesMut::new(), Side::Client);
        compressed::call(socket, seed).await;
    } else {
        plain::call(WebSocketStream::from_raw_socket(tunnel, Role::Client, None).await, seed / 2).await;
    }
}
