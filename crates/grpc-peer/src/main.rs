//! `grpc-peer serve ADDR LOG`: a server that logs each call it ended. `grpc-peer call ADDR ROUNDS [gzip]`: a client that makes
//! rounds of calls on three connections, with messages compressed or not. The log has a line for each call: `path code
//! request_messages request_bytes response_messages response_bytes`, bytes before compression.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message as _;
use tokio_stream::{Stream, StreamExt as _};
use tonic::codec::CompressionEncoding::Gzip;
use tonic::{Request, Response, Status, Streaming};

mod messages {
    /// Which order.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Ask {
        #[prost(uint64, tag = "1")]
        pub order_id: u64,
        #[prost(uint32, tag = "2")]
        pub wanted: u32,
    }

    /// An order.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Order {
        #[prost(uint64, tag = "1")]
        pub order_id: u64,
        #[prost(string, tag = "2")]
        pub mail: String,
        #[prost(message, repeated, tag = "3")]
        pub items: Vec<Item>,
        #[prost(uint64, repeated, tag = "4")]
        pub coupons: Vec<u64>,
    }

    /// What is ordered.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Item {
        #[prost(string, tag = "1")]
        pub sku: String,
        #[prost(uint32, tag = "2")]
        pub count: u32,
    }

    /// How many.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Sum {
        #[prost(uint64, tag = "1")]
        pub count: u64,
    }
}

mod service {
    include!(concat!(env!("OUT_DIR"), "/shop.v1.Orders.rs"));
}

use messages::{Ask, Item, Order, Sum};
use service::orders_client::OrdersClient;
use service::orders_server::{Orders, OrdersServer};

/// An order of some size.
fn order(order_id: u64, items: u64) -> Order {
    let items = (0..items).map(|at| Item { sku: format!("sku-{order_id}-{at}"), count: at as u32 + 1 }).collect();
    Order { order_id, mail: format!("customer{order_id}@mail.example"), items, coupons: vec![order_id, order_id + 500] }
}

/// Counts of one side.
#[derive(Clone, Copy, Default)]
struct Side {
    messages: usize,
    bytes: usize,
}

impl Side {
    fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes;
    }
}

#[derive(Clone)]
struct Shop(Arc<Mutex<File>>);

impl Shop {
    fn log(&self, method: &str, code: i32, asked: Side, answered: Side) {
        let mut file = self.0.lock().unwrap();
        let Side { messages, bytes } = asked;
        let line = format!("/shop.v1.Orders/{method} {code} {messages} {bytes} {} {}\n", answered.messages, answered.bytes);
        file.write_all(line.as_bytes()).unwrap();
    }
}

