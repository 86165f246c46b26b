//! The service, without a compiler of protobuf.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(format!("crate::messages::{input}"))
            .output_type(format!("crate::messages::{output}"))
            .codec_path("tonic_prost::ProstCodec")
    };
    let service = Service::builder()
        .name("Orders")
        .package("shop.v1")
        .method(method("get", "Get", "Ask", "Order").build())
        .method(method("watch", "Watch", "Ask", "Order").server_streaming().build())
        .method(method("import", "Import", "Order", "Sum").client_streaming().build())
        .method(method("chat", "Chat", "Order", "Order").client_streaming().server_streaming().build())
        .build();
    Builder::new().compile(&[service]);
}
