//! The fields of an answer: pointers, shapes and what the values are about.
//!
//! In: decoded content. Out: rows of the batch, one for each pointer. No value is kept, and nothing is odd about an answer
//! that is no JSON: it has no fields then.

use model::data::SHARE_PERCENT;
use model::limits::{ANSWER_FIELDS_MAX, ANSWER_VALUES_MAX};
use model::observation::{AnswerField, ClassSet};
use model::{Mark, ValueClass};

use crate::body::{leaf_class, place};
use crate::content::Content;
use crate::json::{End, Leaf, Walker};
use crate::row::Row;

/// Slots of the table that finds a pointer seen before.
const SLOTS: usize = 128;
const _: () = assert!(SLOTS >= 2 * ANSWER_FIELDS_MAX && SLOTS.is_power_of_two());

/// Values of one field within the answer.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Values that could show a class.
    values: u32,
    /// Those that showed the one that was seen first.
    marked: u32,
}

/// Fields of one answer while it is read.
#[derive(Debug)]
pub(crate) struct Reading {
    slots: [(u64, u16); SLOTS],
    counts: [Count; ANSWER_FIELDS_MAX],
    seen: usize,
    cut: bool,
    /// Where its names begin.
    before: usize,
}

impl Reading {
    pub(crate) fn new(row: &Row<'_>) -> Self {
        let before = row.batch.text.len();
        Self { slots: [(0, 0); SLOTS], counts: [Count::default(); ANSWER_FIELDS_MAX], seen: 0, cut: false, before }
    }

    /// Takes a value; whether further ones are wanted.
    #[inline]
    pub(crate) fn take(&mut self, row: &mut Row<'_>, pointer: &[u8], value: Leaf<'_>) -> bool {
        self.seen += 1;
        let tag = row.tag(pointer);
        let Some(index) = find(row, &mut self.slots, place(tag), pointer) else {
            self.cut = true;
            return self.seen < ANSWER_VALUES_MAX;
        };
        let (class, text) = leaf_class(value);
        let mark = row.mark(pointer, tag, class, text);
        let value = if mark.is_some() { (row.hash(text) >> 32) as u32 } else { 0 };
        if let (Some(count), Some(field)) = (self.counts.get_mut(index), row.answer(index)) {
            note(field, count, class, mark, value);
        }
        self.seen < ANSWER_VALUES_MAX
    }

    /// The reading ended so.
    pub(crate) fn finish(&self, row: &mut Row<'_>, end: End) {
        if end == End::Malformed {
            row.forget_answer(self.before);
            return;
        }
        row.seen.answers_cut = self.cut || end != End::Whole;
        for (index, count) in self.counts.iter().enumerate().take(row.answer_count()) {
            if u64::from(count.marked) * 100 < u64::from(count.values) * SHARE_PERCENT
                && let Some(field) = row.answer(index)
            {
                (field.data, field.value) = (None, 0);
            }
        }
    }
}

/// Reads the content into the row; nothing of a document that is not JSON.
pub(crate) fn read(row: &mut Row<'_>, content: &Content<'_>, walker: &mut Walker) {
    let Some(bytes) = content.bytes else { return };
    if !matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return;
    }
    let mut reading = Reading::new(row);
    let end = walker.walk(bytes, |pointer, value| reading.take(row, pointer, value));
    reading.finish(row, end);
}

/// The index of the pointer's field, made when there is room.
fn find(row: &mut Row<'_>, slots: &mut [(u64, u16); SLOTS], hash: u64, pointer: &[u8]) -> Option<usize> {
    let mut at = hash as usize;
    loop {
        let slot = slots.get_mut(at % SLOTS)?;
        if slot.0 == hash {
            return Some(usize::from(slot.1));
        }
        if slot.0 == 0 {
            let index = row.answer_count();
            if index >= ANSWER_FIELDS_MAX {
                return None;
            }
            *slot = (hash, index as u16);
            row.add_answer(pointer, AnswerField::default());
            return Some(index);
        }
        at += 1;
    }
}

fn note(field: &mut AnswerField, count: &mut Count, class: ValueClass, mark: Option<Mark>, value: u32) {
    let mut classes: ClassSet = field.classes;
    classes.insert(class);
    field.classes = classes;
    if matches!(class, ValueClass::Null | ValueClass::Object | ValueClass::Array) {
        return;
    }
    count.values += 1;
    let Some(mark) = mark else { return };
    match field.data {
        None => (field.data, field.value, count.marked) = (Some(mark), value, 1),
        Some(known) if known.class == mark.class => count.marked += 1,
        Some(_) => {}
    }
}
