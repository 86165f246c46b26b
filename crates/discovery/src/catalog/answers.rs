//! Fields of one endpoint's answers, by status.
//!
//! In: the fields of the answers that were read in full. Kept: for each status and pointer how many answers had it, with
//! which shapes, and what the values are about. Bounded over all statuses; what comes first stays.

use std::collections::BTreeMap;

use model::endpoint::{FieldRecord, ResponseRecord};
use model::limits::{ANSWER_FIELDS_PER_ENDPOINT_MAX, ANSWER_STATUSES_MAX};
use model::observation::{AnswerField, ClassSet};
use model::{ClassTable, DataClass, DataKind, DataTally, Mark, Observed, ValueClass};
use serde::{Deserialize, Serialize};

/// Answers of all statuses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answers {
    list: Vec<Answer>,
    /// Fields over all statuses.
    fields: usize,
}

/// Answers of one status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Answer {
    status: u16,
    media_type: Box<str>,
    count: u64,
    fields: Vec<Field>,
    /// Of the count, those of which not all was kept.
    #[serde(default)]
    cut: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Field {
    pointer: Box<str>,
    count: u64,
    classes: Vec<(ValueClass, u64)>,
    data: DataTally,
}

impl Answers {
    /// Counts an answer that was read.
    pub(crate) fn see(&mut self, seen: &Observed<'_>) {
        self.see_times(seen, seen.row.status, 1);
    }

    /// Counts so many answers, or messages of a stream, that are alike.
    pub(crate) fn see_times(&mut self, seen: &Observed<'_>, status: u16, times: u64) {
        let row = seen.row;
        let open = row.auth.is_empty() && row.succeeded();
        let room = &mut self.fields;
        let Some(answer) = answer(&mut self.list, status) else { return };
        if answer.count == 0 {
            answer.media_type = String::from_utf8_lossy(seen.text(row.response.content_type)).into();
        }
        answer.count += times;
        answer.cut += if row.answers_cut { times } else { 0 };
        for (guess, field) in seen.answers().iter().enumerate() {
            if let Some(known) = answer.field(seen.text(field.name), guess, room) {
                known.note(field, open, times);
            }
        }
    }

    /// Counts so many messages of a client that are alike: what they hold are parameters.
    pub(crate) fn see_sent(&mut self, seen: &Observed<'_>, times: u64) {
        let room = &mut self.fields;
        let Some(answer) = answer(&mut self.list, 0) else { return };
        answer.count += times;
        for (guess, param) in seen.params().iter().enumerate() {
            let mut classes = ClassSet::default();
            classes.insert(param.class);
            let (data, value) = (param.data, (param.value >> 32) as u32);
            let field = AnswerField { name: param.name, classes, data, value };
            if let Some(known) = answer.field(seen.text(param.name), guess, room) {
                known.note(&field, false, times);
            }
        }
    }

    /// Takes over the answers of an endpoint that is called as this one.
    pub(crate) fn merge(&mut self, other: &Self) {
        let room = &mut self.fields;
        for theirs in &other.list {
            let Some(mine) = answer(&mut self.list, theirs.status) else { continue };
            if mine.count == 0 {
                mine.media_type.clone_from(&theirs.media_type);
            }
            mine.count += theirs.count;
            mine.cut += theirs.cut;
            for (guess, field) in theirs.fields.iter().enumerate() {
                if let Some(known) = mine.field(field.pointer.as_bytes(), guess, room) {
                    known.count += field.count;
                    field.classes.iter().for_each(|(class, count)| known.add(*class, *count));
                    known.data.merge(&field.data);
                }
            }
        }
    }

    /// What the inventory shows of them.
    pub(crate) fn record(&self, classes: &ClassTable) -> Vec<ResponseRecord> {
        let mut out: Vec<_> = self.list.iter().map(|answer| answer.record(classes)).collect();
        out.sort_by_key(|response| response.status);
        out
    }

    /// What they are about: of each class the field that showed it most, and that did so most to calls without credentials.
    pub(crate) fn data(&self) -> Data {
        let mut data = Data::default();
        for (class, count, open) in self.list.iter().flat_map(|answer| &answer.fields).filter_map(|f| f.data.shows()) {
            raise(&mut data.returned, class, count);
            if open > 0 {
                raise(&mut data.unauthenticated, class, open);
            }
        }
        data
    }

