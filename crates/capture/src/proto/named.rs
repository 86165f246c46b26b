//! What a flow is called by those who use it, as soon as a parser reads it.
//!
//! In: server names of TLS, authorities of requests. Out: one name, to the flow table, which counts the flow's bytes under it.
//! The first name of a flow stays its name.

use model::coverage::TlsName;
use model::limits::{COVERAGE_ALPN_BYTES_MAX, COVERAGE_NAME_BYTES_MAX};

use crate::flow::Dir;

/// Where parsers write a name down.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Whether the flow at hand has no name yet.
    pub wanted: bool,
    /// What was read since last taken.
    pub news: Option<News>,
}

/// A name that was read.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Which direction is the client's.
    pub client: Option<Dir>,
    /// In lower case without default port; empty when there is none.
    pub name: String,
    pub tls: Option<TlsName>,
}

impl Named {
    /// A request names its service.
    #[cold]
    pub(crate) fn authority(&mut self, authority: Option<&[u8]>, client: Dir) {
        self.wanted = false;
        let news = self.news.get_or_insert_default();
        news.client = Some(client);
        if news.name.is_empty() {
            news.name = authority.and_then(name_of).unwrap_or_default();
        }
    }

    /// Hellos name a server, and what is spoken.
    #[cold]
    pub(crate) fn tls(&mut self, sni: Option<&[u8]>, version: u16, alpn: Option<&[u8]>, client: Dir) {
        let name = sni.and_then(name_of).unwrap_or_default();
        let news = self.news.get_or_insert_default();
        news.client = Some(client);
        if news.name.is_empty() && self.wanted {
            // Without a server name the content may tell one, if it is opened.
            self.wanted = name.is_empty();
            news.name = name;
        }
        news.tls = Some(tls_name(version, alpn));
    }
}

/// An authority as the name of a service: as inspection normalises it, and nothing that is no name.
pub(crate) fn name_of(authority: &[u8]) -> Option<String> {
    let bare = authority.trim_ascii();
    let bare = bare.strip_suffix(b":80").or_else(|| bare.strip_suffix(b":443")).unwrap_or(bare);
    let bare = bare.strip_suffix(b":").or_else(|| bare.strip_suffix(b".")).unwrap_or(bare);
    let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b':' | b'[' | b']');
    let valid = matches!(bare.len(), 1..=COVERAGE_NAME_BYTES_MAX) && bare.iter().all(fits);
    valid.then(|| String::from_utf8_lossy(bare).to_ascii_lowercase())
}

/// What TLS tells of itself, as it is shown.
pub(crate) fn tls_name(version: u16, alpn: Option<&[u8]>) -> TlsName {
    TlsName { version, alpn: printable(alpn.unwrap_or_default()) }
}

fn printable(text: &[u8]) -> String {
    let shown = text.iter().take(COVERAGE_ALPN_BYTES_MAX).map(|b| if b.is_ascii_graphic() { *b } else { b'.' });
    shown.map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_others_are_none() {
        for (authority, name) in [
            (&b"API.Example.com:443"[..], Some("api.example.com")),
            (b"api.example:8443", Some("api.example:8443")),
            (b"a.example.", Some("a.example")),
            (b"a b", None),
            (b"", None),
            (b"x\x07", None),
            (&[b'a'; 300], None),
        ] {
            assert_eq!(name_of(authority).as_deref(), name);
        }
    }

    #[test]
    fn the_first_name_stays_and_content_tells_one_where_the_hello_does_not() {
        let mut named = Named { wanted: true, news: None };
        named.tls(None, 0x0303, Some(b"h2"), Dir::Orig);
        assert!(named.wanted);
        named.authority(Some(b"a.example"), Dir::Orig);
        let news = named.news.take().unwrap();
        assert_eq!((news.name.as_str(), news.tls.unwrap().alpn.as_str(), named.wanted), ("a.example", "h2", false));
    }
}
