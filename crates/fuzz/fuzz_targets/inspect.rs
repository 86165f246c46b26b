//! Any head and body as a transaction: one row comes out, its texts are printable, its lists in range, and a second reading
//! by the same inspector gives the same row. Operations are few, named, and their arguments are parameters of the row.
#![no_main]

use fuzz::call::Call;
use inspect::Inspector;
use libfuzzer_sys::fuzz_target;
use model::limits::{NAME_BYTES_MAX, OPERATIONS_PER_CALL_MAX, PARAMS_MAX, SEGMENTS_MAX};
use model::{DeploymentKey, ObservationBatch};

fuzz_target!(|case: Call| {
    let mut inspector = Inspector::new(DeploymentKey::new([7; 32]));
    let (mut batch, mut again) = (ObservationBatch::default(), ObservationBatch::default());
    case.read(&mut inspector, &mut batch);
    case.read(&mut inspector, &mut again);
    assert_eq!((batch.rows.len(), &batch.text), (1, &again.text));
    assert_eq!(format!("{:?}", batch.rows), format!("{:?}", again.rows));
    let text = std::str::from_utf8(&batch.text).expect("texts are UTF-8");
    assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace()));
    let seen = batch.get(0).expect("one row");
    assert_eq!(seen.segments().len(), seen.row.segments.len as usize);
    assert_eq!(seen.params().len(), seen.row.params.len as usize);
    assert!(seen.segments().len() <= SEGMENTS_MAX && seen.params().len() <= PARAMS_MAX);
    assert!(!seen.service().is_empty());
    let operations = seen.operations();
    assert_eq!(format!("{operations:?}"), format!("{:?}", again.get(0).expect("one row").operations()));
    assert!(operations.len() <= OPERATIONS_PER_CALL_MAX);
    let params = seen.row.params;
    for operation in operations {
        let (name, rows) = (seen.text(operation.name), operation.params);
        assert!(!name.is_empty() && name.len() <= NAME_BYTES_MAX && operation.times > 0);
        assert!(rows.len == 0 || rows.at >= params.at && rows.at + rows.len <= params.at + params.len);
    }
    assert!(operations.is_sorted_by_key(|operation| operation.failed));
    assert_eq!(seen.row.failed, !operations.is_empty() && operations.iter().all(|operation| operation.failed));
});
