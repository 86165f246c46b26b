//! A client and a server of HTTP/2 that others wrote (the `h2` library), in memory: what they say to one another is read
//! as if it had been captured.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{client, server};
use http::{HeaderMap, Request, Response};
use make_fixtures::{Conversation, Cut, disturb};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use super::protocols::decode;
use super::{Found, all};

/// Bytes that one end may be ahead of the other.
const ROOM: usize = 1 << 16;
const CALLS: usize = 12;

/// Who said what, in order; true for the client.
type Said = Arc<Mutex<Vec<(bool, Vec<u8>)>>>;

/// One end of the line, whose words are written down.
struct End {
    line: DuplexStream,
    client: bool,
    said: Said,
}

impl AsyncRead for End {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_read(cx, out)
    }
}

impl AsyncWrite for End {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.line).poll_write(cx, bytes);
        if let Poll::Ready(Ok(n)) = done {
            let words = bytes.get(..n).unwrap_or_default().to_vec();
            self.said.lock().unwrap_or_else(PoisonError::into_inner).push((self.client, words));
        }
        done
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(cx)
    }
}

/// Calls with content, trailers and several open at once, read in order, cut small, and out of order.
pub(super) fn calls() -> Found {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let (said, served) = runtime.block_on(talk()).map_err(|error| format!("client and server: {error}"))?;
    let ends = (([192, 0, 2, 10], 40_000), ([198, 51, 100, 20], 8080));
    let talk = said.into_iter().fold(Conversation::new(ends.0, ends.1), |talk, (client, bytes)| {
        if client { talk.client(bytes) } else { talk.server(bytes) }
    });
    let whole = talk.packets(&Cut::default());
    for packets in [talk.packets(&Cut::Mss(61)), disturb::reorder(&whole, 4, 7), whole] {
        let mut seen = decode(&packets)?.exchanges;
        seen.sort();
        let right = seen.iter().zip(&served).filter(|(seen, served)| seen == served).count();
        all(right, CALLS, "calls read")?;
    }
    Ok(format!("{CALLS} of {CALLS} calls of a client and a server of the h2 library read"))
}

/// What was said, and what the server saw of each call, sorted.
async fn talk() -> Result<(Vec<(bool, Vec<u8>)>, Vec<String>), h2::Error> {
    let said = Said::default();
    let (mine, other) = duplex(ROOM);
    let end = |line, client| End { line, client, said: Arc::clone(&said) };
    let (calling, serving) = (call(end(mine, true)), serve(end(other, false)));
    let mut serving = Box::pin(serving);
    let mut calling = Box::pin(calling);
    let mut served = None;
    let mut called = None;
    std::future::poll_fn(|cx| {
        if served.is_none()
            && let Poll::Ready(done) = serving.as_mut().poll(cx)
        {
            served = Some(done);
        }
        if called.is_none()
            && let Poll::Ready(done) = calling.as_mut().poll(cx)
        {
            called = Some(done);
        }
        if served.is_some() && called.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    called.transpose()?;
    let mut served = served.transpose()?.unwrap_or_default();
    served.sort();
    let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((said, served))
}

/// Calls, all open at once.
async fn call(line: End) -> Result<(), h2::Error> {
    let (mut requests, connection) = client::handshake(line).await?;
    let asked = async move {
        let mut answers = Vec::new();
        for n in 0..CALLS {
            requests = requests.ready().await?;
            let uri = format!("http://api.example/v1/orders/{n}?page={}", n % 3);
            let request = Request::post(uri).header("authorization", "Bearer made-up").body(()).unwrap_or_default();
            let (answer, mut content) = requests.send_request(request, false)?;
            content.send_data(Bytes::from(vec![b'x'; 100 * n]), true)?;
            answers.push(answer);
        }
        for answer in answers {
            let mut content = answer.await?.into_body();
            while let Some(part) = content.data().await {
                let len = part?.len();
                content.flow_control().release_capacity(len)?;
            }
            content.trailers().await?;
        }
        // The last handle goes, and with it the connection.
        Ok::<_, h2::Error>(())
    };
    let (mut asked, mut connection) = (Box::pin(asked), Box::pin(connection));
    let mut done = None;
    std::future::poll_fn(|cx| {
        if done.is_none()
            && let Poll::Ready(result) = asked.as_mut().poll(cx)
        {
            done = Some(result);
        }
        match connection.as_mut().poll(cx) {
            Poll::Ready(closed) => Poll::Ready(done.take().unwrap_or(Ok(())).and(closed)),
            Poll::Pending if matches!(done, Some(Err(_))) => Poll::Ready(done.take().unwrap_or(Ok(()))),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Answers each call, every third with trailers.
async fn serve(line: End) -> Result<Vec<String>, h2::Error> {
    let mut connection = server::handshake(line).await?;
    let mut served = Vec::new();
    while let Some(call) = connection.accept().await {
        let (request, mut respond) = call?;
        let (head, mut content) = request.into_parts();
        let mut bytes = 0;
        while !content.is_end_stream() {
            // The connection has to be driven for content to come.
            let part = std::future::poll_fn(|cx| match content.poll_data(cx) {
                Poll::Pending => match connection.poll_closed(cx) {
                    Poll::Ready(_) => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                },
                ready @ Poll::Ready(_) => ready,
            });
            let Some(part) = part.await else { break };
            let len = part?.len();
            bytes += len;
            content.flow_control().release_capacity(len)?;
        }
        let with_trailers = served.len() % 3 == 0;
        let answer = Bytes::from(format!("{{\"n\":{}}}", served.len()));
        let path = head.uri.path_and_query().map_or("", |path| path.as_str());
        served.push(format!("{} {path} 200 {}", head.method, bytes + answer.len()));
        let mut out = respond.send_response(Response::new(()), false)?;
        out.send_data(answer, !with_trailers)?;
        if with_trailers {
            let mut trailers = HeaderMap::new();
            trailers.insert("x-checked", http::HeaderValue::from_static("yes"));
            out.send_trailers(trailers)?;
        }
    }
    Ok(served)
}