type Sent<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Orders for Shop {
    async fn get(&self, request: Request<Ask>) -> Result<Response<Order>, Status> {
        let ask = request.into_inner();
        let asked = Side { messages: 1, bytes: ask.encoded_len() };
        let status = match ask.order_id {
            id if id % 10 == 7 => Err(Status::permission_denied("not yours")),
            id if id % 10 == 9 => Err(Status::not_found("no such order")),
            id => Ok(order(id, u64::from(ask.wanted))),
        };
        match status {
            Ok(order) => {
                self.log("Get", 0, asked, Side { messages: 1, bytes: order.encoded_len() });
                Ok(Response::new(order))
            }
            Err(status) => {
                self.log("Get", status.code() as i32, asked, Side::default());
                Err(status)
            }
        }
    }

    type WatchStream = Sent<Order>;

    async fn watch(&self, request: Request<Ask>) -> Result<Response<Self::WatchStream>, Status> {
        let ask = request.into_inner();
        let asked = Side { messages: 1, bytes: ask.encoded_len() };
        let mut answered = Side::default();
        let mut all: Vec<Result<Order, Status>> = Vec::new();
        for at in 0..u64::from(ask.wanted) {
            let order = order(ask.order_id + at, at % 7);
            answered.add(order.encoded_len());
            all.push(Ok(order));
        }
        let fails = ask.order_id % 10 == 8;
        if fails {
            all.push(Err(Status::internal("broken")));
        }
        self.log("Watch", if fails { 13 } else { 0 }, asked, answered);
        Ok(Response::new(Box::pin(tokio_stream::iter(all).throttle(Duration::from_micros(200)))))
    }

    async fn import(&self, request: Request<Streaming<Order>>) -> Result<Response<Sum>, Status> {
        let mut stream = request.into_inner();
        let mut asked = Side::default();
        while let Some(order) = stream.next().await {
            asked.add(order?.encoded_len());
        }
        let sum = Sum { count: asked.messages as u64 };
        self.log("Import", 0, asked, Side { messages: 1, bytes: sum.encoded_len() });
        Ok(Response::new(sum))
    }

    type ChatStream = Sent<Order>;

    async fn chat(&self, request: Request<Streaming<Order>>) -> Result<Response<Self::ChatStream>, Status> {
        let mut stream = request.into_inner();
        let (send, receive) = tokio::sync::mpsc::channel(4);
        let shop = self.clone();
        tokio::spawn(async move {
            let (mut asked, mut answered) = (Side::default(), Side::default());
            while let Some(Ok(order)) = stream.next().await {
                asked.add(order.encoded_len());
                answered.add(order.encoded_len());
                if send.send(Ok(order)).await.is_err() {
                    return;
                }
            }
            shop.log("Chat", 0, asked, answered);
        });
        Ok(Response::new(Box::pin(tokio_stream::wrappers::ReceiverStream::new(receive))))
    }
}

async fn serve(addr: SocketAddr, log: &str) {
    let shop = Shop(Arc::new(Mutex::new(File::create(log).unwrap())));
    let service = OrdersServer::new(shop).accept_compressed(Gzip).send_compressed(Gzip);
    let stop = async {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
        term.recv().await;
    };
    tonic::transport::Server::builder()
        .accept_http1(true)
        .layer(tonic_web::GrpcWebLayer::new())
        .add_service(service)
        .serve_with_shutdown(addr, stop)
        .await
        .unwrap();
}

async fn call(addr: SocketAddr, rounds: u64, gzip: bool) {
    let url = format!("http://{addr}");
    let mut all = Vec::new();
    for worker in 0..3 {
        let url = url.clone();
        all.push(tokio::spawn(async move {
            let mut client = OrdersClient::connect(url).await.unwrap();
            if gzip {
                client = client.send_compressed(Gzip).accept_compressed(Gzip);
            }
            for round in 0..rounds {
                let id = worker * 1000 + round;
                let _ = client.get(Ask { order_id: id, wanted: (id % 40) as u32 }).await;
                let ask = Ask { order_id: id, wanted: (id % 13) as u32 };
                if let Ok(stream) = client.watch(ask).await {
                    let mut stream = stream.into_inner();
                    while let Some(Ok(_)) = stream.next().await {}
                }
                let orders = move |count| tokio_stream::iter((0..count).map(move |at| order(id + at, at % 50)));
                client.import(orders(id % 17)).await.unwrap();
                let slow = orders(id % 6).throttle(Duration::from_micros(500));
                let mut stream = client.chat(slow).await.unwrap().into_inner();
                while let Some(Ok(_)) = stream.next().await {}
            }
        }));
    }
    for one in all {
        one.await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "serve", addr, log] => serve(addr.parse().unwrap(), log).await,
        [_, "call", addr, rounds] => call(addr.parse().unwrap(), rounds.parse().unwrap(), false).await,
        [_, "call", addr, rounds, "gzip"] => call(addr.parse().unwrap(), rounds.parse().unwrap(), true).await,
        _ => {
            eprintln!("grpc-peer serve ADDR LOG | grpc-peer call ADDR ROUNDS [gzip]");
            std::process::exit(2);
        }
    }
}
