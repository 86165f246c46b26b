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
use crate::json::{End, Walker};
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

/// Reads the content into the row; nothing of a document that is not JSON.
pub(crate) fn read(row: &mut Row<'_>, content: &Content<'_>, walker: &mut Walker) {
    let Some(bytes) = content.bytes else { return };
    if !matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return;
    }
    let mut slots = [(0u64, 0u16); SLOTS];
    let mut counts = [Count::default(); ANSWER_FIELDS_MAX];
    let (mut seen, mut cut, before) = (0, false, row.batch.text.len());
    let end = walker.walk(bytes, |pointer, value| {
        seen += 1;
        let tag = row.tag(pointer);
        let Some(index) = find(row, &mut slots, place(tag), pointer) else {
            cut = true;
            return seen < ANSWER_VALUES_MAX;
        };
        let (class, text) = leaf_class(value);
        let mark = row.mark(pointer, tag, class, text);
        let value = if mark.is_some() { (row.hash(text) >> 32) as u32 } else { 0 };
        if let (Some(count), Some(field)) = (counts.get_mut(index), row.answer(index)) {
            note(field, count, class, mark, value);
        }
        seen < ANSWER_VALUES_MAX
    });
    if end == End::Malformed {
        row.forget_answer(before);
        return;
    }
    row.seen.answers_cut = cut || end != End::Whole;
    for (index, count) in counts.iter().enumerate().take(row.answer_count()) {
        if u64::from(count.marked) * 100 < u64::from(count.values) * SHARE_PERCENT
            && let Some(field) = row.answer(index)
        {
            (field.data, field.value) = (None, 0);
        }
    }
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
