//! Names of members that are read.

macro_rules! names {
    ($($variant:ident = $name:literal,)*) => {
        /// A name of HAR 1.2, or of an exporter, whose value is read; any other is [`Name::Other`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name { $($variant,)* Other }

        impl Name {
            /// The name that is written so.
            pub(super) fn of(name: &[u8]) -> Self {
                $(if name == $name.as_bytes() { return Self::$variant; })*
                Self::Other
            }
        }
    };
}

names! {
    Log = "log",
    Entries = "entries",
    StartedDateTime = "startedDateTime",
    Time = "time",
    Request = "request",
    Response = "response",
    Timings = "timings",
    ServerIpAddress = "serverIPAddress",
    Connection = "connection",
    FromCache = "_fromCache",
    FetchType = "_fetchType",
    Method = "method",
    Url = "url",
    HttpVersion = "httpVersion",
    Headers = "headers",
    BodySize = "bodySize",
    PostData = "postData",
    Params = "params",
    Status = "status",
    Content = "content",
    Size = "size",
    MimeType = "mimeType",
    Text = "text",
    Encoding = "encoding",
    Label = "name",
    PairValue = "value",
    Blocked = "blocked",
    Dns = "dns",
    Connect = "connect",
    Send = "send",
    Wait = "wait",
    Receive = "receive",
}
