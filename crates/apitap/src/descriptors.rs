//! Reads descriptor sets of gRPC for `replay`, `run` and `audit`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use inspect::Descriptors;
use model::limits::DESCRIPTOR_BYTES_MAX;

use crate::fault::Fault;

/// Reads the files that `protoc --descriptor_set_out` wrote.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Arc<Descriptors>, Fault> {
    let mut known = Descriptors::default();
    for path in paths {
        let cannot = |error: io::Error| {
            Fault::new("E309", format!("cannot read {}", path.display()))
                .why(error.to_string())
                .cure(format!("ls -l {}", path.display()))
        };
        let limit = DESCRIPTOR_BYTES_MAX as u64 + 1;
        let mut set = Vec::new();
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut set)).map_err(cannot)?;
        if set.len() > DESCRIPTOR_BYTES_MAX {
            let what = format!("{} is larger than {} MiB", path.display(), DESCRIPTOR_BYTES_MAX >> 20);
            return Err(Fault::new("E309", what));
        }
        known.add(&set).map_err(|error| {
            Fault::new("E310", format!("{} is no descriptor set that can be used", path.display()))
                .why(error.to_string())
                .cure("protoc --include_imports --descriptor_set_out=FILE …")
        })?;
    }
    Ok(Arc::new(known))
}
