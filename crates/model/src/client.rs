//! Families of client software: a closed set, so that no text of the wire is kept.

macro_rules! client_families {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What software called, by its `User-Agent`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ClientFamily { #[default] $($(#[$doc])* $variant,)* }

        impl ClientFamily {
            /// Every family, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in records and screens.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

client_families! {
    /// No `User-Agent` was sent.
    None = "none",
    /// Software that is not listed here.
    Other = "other",
    /// Chrome, Chromium and what is built of it under that name.
    Chrome = "chrome",
    /// Firefox.
    Firefox = "firefox",
    /// Safari, and views of pages in apps of Apple systems.
    Safari = "safari",
    /// Edge.
    Edge = "edge",
    /// Other software that calls itself `Mozilla`.
    Browser = "browser",
    /// Crawlers of search engines and previews of links.
    Crawler = "crawler",
    /// Scanners for weaknesses and for paths.
    Scanner = "scanner",
    /// Health checks of load balancers, orchestrators and monitoring.
    Monitor = "monitor",
    /// curl.
    Curl = "curl",
    /// Wget.
    Wget = "wget",
    /// `HTTPie`.
    Httpie = "httpie",
    /// Postman, Insomnia, Bruno.
    ApiTool = "api_tool",
    /// Clients of Python: requests, urllib, httpx, aiohttp.
    Python = "python",
    /// Clients of Go.
    Go = "go",
    /// Clients of Java and Kotlin but `OkHttp`.
    Java = "java",
    /// `OkHttp`: mostly Android.
    OkHttp = "okhttp",
    /// Dalvik: Android.
    Android = "android",
    /// `CFNetwork` and Alamofire: Apple systems.
    Apple = "apple",
    /// Clients of Node.js: axios, node-fetch, undici, got.
    Node = "node",
    /// Clients of .NET and `PowerShell`.
    Dotnet = "dotnet",
    /// Clients of PHP.
    Php = "php",
    /// Clients of Ruby.
    Ruby = "ruby",
    /// Clients of Rust.
    Rust = "rust",
    /// Clients of Perl.
    Perl = "perl",
    /// Dart: Flutter.
    Dart = "dart",
    /// kubectl, Helm, Terraform, Docker and other tools of operators.
    Operator = "operator",
}
