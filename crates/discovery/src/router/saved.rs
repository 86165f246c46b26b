//! The router's rows: one for each service, its whole knowledge in MessagePack behind a version.

use model::{RowKind, SavedState, StateRow};

use super::service::{Service, Sink};

/// Version of the form below. Rows of another version, and damaged ones, are not read: names are learned anew.
const VERSION: u8 = 4;

/// The row of a service; `None` when it cannot be written, which no service of ours is.
pub(crate) fn row(service: &Service) -> Option<StateRow> {
    let mut model = vec![VERSION];
    rmp_serde::encode::write(&mut model, service).ok()?;
    Some(StateRow { kind: RowKind::RouterService, key: service.id, model })
}

/// Every service in the state, in order of their keys.
pub(crate) fn load(saved: &SavedState) -> Vec<Service> {
    let mut rows: Vec<_> = saved.rows.iter().filter(|row| row.kind == RowKind::RouterService).collect();
    rows.sort_unstable_by_key(|row| row.key);
    rows.into_iter().filter_map(read).collect()
}

fn read(row: &StateRow) -> Option<Service> {
    let (version, rest) = row.model.split_first()?;
    let service: Service = if *version == VERSION { rmp_serde::from_slice(rest).ok()? } else { return None };
    super::sound::is_sound(&service).then_some(Service { id: row.key, ..service })
}

/// Announces every operation of a service just loaded.
pub(crate) fn announce_all(service: &mut Service, sink: &mut Sink) {
    let mut open = vec![super::tree::ROOT];
    let mut ops: Vec<_> = service.other.into_iter().collect();
    while let Some(id) = open.pop() {
        let Some(node) = service.tree.node(id) else { continue };
        ops.extend(&node.ops);
        open.extend(node.variable);
        open.extend(node.words.values().rev());
    }
    // An operation that a fold put behind another was never announced, and is not now.
    for op in ops {
        if service.tree.op(op).is_some_and(|op| !op.template.is_empty()) {
            service.announce(op, sink);
        }
    }
}
