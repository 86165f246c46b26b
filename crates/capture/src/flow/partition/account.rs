//! Which service a flow's bytes are counted for.
//!
//! The work on a flow changes counters of the whole shard; what they grew by meanwhile is the flow's.

use model::ledger::Counter;
use model::{Cell, Segment, Tally};

use super::Partition;
use crate::flow::conversation::Dir;
use crate::flow::entry::{Entry, NAMED, ORIG_SYN, PLACED, RESP_SYN};
use crate::flow::services::{OTHER, Services};
use crate::proto::{News, Output};

/// Adds what was counted since the counters stood at `counted`; `payload` are the bytes that were just read.
#[inline]
pub(super) fn count(services: &mut Services, entry: &mut Entry, counted: &Tally, payload: &[u8], out: &mut Output<'_>) {
    out.spare.named.wanted = false;
    let grown = out.ledger.tally().since(counted);
    if out.spare.named.news.is_some() || entry.flags & PLACED == 0 {
        let news = out.spare.named.news.take();
        // A flow without a byte counted yet need not have a place.
        if news.is_none() && grown == Tally::default() {
            return;
        }
        // Bytes from the middle of a stream may be anything.
        let begins = entry.flags & PLACED == 0 && entry.flags & (ORIG_SYN | RESP_SYN) != 0;
        place(services, entry, news.unwrap_or_default(), out);
        if begins && grown.not_http > 0 {
            services.begins(entry.service, payload);
        }
    }
    services.add(entry.service, &grown);
}

/// Gives a flow its place, or another one now that its name is known.
#[cold]
fn place(services: &mut Services, entry: &mut Entry, news: News, out: &mut Output<'_>) {
    let named = !news.name.is_empty();
    // A request without a name is one that will not come later either.
    let nameless = news.client.is_some() && news.tls.is_none();
    if entry.flags & PLACED == 0 || (named && entry.flags & NAMED == 0) {
        leave(services, entry);
        let ends = entry.identity().ends;
        let server = match news.client {
            Some(Dir::Resp) => ends.orig,
            // Who spoke first in the capture need not have called: servers have the lower port.
            None if entry.flags & (ORIG_SYN | RESP_SYN) == 0 && ends.orig.port < ends.resp.port => ends.orig,
            _ => ends.resp,
        };
        entry.service = services.enter(ends.tenant, server, news.name, out.ledger);
        entry.flags |= PLACED;
    }
    if named || nameless {
        entry.flags |= NAMED;
    }
    if let Some(tls) = news.tls {
        services.tls(entry.service, tls);
    }
}

/// A flow counts no longer.
pub(super) fn leave(services: &mut Services, entry: &mut Entry) {
    if entry.flags & PLACED != 0 {
        services.leave(entry.service);
        entry.flags &= !PLACED;
        entry.service = OTHER;
    }
}

impl Partition {
    /// Bytes that belong to no flow, or to one that is over.
    pub(super) fn outside(&mut self, segment: &Segment<'_>, out: &mut Output<'_>) {
        let lost = segment.payload.len() as u64;
        out.ledger.add(Counter::PayloadOutsideWindow, lost);
        self.services.add(OTHER, &Tally { lost, ..Tally::default() });
    }

    /// A span of the account ends: gives what was counted in it.
    pub(in crate::flow) fn take_coverage(&mut self, give: &mut dyn FnMut(&Cell)) {
        self.services.take(give);
    }
}
