//! Blocks of the RFC, of half-seen connections, and of hostile peers.

use super::*;

fn read(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<String>, Broken> {
    let mut fields = Vec::new();
    let text = |part: Option<&[u8]>| part.map_or("?".into(), |part| String::from_utf8_lossy(part).into_owned());
    decoder.block(block, &mut |seen| {
        let doubt = if seen.doubtful { " doubtful" } else { "" };
        fields.push(format!("{}: {}{doubt}", text(seen.name), text(seen.value)));
    })?;
    Ok(fields)
}

fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0x40, name.len() as u8], name, &[value.len() as u8], value].concat()
}

#[test]
fn requests_of_the_rfc_decode_one_after_the_other() {
    // RFC 7541 §C.4.
    let mut decoder = Decoder::new(true);
    let first = [0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
    let common = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
    assert_eq!(read(&mut decoder, &first).unwrap(), common);
    let second = [0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf];
    assert_eq!(read(&mut decoder, &second).unwrap(), [&common[..], &["cache-control: no-cache"]].concat());
    assert_eq!(decoder.table.buffered(), 110);
}

#[test]
fn a_start_half_way_leaves_unknown_what_was_sent_before_and_nothing_wrong() {
    let mut decoder = Decoder::new(false);
    // An indexed entry, a literal whose name is one, then that literal again, by its index.
    let block = [&[0xbe][..], &[0x7e, 3], b"abc", &[0xbe], &literal(b"new", b"1"), &[0xbf]].concat();
    assert_eq!(read(&mut decoder, &block).unwrap(), ["?: ?", "?: abc", "?: abc", "new: 1", "?: abc"]);
}

#[test]
fn entries_from_before_a_loss_are_in_doubt_until_replaced() {
    let mut decoder = Decoder::new(true);
    read(&mut decoder, &literal(b"x-user", b"alice")).unwrap();
    decoder.doubt();
    assert_eq!(read(&mut decoder, &[0xbe]).unwrap(), ["x-user: alice doubtful"]);
    let block = [literal(b"x-role", b"a"), vec![0xbe, 0xbf]].concat();
    assert_eq!(read(&mut decoder, &block).unwrap(), ["x-role: a", "x-role: a", "x-user: alice doubtful"]);
}

#[test]
fn blocks_that_end_inside_a_field_are_broken_there() {
    for block in [
        &[0x40][..],
        &[0x40, 3, b'a'],
        &[0xff],
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x40, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ] {
        let whole = [&[0x82], block].concat();
        let mut names = Vec::new();
        let read = Decoder::new(true).block(&whole, &mut |seen| names.push(seen.name.map(<[u8]>::to_vec)));
        assert_eq!((read, names), (Err(Broken), vec![Some(b":method".to_vec())]), "{block:x?}");
    }
}

#[test]
fn a_value_whose_coding_is_broken_is_unknown_and_the_next_fields_are_right() {
    let mut decoder = Decoder::new(true);
    let block = [&[0x40, 1, b'a', 0x81, 0x00][..], &literal(b"b", b"2"), &[0xbe, 0xbf]].concat();
    assert_eq!(read(&mut decoder, &block).unwrap(), ["a: ?", "b: 2", "b: 2", "a: ?"]);
}

#[test]
fn what_the_rfc_forbids_is_marked() {
    for (name, value, odd) in [
        (&b"x-a"[..], &b"caf\xe9 \t"[..], false),
        (b"X-a", b"", true),
        (b"x a", b"", true),
        (b"", b"", true),
        (b":", b"", true),
        (b"x", b"a\r\nb", true),
        (b"x", b"\x01", true),
        (b"x", b"\0", true),
    ] {
        let mut marks = Vec::new();
        let mut decoder = Decoder::new(true);
        let block = [literal(name, value), vec![0xbe]].concat();
        decoder.block(&block, &mut |seen| marks.push(seen.odd)).unwrap();
        assert_eq!(marks, [odd, odd], "{}", name.escape_ascii());
    }
}
