//! Hours are kept by service, whatever the order of cells, and falls are told from what always was so.

use model::CellKey;
use model::coverage::TlsName;

use super::*;

fn cell(port: u16, name: &str, decoded: u64, encrypted: u64) -> Cell {
    let server = HostPort { addr: [1; 16], port };
    let tally = Tally { decoded, encrypted, ..Tally::default() };
    Cell { key: CellKey { tenant: Tenant::NONE, server, name: name.into() }, tally, ..Cell::default() }
}

fn at(hour: u64) -> PacketTime {
    PacketTime((500_000 + hour) * HOUR + 60_000_000_000)
}

const MIB: u64 = 1 << 20;

#[test]
fn what_came_before_the_name_belongs_to_the_only_name_of_the_server() {
    let mut coverage = Coverage::default();
    let cells = vec![cell(80, "", 5, 0), cell(80, "a.example", 7, 0), cell(81, "", 1, 0), cell(443, "a.example", 0, 9)];
    let mut turned = cells.clone();
    turned.reverse();
    coverage.add(cells, at(0));
    let mut other = Coverage::default();
    other.add(turned, at(0));
    assert!(coverage.services().eq(other.services()));
    let seen: Vec<_> = coverage.services().map(|s| (s.service.as_str(), s.total().decoded, s.ports.clone())).collect();
    let nameless = cell(81, "", 0, 0).key.server.to_string();
    assert_eq!(seen, [(nameless.as_str(), 1, vec![81]), ("a.example", 12, vec![80, 443])]);
}

#[test]
fn what_the_partitions_say_of_one_service_is_one_thing_in_any_order() {
    let tls = |version| Some(TlsName { version, ..TlsName::default() });
    let of = |begins: &[u8], tls| Cell { begins: begins.to_vec(), tls, ..cell(22, "", 0, 1) };
    let cells = [of(b"", tls(0x0304)), of(b"SSH-", None), of(b"SMB", tls(0x0303)), of(b"", None)];
    let told = |order: [usize; 4]| {
        let mut coverage = Coverage::default();
        coverage.add(order.map(|at| cells[at].clone()).into(), at(0));
        coverage.services().map(|service| (service.begins.clone(), service.tls.clone())).collect::<Vec<_>>()
    };
    let first = told([0, 1, 2, 3]);
    assert_eq!(first, [(hexadecimal(b"SSH-"), tls(0x0304))]);
    for order in [[3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2], [2, 1, 0, 3]] {
        assert_eq!(told(order), first, "{order:?}");
    }
}

#[test]
fn a_service_that_becomes_unreadable_is_told_once_for_each_hour_and_one_that_always_was_is_not() {
    let mut coverage = Coverage::default();
    let mut told = Vec::new();
    for hour in 0..8 {
        let moved = if hour < 5 { cell(80, "a.example", MIB, 1_000) } else { cell(443, "a.example", 9, MIB) };
        let always = cell(443, "b.example", 10_000, MIB);
        told.extend(coverage.add(vec![moved, always, cell(80, "c.example", 100, 0)], at(hour)));
        assert_eq!(coverage.low().contains(&"a.example".to_owned()), hour >= 5, "{hour}");
        assert_eq!(coverage.low().contains(&"b.example".to_owned()), hour < 3, "{hour}");
    }
    told.extend(coverage.finish());
    let told: Vec<_> = told.iter().map(|fall| (fall.service.as_str(), fall.hour)).collect();
    let hour = |n: u64| PacketTime((500_000 + n) * HOUR);
    assert_eq!(told, [("a.example", hour(5)), ("a.example", hour(6)), ("a.example", hour(7))]);
}

#[test]
fn saved_and_loaded_it_goes_on_and_two_halves_are_the_whole() {
    let (mut whole, mut half) = (Coverage::default(), Coverage::default());
    let cells = |hour: u64| vec![cell(80, "a.example", MIB * (hour % 3), 5), cell(9, "", 1, 2)];
    let mut rows = BTreeMap::new();
    for hour in 0..6 {
        whole.add(cells(hour), at(hour));
        half.add(cells(hour), at(hour));
        rows.extend(half.save().into_iter().map(|row| (row.key, row)));
        half = Coverage::load(&SavedState { rows: rows.values().cloned().collect(), ..SavedState::default() });
        assert_eq!((half.services.clone(), half.place.clone()), (whole.services.clone(), whole.place.clone()));
    }
    let (mut one, mut two) = (Coverage::default(), Coverage::default());
    for hour in 0..6 {
        if hour % 2 == 0 { &mut one } else { &mut two }.add(cells(hour), at(hour));
    }
    let of = |c: &Coverage, key: &Key| c.services.get(key).and_then(row).unwrap();
    for (key, service) in &whole.services {
        let (one, two) = (of(&one, key), of(&two, key));
        let both = [together(&one, &two), together(&two, &one)].map(|row| read(&row.unwrap()).unwrap());
        assert_eq!(both, [service.clone(), service.clone()]);
    }
}

#[test]
fn services_and_hours_stay_within_their_bounds_and_no_byte_is_forgotten() {
    let mut coverage = Coverage::default();
    let many = COVERAGE_SERVICES_MAX + 100;
    for hour in 0..2 {
        coverage.add((0..many).map(|n| cell(80, &format!("{n}.example"), 1, 0)).collect(), at(hour));
        assert!(coverage.services.len() <= COVERAGE_SERVICES_MAX + 1);
    }
    assert_eq!(sum(coverage.services()).decoded, 2 * many as u64);
    let mut hours = Vec::new();
    (0..COVERAGE_HOURS_MAX as u64 + 9)
        .for_each(|n| add_hour(&mut hours, HourCoverage { hour: at(n), ..HourCoverage::default() }));
    assert_eq!((hours.len(), hours[0].hour), (COVERAGE_HOURS_MAX, at(9)));
}
