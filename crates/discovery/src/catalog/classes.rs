//! The classes of the configuration as the state remembers them.
//!
//! Rows hold their numbers, which are places in the file; the row kept here holds their names in that order. When another
//! configuration comes, classes keep what was learned of them by name, and what is not defined any more is forgotten.

use model::{ClassTable, DataKind, Id, RowKind, SavedState, Share, StateRow};

use crate::detectors::saved;

fn key() -> Id {
    Id::of("catalog-classes", &[])
}

/// Names in the order of the numbers.
pub(super) fn names(table: &ClassTable) -> impl Iterator<Item = &str> {
    table.own().iter().map(|own| &*own.name)
}

/// The row, written by one worker for all; it says that there are none, too.
pub(super) fn row(share: Share, table: &ClassTable) -> Option<StateRow> {
    let names: Vec<&str> = names(table).collect();
    share.owns(&key()).then(|| saved::row(RowKind::Stage, key(), &names)).flatten()
}

/// What rows say of the classes that they hold numbers of; none when no class was ever defined.
pub(crate) fn of_rows(rows: &[StateRow]) -> Vec<Box<str>> {
    let row = rows.iter().find(|row| row.kind == RowKind::Stage && row.key == key());
    row.and_then(saved::read).unwrap_or_default()
}

/// The names that the saved numbers stand for.
pub(super) fn read(state: &SavedState) -> Vec<Box<str>> {
    of_rows(&state.rows)
}

/// The number now of a class numbered so before; `None` when it is not defined any more.
pub(super) fn number(before: &[Box<str>], table: &ClassTable, kind: DataKind) -> Option<DataKind> {
    match kind.own_index() {
        None => Some(kind),
        Some(index) => table.kind_of(before.get(index)?),
    }
}
