//! Sockets of ratchet, compressed with DEFLATE (RFC 7692), on whatever carries them. tungstenite has no compression.

use std::time::Duration;

use bytes::BytesMut;
use fastrand::Rng;
use ratchet_rs::deflate::{Deflate, DeflateConfig, DeflateExtProvider};
use ratchet_rs::{CloseCode, CloseReason, Message, PayloadType, WebSocket, WebSocketStream};

use crate::content::Content;
use crate::log::Peers;
use crate::{BYE, MESSAGES};

/// What is offered and accepted; `takeover`: each message is compressed against those before it.
pub fn extension(takeover: bool) -> DeflateExtProvider {
    DeflateExtProvider::with_config(DeflateConfig {
        request_server_no_context_takeover: !takeover,
        request_client_no_context_takeover: !takeover,
        accept_no_context_takeover: !takeover,
        ..DeflateConfig::default()
    })
}

fn close() -> CloseReason {
    CloseReason::new(CloseCode::Normal, None)
}

fn kind(content: &Content) -> PayloadType {
    if content.text { PayloadType::Text } else { PayloadType::Binary }
}

/// Answers each message with none, one or two; closes when it is told to.
pub async fn serve<S: WebSocketStream>(mut socket: WebSocket<S, Deflate>, peers: Peers) {
    let mut rng = Rng::with_seed(u64::from(peers.client));
    let mut content = BytesMut::new();
    loop {
        match socket.read(&mut content).await {
            Ok(Message::Text | Message::Binary) => {}
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Ok(Message::Close(_)) | Err(_) => return,
        }
        peers.received(&content);
        if content == BYE {
            socket.close(close()).await.unwrap();
        }
        content.clear();
        for _ in 0..[0, 1, 1, 2][rng.usize(..4)] {
            if !socket.is_active() {
                break;
            }
            let answer = Content::of(&mut rng);
            peers.sends(&answer.bytes);
            socket.write(&answer.bytes, kind(&answer)).await.unwrap();
        }
    }
}

/// Sends messages and pings; closes, or has the server close.
pub async fn call<S: WebSocketStream>(socket: WebSocket<S, Deflate>, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let (mut sender, mut receiver) = socket.split().unwrap();
    let drain = tokio::spawn(async move {
        let mut content = BytesMut::new();
        loop {
            match receiver.read(&mut content).await {
                Ok(Message::Text | Message::Binary) => content.clear(),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) | Err(_) => return,
            }
        }
    });
    for _ in 0..MESSAGES {
        let content = Content::of(&mut rng);
        sender.write(&content.bytes, kind(&content)).await.unwrap();
        if rng.u8(..10) == 0 {
            sender.write_ping(b"ping").await.unwrap();
        }
        tokio::time::sleep(Duration::from_micros(rng.u64(..4000))).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    if seed % 2 == 0 {
        sender.close(close()).await.unwrap();
    } else {
        sender.write_text(BYE).await.unwrap();
    }
    drain.await.unwrap();
}
