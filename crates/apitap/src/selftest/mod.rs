//! What `selftest` tries: traffic that is made here and now, through the code that real traffic passes.
//!
//! Each check makes what it reads: bytes of protocols (`protocols`), of a client and a server of HTTP/2 that are not ours
//! (`http2`), and whole captures through the verbs (`whole`). Out: what was seen, or what is wrong. Nothing is sent, no
//! interface is opened, and files are written to a folder that goes again.

mod http2;
mod protocols;
mod whole;

/// What a check found: a sentence for a good end, or one that says what is wrong.
pub(crate) type Found = Result<String, String>;

/// One check.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    /// What is tried.
    pub name: &'static str,
    /// Tries it.
    pub run: fn() -> Found,
}

/// All checks, in the order in which they are tried.
pub(crate) const CHECKS: &[Check] = &[
    Check { name: "HTTP/1", run: protocols::http1 },
    Check { name: "HTTP/2", run: http2::calls },
    Check { name: "QUIC", run: protocols::quic },
    Check { name: "findings", run: whole::findings },
    Check { name: "silence", run: whole::silence },
    Check { name: "state", run: whole::state },
    Check { name: "threads", run: whole::threads },
];

/// `n of m THINGS` when both are the same, else as what is wrong.
fn all(n: usize, of: usize, what: &str) -> Found {
    if n == of { Ok(format!("{n} of {of} {what}")) } else { Err(format!("only {n} of {of} {what}")) }
}
