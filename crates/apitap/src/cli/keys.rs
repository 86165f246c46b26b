//! Options of keys that open TLS.

use std::path::PathBuf;

use clap::Args;

/// Keys that open TLS.
#[derive(Debug, Default, Args)]
pub(crate) struct TlsKeys {
    /// Secrets of TLS connections, as programs write them with SSLKEYLOGFILE; live, the file is followed while it grows. Repeat
    /// it for several.
    #[arg(long = "keylog", value_name = "FILE")]
    pub keylogs: Vec<PathBuf>,
    /// Private RSA key of a server in PEM: it opens suites without forward secrecy, of TLS 1.2 and before. Repeat it for several.
    #[arg(long = "tls-key", value_name = "FILE")]
    pub private: Vec<PathBuf>,
}
