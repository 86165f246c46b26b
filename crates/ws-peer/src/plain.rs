//! Sockets of tungstenite, on whatever carries them.

use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use futures_util::{Sink, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::content::Content;
use crate::log::Peers;
use crate::{BYE, MESSAGES};

/// Answers each message with none, one or two; closes when it is told to.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>, peers: Peers) {
    let mut rng = Rng::with_seed(u64::from(peers.client));
    while let Some(Ok(message)) = socket.next().await {
        if !message.is_text() && !message.is_binary() {
            continue;
        }
        let content = message.into_data();
        peers.received(&content);
        if content == BYE {
            socket.close(None).await.unwrap();
            continue;
        }
        for _ in 0..[0, 1, 1, 2][rng.usize(..4)] {
            let answer = Content::of(&mut rng);
            peers.sends(&answer.bytes);
            send(&mut socket, answer, &mut rng).await;
        }
        if rng.u8(..20) == 0 {
            socket.send(Message::Ping(Bytes::from_static(b"still there?"))).await.unwrap();
        }
    }
    let _ = socket.get_mut().shutdown().await;
}

/// Sends messages, some in fragments, and pings; closes, or has the server close.
pub async fn call<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(socket: WebSocketStream<S>, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let (mut sink, mut stream) = socket.split();
    let drain = tokio::spawn(async move {
        while let Some(Ok(_)) = stream.next().await {}
        stream
    });
    for _ in 0..MESSAGES {
        send(&mut sink, Content::of(&mut rng), &mut rng).await;
        if rng.u8(..10) == 0 {
            sink.send(Message::Ping(Bytes::new())).await.unwrap();
        }
        tokio::time::sleep(Duration::from_micros(rng.u64(..4000))).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let last = if seed % 2 == 0 { Message::Close(None) } else { Message::text(BYE) };
    sink.send(last).await.unwrap();
    let stream = drain.await.unwrap();
    let _ = stream.reunite(sink).unwrap().get_mut().shutdown().await;
}

/// One in ten goes in fragments, with a ping between two of them.
async fn send(sink: &mut (impl Sink<Message, Error = Error> + Unpin), content: Content, rng: &mut Rng) {
    if rng.u8(..10) != 0 {
        let message = if content.text { Message::text(content.as_text()) } else { Message::Binary(content.bytes) };
        return sink.send(message).await.unwrap();
    }
    let pieces = content.pieces(rng);
    let first = if content.text { Data::Text } else { Data::Binary };
    for (at, piece) in pieces.iter().enumerate() {
        let opcode = OpCode::Data(if at == 0 { first } else { Data::Continue });
        let frame = Frame::message(piece.clone(), opcode, at + 1 == pieces.len());
        sink.send(Message::Frame(frame)).await.unwrap();
        if at == 1 {
            sink.send(Message::Ping(Bytes::from_static(b"between"))).await.unwrap();
        }
    }
}
