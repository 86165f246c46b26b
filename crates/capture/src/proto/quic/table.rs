//! Connections of QUIC of one partition.

use std::collections::{BTreeMap, VecDeque};

use model::ledger::Counter;
use model::message::TransactionSink;
use model::{FlowKey, Ledger, PacketTime, Segment, Tally, TlsBlind, TlsSeen, limits};

use super::hello::Pieces;
use super::keys::ClientKeys;
use super::packet::{INITIAL_BYTES_MIN, Initial, crypto_frames};
use crate::flow::services::{OTHER, Services};
use crate::proto::named::{name_of, tls_name};
use crate::proto::tls::ClientHello;

/// Connections whose client's first packet was opened. A connection that moves to other addresses is not followed.
#[derive(Debug, Default)]
pub(crate) struct Table {
    connections: BTreeMap<FlowKey, Connection>,
    /// When each connection is looked at next, the earliest first: those that spoke meanwhile wait again.
    order: VecDeque<(PacketTime, FlowKey)>,
    /// Whose hello is not whole, the oldest first; some are over since.
    gathering: VecDeque<FlowKey>,
}

#[derive(Debug)]
struct Connection {
    frame: u64,
    at: PacketTime,
    last: PacketTime,
    client_is_low: bool,
    /// Payload bytes of client and server.
    bytes: [u64; 2],
    /// Where its bytes are counted.
    place: u16,
    hello: Hello,
}

/// What is known of a client's hello.
#[derive(Debug)]
enum Hello {
    Gathering(Box<(ClientKeys, Pieces)>),
    Read(Box<ClientHello>),
    Unread,
}

impl Table {
    /// Takes one datagram.
    pub(crate) fn datagram(
        &mut self,
        segment: &Segment<'_>,
        services: &mut Services,
        ledger: &mut Ledger,
        sink: &mut dyn TransactionSink,
    ) {
        let (payload, key) = (segment.payload, segment.key);
        let grown = Tally { encrypted: payload.len() as u64, ..Tally::default() };
        if let Some(known) = self.connections.get_mut(&key) {
            known.last = segment.at;
            let side = usize::from(known.client_is_low != segment.from_low);
            known.bytes.iter_mut().skip(side).take(1).for_each(|bytes| *bytes += payload.len() as u64);
            if side == 0 && known.gather(payload, ledger) {
                known.name(&key, services, ledger);
            }
            services.add(known.place, &grown);
            return;
        }
        let Some(mut connection) = Connection::begin(segment, ledger) else {
            // Of whom it is, is not known: the end with the lower port serves.
            let server = if key.low_port < key.high_port { key.ends(false) } else { key.ends(true) }.resp;
            let place = services.enter(key.tenant, server, String::new(), ledger);
            services.add(place, &grown);
            services.leave(place);
            return;
        };
        let server = key.ends(connection.client_is_low).resp;
        connection.place = services.enter(key.tenant, server, String::new(), ledger);
        connection.name(&key, services, ledger);
        services.add(connection.place, &grown);
        ledger.add(Counter::ProtocolsQuic, 1);
        if self.connections.len() >= limits::QUIC_CONNECTIONS_MAX
            && let Some((_, oldest)) = self.order.pop_front()
        {
            ledger.add(Counter::QuicEvicted, 1);
            self.end(&oldest, segment.at, services, sink);
        }
        if matches!(connection.hello, Hello::Gathering(_)) {
            self.gather(key, ledger);
        }
        self.connections.insert(key, connection);
        self.order.push_back((segment.at, key));
    }

    /// Makes room among those whose hello is not whole.
    fn gather(&mut self, key: FlowKey, ledger: &mut Ledger) {
        if self.gathering.len() >= limits::QUIC_GATHERING_MAX
            && let Some(oldest) = self.gathering.pop_front()
            && let Some(connection) = self.connections.get_mut(&oldest)
            && matches!(connection.hello, Hello::Gathering(_))
        {
            ledger.add(Counter::QuicUnread, 1);
            connection.hello = Hello::Unread;
        }
        self.gathering.push_back(key);
    }