    /// Pointers of the fields that show one of the classes, in the order of the inventory.
    pub(crate) fn fields_of(&self, classes: u64) -> Vec<&str> {
        let mut answers: Vec<&Answer> = self.list.iter().collect();
        answers.sort_by_key(|answer| answer.status);
        let mut names = Vec::new();
        for answer in answers {
            let shows = |field: &&Field| field.data.shows().is_some_and(|(class, ..)| classes & class.bit() != 0);
            let mut fields: Vec<&str> = answer.fields.iter().filter(shows).map(|field| &*field.pointer).collect();
            fields.sort_unstable();
            fields.retain(|pointer| !names.contains(pointer));
            names.extend(fields);
        }
        names
    }

    /// Gives classes of the configuration the numbers they have now.
    pub(crate) fn renumber(&mut self, number: &dyn Fn(DataKind) -> Option<DataKind>) {
        self.list.iter_mut().flat_map(|answer| &mut answer.fields).for_each(|field| field.data.renumber(number));
    }
}

/// Classes with the answers that showed them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Data {
    pub(crate) returned: BTreeMap<DataKind, u64>,
    /// Of these, in successful answers to calls without credentials.
    pub(crate) unauthenticated: BTreeMap<DataKind, u64>,
}

/// The answers of a status, made when there is room.
fn answer(list: &mut Vec<Answer>, status: u16) -> Option<&mut Answer> {
    let at = match list.iter().position(|answer| answer.status == status) {
        Some(at) => at,
        None if list.len() < ANSWER_STATUSES_MAX => {
            list.push(Answer { status, ..Answer::default() });
            list.len() - 1
        }
        None => return None,
    };
    list.get_mut(at)
}

impl Answer {
    /// The field of that pointer, made when there is room; `guess` is where answers with the same fields have it.
    fn field(&mut self, pointer: &[u8], guess: usize, used: &mut usize) -> Option<&mut Field> {
        let is = |field: &Field| field.pointer.as_bytes() == pointer;
        let guessed = self.fields.get(guess).is_some_and(is).then_some(guess);
        let known = guessed.or_else(|| self.fields.iter().position(is));
        let at = if let Some(at) = known {
            at
        } else {
            let text = String::from_utf8_lossy(pointer);
            if *used >= ANSWER_FIELDS_PER_ENDPOINT_MAX || text.len() != pointer.len() {
                return None;
            }
            *used += 1;
            self.fields.push(Field { pointer: text.into(), ..Field::default() });
            self.fields.len() - 1
        };
        self.fields.get_mut(at)
    }

    fn record(&self, classes: &ClassTable) -> ResponseRecord {
        let mut fields: Vec<_> = self.fields.iter().map(|field| field.record(self.count, classes)).collect();
        fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        ResponseRecord {
            status: self.status,
            media_type: self.media_type.to_string(),
            count: self.count,
            cut: self.cut,
            fields,
        }
    }
}

impl Field {
    fn note(&mut self, field: &AnswerField, open: bool, times: u64) {
        self.count += times;
        let ClassSet(before) = field.classes;
        if before.is_power_of_two()
            && let Some((_, count)) = self.classes.first_mut().filter(|(class, _)| field.classes.contains(*class))
        {
            *count += times;
        } else {
            field.classes.iter().for_each(|class| self.add(class, times));
        }
        if field.classes.iter().any(|class| !is_hollow(class)) {
            self.data.note(field.data, field.value, open);
        }
    }

    fn add(&mut self, class: ValueClass, more: u64) {
        match self.classes.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => *count += more,
            None => self.classes.push((class, more)),
        }
    }

    fn record(&self, answers: u64, classes: &ClassTable) -> FieldRecord {
        let null = |class: &ValueClass| *class == ValueClass::Null;
        FieldRecord {
            pointer: self.pointer.to_string(),
            count: self.count,
            always: self.count >= answers,
            nullable: self.classes.iter().any(|(class, _)| null(class)),
            classes: self.classes.iter().copied().filter(|(class, _)| !null(class)).collect(),
            data: self.data.shows().and_then(|(class, ..)| classes.name(class)),
        }
    }
}

/// Whether no value of that shape can be about anything.
const fn is_hollow(class: ValueClass) -> bool {
    matches!(class, ValueClass::Null | ValueClass::Object | ValueClass::Array)
}

/// What the shape of a path segment alone says it is about.
pub(crate) fn mark_of(class: ValueClass) -> Option<Mark> {
    let class = match class {
        ValueClass::Email => DataClass::Email,
        ValueClass::Jwt => DataClass::Jwt,
        ValueClass::Ip => DataClass::Ip,
        _ => return None,
    };
    Some(Mark { class: class.into(), sure: true })
}

/// Raises the count of a class to at least `count`.
pub(crate) fn raise(counts: &mut BTreeMap<DataKind, u64>, class: DataKind, count: u64) {
    let known = counts.entry(class).or_default();
    *known = count.max(*known);
}
