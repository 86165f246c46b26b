//! What a server does is joined with what it was told, and not with what it does anyway.

use model::contact::tag;
use model::flow::{HostPort, mapped};
use model::observation::Rows;
use model::resolved::{Naming, Noise};
use model::{Signal, Stamp};

use super::*;

const SERVER: [u8; 16] = mapped([10, 0, 0, 5]);
const CLIENT: [u8; 16] = mapped([198, 51, 100, 31]);
const EVIL: [u8; 16] = mapped([203, 0, 113, 9]);
const OTHER: [u8; 16] = mapped([203, 0, 113, 10]);
const DAY: u64 = 86_400;
const NONE: [u64; 0] = [];

/// What happens, by its second.
#[derive(Clone, Copy)]
enum Act {
    /// A call that ends so many seconds after it began, with that target.
    Call(u64, u64, Option<Target>),
    /// The server opens a connection.
    Opens(u64, [u8; 16], u16),
}
use Act::{Call, Opens};

fn at(second: u64) -> PacketTime {
    PacketTime::from_parts(1_000_000 + second, 0)
}

/// Frames are numbered by the second.
fn epoch(acts: &[Act]) -> ResolvedEpoch {
    let mut batch = ObservationBatch::default();
    for act in acts {
        match *act {
            Call(second, took, target) => {
                let from = batch.signals.len() as u32;
                let named = target.map(|t| Signal { kind: SignalKind::Target, value: t.packed(), ..Signal::default() });
                batch.signals.extend(named);
                let mut row = Observation { status: 200, first_frame: second, ..Observation::default() };
                (row.first_at, row.last_at) = (at(second), at(second + took));
                row.stamp = Stamp { frame: second + took, ..Stamp::default() };
                (row.flow.resp.addr, row.caller.addr) = (SERVER, CLIENT);
                row.signals = Rows { at: from, len: u32::from(target.is_some()) };
                batch.rows.push(row);
            }
            Opens(second, addr, port) => {
                let to = HostPort { addr, port };
                batch.contacts.push(Contact { from: SERVER, to, at: at(second), frame: second });
            }
        }
    }
    let naming = Naming::Noise(Noise::NotACall);
    let steps = (0..batch.rows.len() as u32).map(|row| Step::Seen { batch: 0, row, naming }).collect();
    ResolvedEpoch { batches: vec![batch], steps, ..ResolvedEpoch::default() }
}

/// Each act in an epoch of its own; frames of connections that were asked for.
fn told(acts: &[Act]) -> Vec<u64> {
    let mut call_outs = CallOuts::default();
    let mut frames = Vec::new();
    for act in acts {
        let mut epoch = epoch(&[*act]);
        call_outs.resolve(&mut epoch, &mut Ledger::default());
        frames.extend(epoch.call_outs.iter().map(|told| told.contact.frame));
    }
    frames
}

const ADDRESS: Target = Target { rule: 3, addr: Some(tag(&EVIL)), port: 1389 };
const NAME: Target = Target { rule: 3, addr: None, port: 1389 };

#[test]
fn a_connection_that_was_asked_for_is_told_once() {
    let call = Call(DAY, 1, Some(ADDRESS));
    assert_eq!(told(&[Call(0, 1, None), call, Opens(DAY + 3, EVIL, 1389), Opens(DAY + 4, EVIL, 1389)]), [DAY + 3]);
    assert_eq!(told(&[Call(DAY, 1, Some(NAME)), Opens(DAY + 3, EVIL, 1389)]), [DAY + 3], "a name");
    let none = [
        ("another port", Opens(DAY + 3, EVIL, 443)),
        ("another address", Opens(DAY + 3, OTHER, 1389)),
        ("long after", Opens(DAY + 90, EVIL, 1389)),
        ("before it was asked", Opens(DAY - 1, EVIL, 1389)),
    ];
    for (what, opens) in none {
        let mut acts = [Call(0, 1, None), call, opens];
        if matches!(opens, Opens(second, ..) if second < DAY) {
            acts.swap(1, 2);
        }
        assert_eq!(told(&acts), NONE, "{what}");
    }
}