    /// Ends connections that were silent for long.
    pub(crate) fn tick(&mut self, now: PacketTime, services: &mut Services, sink: &mut dyn TransactionSink) {
        while let Some((looked, key)) = self.order.front().copied() {
            if now.since(looked) < limits::QUIC_IDLE_MAX {
                return;
            }
            self.order.pop_front();
            match self.connections.get(&key) {
                Some(known) if now.since(known.last) < limits::QUIC_IDLE_MAX => self.order.push_back((known.last, key)),
                _ => self.end(&key, now, services, sink),
            }
        }
    }

    /// Ends every connection.
    pub(crate) fn finish(&mut self, now: PacketTime, services: &mut Services, sink: &mut dyn TransactionSink) {
        while let Some((_, key)) = self.order.pop_front() {
            self.end(&key, now, services, sink);
        }
    }

    fn end(&mut self, key: &FlowKey, now: PacketTime, services: &mut Services, sink: &mut dyn TransactionSink) {
        if let Some(connection) = self.connections.remove(key) {
            services.leave(connection.place);
            connection.tell(key, now, sink);
        }
    }
}

impl Connection {
    /// The connection that this datagram of a client begins; none when it does not.
    fn begin(segment: &Segment<'_>, ledger: &mut Ledger) -> Option<Self> {
        if segment.payload.len() < INITIAL_BYTES_MIN {
            return None;
        }
        let (initial, _) = Initial::read(segment.payload)?;
        let keys = ClientKeys::new(initial.version, initial.destination)?;
        // That it opens shows that it is the first packet of a client, and not one of a server.
        keys.open(&initial)?;
        let mut connection = Self {
            frame: segment.frame,
            at: segment.at,
            last: segment.at,
            client_is_low: segment.from_low,
            bytes: [segment.payload.len() as u64, 0],
            place: OTHER,
            hello: Hello::Gathering(Box::new((keys, Pieces::default()))),
        };
        connection.gather(segment.payload, ledger);
        Some(connection)
    }

    /// Reads the Initial packets of a datagram of the client; several may lie in one. Whether the hello was read with it.
    fn gather(&mut self, datagram: &[u8], ledger: &mut Ledger) -> bool {
        let Hello::Gathering(gathering) = &mut self.hello else { return false };
        let (keys, pieces) = &mut **gathering;
        let (mut rest, mut fits) = (datagram, true);
        while let Some((initial, behind)) = Initial::read(rest) {
            rest = behind;
            if let Some(frames) = keys.open(&initial) {
                crypto_frames(&frames, |offset, bytes| fits &= pieces.add(offset, bytes));
            }
        }
        let hello = pieces.body().map(|body| body.map(ClientHello::read_quic));
        match hello {
            Ok(None) if fits => {}
            Ok(Some(Some(hello))) => self.hello = Hello::Read(Box::new(hello)),
            _ => {
                ledger.add(Counter::QuicUnread, 1);
                self.hello = Hello::Unread;
            }
        }
        matches!(self.hello, Hello::Read(_))
    }

    /// Once its hello is read, the bytes count under the server's name.
    fn name(&mut self, key: &FlowKey, services: &mut Services, ledger: &mut Ledger) {
        let Hello::Read(hello) = &self.hello else { return };
        if let Some(name) = hello.sni.as_deref().and_then(name_of) {
            services.leave(self.place);
            self.place = services.enter(key.tenant, key.ends(self.client_is_low).resp, name, ledger);
        }
        services.tls(self.place, tls_name(hello.version, hello.alpn.as_deref()));
    }

    fn tell(&self, key: &FlowKey, now: PacketTime, sink: &mut dyn TransactionSink) {
        let hello = if let Hello::Read(hello) = &self.hello { Some(&**hello) } else { None };
        sink.tls(&TlsSeen {
            at: now,
            flow_at: self.at,
            flow_frame: self.frame,
            flow: key.ends(self.client_is_low),
            quic: true,
            sni: hello.and_then(|hello| hello.sni.as_deref()),
            alpn: hello.and_then(|hello| hello.alpn.as_deref()),
            version: hello.map(|hello| hello.version),
            suite: None,
            suite_name: None,
            ja4: hello.map(|hello| &*hello.ja4),
            ech: hello.is_some_and(|hello| hello.ech),
            names: &[],
            bytes: self.bytes,
            plain: [0, 0],
            digests: None,
            blind: Some(TlsBlind::Quic),
        });
    }
}
