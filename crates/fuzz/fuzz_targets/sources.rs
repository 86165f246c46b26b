//! A capture file of any bytes: reading ends, frames are numbered from 1 and stay within their bound.
#![no_main]

use std::path::PathBuf;

use capture::exchange::{LINK_TYPE, RECORD_BYTES_MAX};
use capture::source::{self, Input};
use libfuzzer_sys::fuzz_target;
use model::limits::FRAME_BYTES_MAX;

fuzz_target!(|data: &[u8]| {
    // Sources open files by path; a file in memory costs little.
    let path = PathBuf::from(format!("/dev/shm/apitap-fuzz-{}", std::process::id()));
    std::fs::write(&path, data).expect("/dev/shm is writable");
    let opened = source::open(&[Input::Path(path.clone())]);
    std::fs::remove_file(&path).expect("the file was just written");
    let Ok(mut source) = opened else { return };
    let mut expected = 1;
    while let Ok(Some(frame)) = source.next_frame() {
        assert_eq!(frame.number, expected);
        let most = if frame.link_type == LINK_TYPE { RECORD_BYTES_MAX } else { FRAME_BYTES_MAX };
        assert!(frame.data.len() <= most);
        expected += 1;
    }
    assert!(source.damage().len() <= model::limits::DAMAGE_ENTRIES_MAX + 1);
});