#[test]
fn a_connection_while_the_call_is_answered_is_told_even_of_a_server_not_known_before() {
    assert_eq!(told(&[Opens(DAY + 1, EVIL, 1389), Call(DAY, 4, Some(ADDRESS))]), [DAY + 1]);
    let mut call_outs = CallOuts::default();
    let mut together = epoch(&[Call(DAY, 4, Some(ADDRESS)), Opens(DAY + 1, EVIL, 1389)]);
    call_outs.resolve(&mut together, &mut Ledger::default());
    let found = together.call_outs[0];
    assert_eq!((found.caller, found.contact.from, found.contact.to.addr), (CLIENT, SERVER, EVIL));
    assert_eq!((found.asked_at, found.stamp.frame), (at(DAY), DAY + 4));
}

#[test]
fn what_was_asked_for_does_not_become_usual() {
    let again = |day: u64| [Call(day, 1, Some(ADDRESS)), Opens(day + 2, EVIL, 1389), Opens(day + 3, EVIL, 1389)];
    let meanwhile = |day: u64| [Opens(day + 1, EVIL, 1389), Call(day, 4, Some(ADDRESS)), Opens(day + 6, EVIL, 1389)];
    let acts = [&[Call(0, 1, None)], &again(DAY)[..], &meanwhile(2 * DAY), &again(3 * DAY)].concat();
    assert_eq!(told(&acts), [DAY + 2, 2 * DAY + 1, 3 * DAY + 2]);
}

#[test]
fn what_a_server_does_anyway_proves_nothing() {
    let usual = |addr: [u8; 16], port: u16| (0..200).map(move |n| Opens(n * 430 + 1, addr, port));
    let mut acts: Vec<_> = [Call(0, 1, None)].into_iter().chain(usual(EVIL, 1389)).collect();
    acts.extend([Call(DAY, 1, Some(ADDRESS)), Opens(DAY + 3, EVIL, 1389)]);
    assert_eq!(told(&acts), NONE, "it calls that address all day");
    let seldom = [Call(0, 1, None), Opens(1, EVIL, 1389), Call(DAY, 1, Some(ADDRESS)), Opens(DAY + 2, EVIL, 1389)];
    assert_eq!(told(&seldom), NONE, "it called that address for another request");
    let mut acts: Vec<_> = [Call(0, 1, None)].into_iter().chain(usual(OTHER, 1389)).collect();
    acts.extend([Call(DAY, 1, Some(ADDRESS)), Opens(DAY + 3, EVIL, 1389)]);
    assert_eq!(told(&acts), [DAY + 3], "others it calls do not matter");
    let mut acts: Vec<_> = [Call(0, 1, None), Opens(5, EVIL, 25)].into();
    acts.extend([Call(DAY, 1, Some(NAME)), Opens(DAY + 3, EVIL, 1389)]);
    assert_eq!(told(&acts), NONE, "a name, and an address that it knows");
}

#[test]
fn a_name_on_a_port_of_the_web_needs_a_server_that_seldom_calls_new_addresses() {
    let web = Target { port: 443, ..NAME };
    let ask = [Call(DAY, 1, Some(web)), Opens(DAY + 3, EVIL, 443)];
    assert_eq!(told(&[&[Call(0, 1, None)], &ask[..]].concat()), [DAY + 3]);
    assert_eq!(told(&ask), NONE, "a server that was not seen before");
    let new = (0..30u8).map(|n| Opens(u64::from(n) * 100 + 1, mapped([192, 0, 2, n]), 443));
    let acts: Vec<_> = [Call(0, 1, None)].into_iter().chain(new).chain(ask).collect();
    assert_eq!(told(&acts), NONE, "one that calls many");
}

