//! `ws-peer PORT FOLDER`: WebSocket servers on four ports from PORT on, and clients of each. What the servers sent and received
//! goes to FOLDER/server.log and FOLDER/requests.log ([`log`]).
//!
//! | port | what |
//! |---|---|
//! | PORT | tungstenite, not compressed, messages in fragments |
//! | PORT + 1 | ratchet, compressed, each message against those before it |
//! | PORT + 2 | ratchet, compressed, each message for itself |
//! | PORT + 3 | HTTP/2 without TLS: both libraries on streams of `h2`, several on a connection, beside other requests |

mod compressed;
mod content;
mod http1;
mod http2;
mod log;
mod plain;
mod tunnel;

use std::future::Future;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::log::{Log, Peers};

/// Messages that each client sends.
pub const MESSAGES: usize = 150;
/// What a client sends that wants the server to close.
pub const BYE: &str = "bye";

/// Serves every connection to `port` with `one`.
async fn serve<F: Future<Output = ()> + Send>(
    port: u16,
    log: Log,
    one: impl Fn(TcpStream, Peers) -> F + Copy + Send + 'static,
) where
    F: 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, from) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(one(stream, Peers { server: port, client: from.port(), log: log.clone() }));
        }
    });
}

/// A client's connection to `port`.
async fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, port, folder] = &args[..] else {
        eprintln!("ws-peer PORT FOLDER");
        std::process::exit(2);
    };
    let port: u16 = port.parse().unwrap();
    let log = Log::create(folder);
    serve(port, log.clone(), http1::serve_plain).await;
    serve(port + 1, log.clone(), |stream, peers| http1::serve_compressed(stream, peers, true)).await;
    serve(port + 2, log.clone(), |stream, peers| http1::serve_compressed(stream, peers, false)).await;
    serve(port + 3, log, http2::serve).await;

    let mut clients: Vec<JoinHandle<()>> = Vec::new();
    for seed in 0..4 {
        clients.push(tokio::spawn(http1::call_plain(port, seed)));
        clients.push(tokio::spawn(http1::call_compressed(port + 1, seed, true)));
        clients.push(tokio::spawn(http1::call_compressed(port + 2, seed, false)));
    }
    for seed in 0..2 {
        clients.push(tokio::spawn(http2::call(port + 3, seed * 10)));
    }
    for client in clients {
        client.await.unwrap();
    }
}