#[test]
fn what_is_awaited_and_what_is_usual_survives_a_restart() {
    let first = [Call(0, 1, None), Opens(9, OTHER, 5432), Call(DAY, 1, Some(ADDRESS))];
    let mut before = CallOuts::default();
    for act in first {
        before.resolve(&mut epoch(&[act]), &mut Ledger::default());
    }
    let saved = SavedState { rows: before.save(), ..SavedState::default() };
    assert!(before.save().is_empty());
    let mut after = CallOuts::default();
    after.load(&saved);
    let mut then = epoch(&[Opens(DAY + 2, EVIL, 1389)]);
    after.resolve(&mut then, &mut Ledger::default());
    assert_eq!(then.call_outs.len(), 1);
    let row = &saved.rows[0];
    assert_eq!(crate::call_outs::together(row, row), crate::call_outs::together(row, row));
}

/// The server is told of targets by callers, a second apart, then opens the connection that the first of them asked for.
fn told_and_refused(named: &[(u8, u16)]) -> (Vec<[u8; 16]>, u64) {
    let (mut call_outs, mut ledger, mut callers) = (CallOuts::default(), Ledger::default(), Vec::new());
    let calls = named.iter().map(|&(caller, port)| (caller, Call(DAY, 1, Some(Target { port, ..ADDRESS }))));
    let acts = [(0, Call(0, 1, None))].into_iter().chain(calls).chain([(0, Opens(DAY + 3, EVIL, 1389))]);
    for (caller, act) in acts {
        let mut epoch = epoch(&[act]);
        epoch.batches[0].rows.iter_mut().for_each(|row| row.caller.addr = mapped([198, 51, 100, caller]));
        call_outs.resolve(&mut epoch, &mut ledger);
        callers.extend(epoch.call_outs.iter().map(|told| told.caller));
    }
    (callers, ledger.get(Counter::CallOutsRefused))
}

#[test]
fn who_names_many_targets_pushes_out_neither_his_first_nor_those_of_others() {
    let decoys = |caller: u8, n: usize| (0..n).map(move |n| (caller, 2_000 + n as u16));
    let max = model::limits::CALL_OUTS_AWAITED_MAX;
    let by = |caller: u8| vec![mapped([198, 51, 100, caller])];
    let alone: Vec<_> = [(1, 1389)].into_iter().chain(decoys(1, max + 8)).collect();
    assert_eq!(told_and_refused(&alone), (by(1), 9));
    let two: Vec<_> = [(1, 1389)].into_iter().chain(decoys(2, max + 8)).collect();
    assert_eq!(told_and_refused(&two), (by(1), 9));
    let late: Vec<_> = decoys(2, max + 8).chain([(1, 1389)]).collect();
    assert_eq!(told_and_refused(&late), (by(1), 9), "one that comes late takes the place of a decoy");
}

#[test]
fn lists_stay_within_their_bounds() {
    let mut call_outs = CallOuts::new(2);
    let mut acts = vec![Call(0, 1, None)];
    acts.extend((0..1_000u64).map(|n| Opens(n * 50 + 1, mapped([192, 0, (n >> 8) as u8, n as u8]), 8000)));
    acts.extend((0..1_000u64).map(|n| Call(n * 50 + 1, 1, Some(Target { port: n as u16 + 1, ..NAME }))));
    for act in acts {
        call_outs.resolve(&mut epoch(&[act]), &mut Ledger::default());
    }
    let rows = call_outs.save();
    assert!(rows.len() == 1 && rows[0].model.len() < 16 << 10, "{}", rows[0].model.len());
    for n in 0..9u8 {
        let mut other = epoch(&[Call(60_000, 1, None)]);
        other.batches[0].rows[0].flow.resp.addr = mapped([10, 0, 1, n]);
        call_outs.resolve(&mut other, &mut Ledger::default());
    }
    assert_eq!((call_outs.servers.len(), call_outs.order.len()), (2, 2));
}
