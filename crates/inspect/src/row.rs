//! The observation being written, and the batch it goes to.
//!
//! The one place where parameters enter a batch: names are made printable and cut, names that are values themselves are
//! replaced by their class, values are reduced to class, number and keyed hash.

mod account;

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use model::limits::{METHOD_BYTES_MAX, NAME_BYTES_MAX, NAME_MEMO_MAX, PARAMS_MAX, SIGNALS_MAX};
use model::message::Span;
use model::observation::{AnswerField, Param, Text};
use model::{
    Anomaly, Mark, Observation, ObservationBatch, ParamPlace, Rpc, Signal, SignalKind, Transaction, ValueClass,
};

use crate::attempt;
use crate::class::{classify, number, quick};
use crate::memo::{Memo, SPREAD};
use crate::names::{self, Login};
use crate::payload::{self, Hits, Scanner};
use crate::pseudonym::Pseudonyms;
use crate::sensitive::{self, OwnRules, RuleSet, Vote};
use crate::text::push_printable;
use crate::tokens;

/// Words longer than this are prose, not identifiers, and get no hash.
const WORD_HASHED_MAX: usize = 64;

/// What names of parameters and fields said lately, by their tags. It changes no result.
#[derive(Debug)]
pub(crate) struct Said {
    lately: Memo<Says>,
    /// Classes of the configuration; none for most.
    own: Option<OwnRules>,
    payloads: Scanner,
}

/// What a name says about its value.
#[derive(Clone, Copy, Debug, Default)]
struct Says {
    said: names::Said,
    vote: Vote,
    /// Classes of the configuration that list it.
    own: RuleSet,
}

impl Said {
    /// With the classes of the configuration.
    pub(crate) fn new(own: OwnRules) -> Self {
        Self {
            lately: Memo::new(NAME_MEMO_MAX),
            own: Some(own).filter(|own| !own.is_empty()),
            payloads: Scanner::default(),
        }
    }

    fn tell(&mut self, tag: Option<u128>, name: &[u8]) -> Says {
        let own = &self.own;
        let anew = || {
            let own = own.as_ref().map_or(0, |own| own.named(name));
            Says { said: names::Said::of(name), vote: Vote::of(name), own }
        };
        let Some(tag) = tag else { return anew() };
        self.lately.get(tag).unwrap_or_else(|| {
            let made = anew();
            self.lately.put(tag, made);
            made
        })
    }

    /// What a value is about: a class of the configuration comes before one built in that is not surer.
    fn mark(&self, says: &Says, class: ValueClass, value: &[u8]) -> Option<Mark> {
        let built_in = || sensitive::mark(says.vote, class, value);
        match self.own.as_ref().and_then(|own| own.mark(says.own, value)) {
            None => built_in(),
            Some(own) if own.sure => Some(own),
            Some(own) => built_in().filter(|mark| mark.sure).or(Some(own)),
        }
    }
}

/// One row under construction.
pub(crate) struct Row<'a> {
    pub(crate) names: &'a mut Pseudonyms,
    pub(crate) batch: &'a mut ObservationBatch,
    pub(crate) seen: Observation,
    said: &'a mut Said,
    params_at: usize,
    answers_at: usize,
    disclosed_at: usize,
    notes_at: usize,
    signals_at: usize,
    client: Option<Signal>,
    /// Whether the request tries to log in, or asks for a new token: its answer is read for what it hands out.
    pub(crate) attempts: bool,
    /// Payloads of attacks that the request holds.
    pub(crate) tried: Hits,
}

impl<'a> Row<'a> {
    pub(crate) fn new(
        names: &'a mut Pseudonyms,
        said: &'a mut Said,
        batch: &'a mut ObservationBatch,
        transaction: &Transaction<'_>,
    ) -> Self {
        Self::with(names, said, batch, &outline(transaction))
    }

    /// Of which so much is known already.
    #[inline]
    pub(crate) fn with(
        names: &'a mut Pseudonyms,
        said: &'a mut Said,
        batch: &'a mut ObservationBatch,
        seen: &Observation,
    ) -> Self {
        let (params_at, seen) = (batch.params.len(), *seen);
        let answers_at = batch.answers.len();
        let disclosed_at = batch.disclosed.len();
        let notes_at = batch.notes.len();
        let signals_at = batch.signals.len();
        said.payloads.begin();
        Self {
            names,
            batch,
            seen,
            said,
            params_at,
            answers_at,
            disclosed_at,
            notes_at,
            signals_at,
            client: None,
            attempts: false,
            tried: 0,
        }
    }

    /// Closes the list of parameters and appends the row.
    pub(crate) fn finish(mut self) {
        self.take_client();
        self.take_number();
        self.seen.params.at = self.params_at as u32;
        self.seen.params.len = (self.batch.params.len() - self.params_at) as u32;
        self.seen.answers.at = self.answers_at as u32;
        self.seen.answers.len = (self.batch.answers.len() - self.answers_at) as u32;
        self.seen.disclosed.at = self.disclosed_at as u32;
        self.seen.disclosed.len = (self.batch.disclosed.len() - self.disclosed_at) as u32;
        self.seen.notes.at = self.notes_at as u32;
        self.seen.signals.at = self.signals_at as u32;
        self.seen.signals.len = (self.batch.signals.len() - self.signals_at) as u32;
        self.batch.rows.push(self.seen);
    }

    /// Forgets parameters and signals, and what stands in the arena from `text_at` on.
    pub(crate) fn forget(&mut self, text_at: usize) {
        self.batch.params.truncate(self.params_at);
        self.batch.signals.truncate(self.signals_at);
        self.batch.answers.truncate(self.answers_at);
        self.batch.text.truncate(text_at);
        (self.attempts, self.tried, self.client) = (false, 0, None);
    }

    /// Whether anything stands in its lists.
    pub(crate) fn tells(&self) -> bool {
        let batch = &self.batch;
        batch.params.len() > self.params_at || batch.signals.len() > self.signals_at || self.answer_count() > 0
    }

    /// Stands for names and shapes in its lists; `None` when it shows more than these.
    pub(crate) fn shape(&self) -> Option<u64> {
        if self.batch.signals.len() > self.signals_at || self.seen.operations.len > 0 {
            return None;
        }
        let mut hasher = FixedState::with_seed(0).build_hasher();
        let class = |data: Option<Mark>| data.map_or(0, |mark| mark.class.bit());
        for param in self.batch.params.get(self.params_at..).unwrap_or_default() {
            hasher.write(self.batch.text(param.name));
            hasher.write_u8(param.class as u8);
            hasher.write_u64(class(param.data));
        }
        for field in self.batch.answers.get(self.answers_at..).unwrap_or_default() {
            hasher.write(self.batch.text(field.name));
            hasher.write_u32(field.classes.0);
            hasher.write_u64(class(field.data));
        }
        Some(hasher.finish())
    }

    pub(crate) fn odd(&mut self, anomaly: Anomaly) {
        self.seen.anomalies.insert(anomaly);
    }

    /// Appends what `write` writes to the arena.
    pub(crate) fn text(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Text {
        let at = self.batch.text.len();
        write(&mut self.batch.text);
        Text { at: at as u32, len: (self.batch.text.len() - at) as u32 }
    }

    /// The keyed hash of a value.
    pub(crate) fn hash(&self, value: &[u8]) -> u64 {
        self.names.value(value)
    }

    /// A short keyed tag by which a value that may be an id is found again; 0 for one that is too long. Every value of every
    /// answer has one, so it must cost next to nothing: see [`crate::tag`].
    #[inline]
    pub(crate) fn sought(&self, value: &[u8]) -> u32 {
        let Some(tag) = self.names.tag(value) else { return 0 };
        let folded = (tag >> 64) as u64 ^ tag as u64;
        ((folded.wrapping_mul(SPREAD) >> 32) as u32).max(1)
    }

    /// What stands for a name, as far as it is short enough.
    pub(crate) fn tag(&self, name: &[u8]) -> Option<u128> {
        self.names.tag(name)
    }

    /// A parameter whose value may be looked at.
    pub(crate) fn param(&mut self, place: ParamPlace, name: &[u8], value: &[u8]) {
        let tag = self.tag(name);
        let param = self.told(Param { place, class: classify(value), ..Param::default() }, name, tag, value);
        self.push(param, name);
    }

    /// `param` with all that may be told of its value; `tag` is the name's.
    pub(crate) fn told(&mut self, param: Param, name: &[u8], tag: Option<u128>, value: &[u8]) -> Param {
        if value.is_empty() {
            return param;
        }
        // Leaves of a document are shown one by one before elements of arrays become one parameter.
        if param.place != ParamPlace::Body {
            self.suspect(param.place, name, value);
        }
        let says = self.said.tell(tag, name);
        if param.class == ValueClass::Jwt {
            tokens::shown(self, param.place, name, value);
        }
        if name.ends_with(b"_method") {
            self.override_field(param.place, name, value);
        }
        if says.said.login != Login::No {
            attempt::note(self, param.place, says.said.login, name, value);
        }
        let numeric = matches!(param.class, ValueClass::Int | ValueClass::Decimal);
        let magnitude = if numeric { model::magnitude(value) } else { 0 };
        let param = Param { data: self.said.mark(&says, param.class, value), magnitude, ..param };
        // Numbers are hashed too, so nothing is lost by asking for the hash first.
        let tells = match hashed(param.class, value) {
            Hashed::Always => !says.said.secret,
            Hashed::Identifiers => !says.said.secret && (says.said.identifier || param.data.is_some_and(is_weak_own)),
            // Several distinct values make a class of the configuration that its form alone does not.
            Hashed::Never => !says.said.secret && param.data.is_some_and(is_weak_own),
        };
        if !tells {
            return param;
        }
        let number = if param.class == ValueClass::Int { number(value) } else { None };
        Param { value: self.hash(value), sought: self.sought(value), number, ..param }
    }

    /// What a value is about; `tag` is the name's.
    pub(crate) fn mark(&mut self, name: &[u8], tag: Option<u128>, class: ValueClass, value: &[u8]) -> Option<Mark> {
        if value.is_empty() {
            return None;
        }
        let says = self.said.tell(tag, name);
        self.said.mark(&says, class, value)
    }

    /// What a value without a name is of, among the classes of the configuration.
    pub(crate) fn own_mark(&self, value: &[u8]) -> Option<Mark> {
        self.said.own.as_ref().and_then(|own| own.mark(0, value))
    }

    /// Notes what the transaction shows; what is beyond the bound is marked as not read.
    pub(crate) fn signal(&mut self, kind: SignalKind, place: ParamPlace, name: &[u8], value: u64) {
        if self.batch.signals.len() - self.signals_at >= SIGNALS_MAX {
            self.odd(Anomaly::ContentLimit);
            return;
        }
        let name = self.text(|out| push_name(out, name));
        self.batch.signals.push(Signal { kind, place, name, value });
    }

    /// Notes that the request asks to be taken for another method, by a field or parameter.
    pub(crate) fn override_field(&mut self, place: ParamPlace, name: &[u8], value: &[u8]) {
        let fits = match place {
            ParamPlace::Header => true,
            ParamPlace::Query | ParamPlace::Form => name == b"_method",
            ParamPlace::Body => name == b"/_method",
            _ => false,
        };
        let method = value.trim_ascii();
        let is_word =
            !method.is_empty() && method.len() <= METHOD_BYTES_MAX && method.iter().all(u8::is_ascii_alphabetic);
        let method = method.to_ascii_uppercase();
        if fits && is_word && method != self.batch.text(self.seen.method) {
            self.signal(SignalKind::Override, place, &method, 1);
        }
    }

    /// Looks for payloads of attacks in a value as it was sent.
    pub(crate) fn suspect(&mut self, place: ParamPlace, name: &[u8], value: &[u8]) {
        let hits = self.said.payloads.value(place, name, value);
        if hits != 0 {
            self.tell_payloads(place, name, hits);
        }
    }

    /// The same for a path: as a whole, since what climbs out of a directory is gone from its segments.
    pub(crate) fn suspect_path(&mut self, path: &[u8]) {
        if payload::suspicious(ParamPlace::Path, path.get(1..).unwrap_or_default()) {
            for segment in path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()) {
                self.suspect(ParamPlace::Path, b"", segment);
            }
            self.suspect(ParamPlace::Path, b"", path);
        }
    }

    /// The same for a text that is no list of parameters.
    pub(crate) fn suspect_document(&mut self, document: &[u8]) {
        let hits = self.said.payloads.document(document);
        self.tell_payloads(ParamPlace::Body, b"", hits);
    }

    /// Notes what the answer shows of the success of what the request tried.
    pub(crate) fn prove(&mut self, answer: &[u8], page: bool) {
        let hits = self.said.payloads.proofs(self.tried, answer, page);
        for number in payload::each(hits) {
            self.signal(SignalKind::Proof, ParamPlace::Body, b"", number as u64);
        }
    }

    /// Notes the delay that the request asked for.
    pub(crate) fn delay(&mut self) {
        let millis = self.said.payloads.delay();
        if millis > 0 {
            self.signal(SignalKind::Delay, ParamPlace::Body, b"", millis);
        }
    }

    fn tell_payloads(&mut self, place: ParamPlace, name: &[u8], hits: Hits) {
        // Each rule once for a name: the path is asked in parts and as a whole.
        for number in payload::each(if place == ParamPlace::Path { hits & !self.tried } else { hits }) {
            self.signal(SignalKind::Payload, place, name, number as u64);
        }
        for at in 0..self.said.payloads.targets().len() {
            if let Some(target) = self.said.payloads.targets().get(at).copied() {
                self.signal(SignalKind::Target, place, b"", target.packed());
            }
        }
        self.tried |= hits;
    }

    /// How many fields of the answer the row has so far.
    pub(crate) fn answer_count(&self) -> usize {
        self.batch.answers.len() - self.answers_at
    }

    /// The field of the answer of that index.
    pub(crate) fn answer(&mut self, index: usize) -> Option<&mut AnswerField> {
        self.batch.answers.get_mut(self.answers_at + index)
    }

    /// Takes back the fields of the answer, and what was written to the arena from `text_at` on for them.
    pub(crate) fn forget_answer(&mut self, text_at: usize) {
        self.batch.answers.truncate(self.answers_at);
        self.batch.text.truncate(text_at);
    }

    /// Adds a field of the answer, by its pointer.
    pub(crate) fn add_answer(&mut self, pointer: &[u8], field: AnswerField) {
        let name = self.text(|out| out.extend_from_slice(pointer));
        self.batch.answers.push(AnswerField { name, ..field });
    }

    /// Adds a value that the answer discloses.
    #[inline]
    pub(crate) fn disclose(&mut self, value: &[u8]) {
        let sought = self.sought(value);
        self.batch.disclosed.push(sought);
    }

    /// A parameter of which nothing but its name and shape is told.
    pub(crate) fn param_shape(&mut self, place: ParamPlace, name: &[u8], class: ValueClass) {
        self.push(Param { place, class, ..Param::default() }, name);
    }

    /// A parameter of which nothing but its name, its shape and the size of its value is told.
    pub(crate) fn param_of_size(&mut self, place: ParamPlace, name: &[u8], class: ValueClass, bytes: usize) {
        let mut digits = [0; 20];
        let mut left = &mut digits[..];
        // Twenty digits are enough for any size.
        let _infallible = std::io::Write::write_fmt(&mut left, format_args!("{bytes}"));
        let room = left.len();
        let magnitude = model::magnitude(digits.get(..digits.len() - room).unwrap_or_default());
        self.push(Param { place, class, magnitude, ..Param::default() }, name);
    }

    /// Takes back parameters from that one on.
    pub(crate) fn forget_params(&mut self, from: usize) {
        self.batch.params.truncate(self.params_at + from);
    }

    /// What is told of a call of gRPC.
    pub(crate) fn rpc(&mut self) -> Option<&mut Rpc> {
        self.batch.rpcs.get_mut((self.seen.rpc as usize).checked_sub(1)?)
    }

    /// A parameter of which nothing but its name, its shape and what it is about is told.
    pub(crate) fn param_about(&mut self, place: ParamPlace, name: &[u8], class: ValueClass, data: Option<Mark>) {
        self.push(Param { place, class, data, ..Param::default() }, name);
    }

    /// A parameter whose name is printable already: a JSON pointer.
    /// Whether there was room.
    pub(crate) fn param_named(&mut self, param: Param, pointer: &[u8]) -> bool {
        let room = self.has_room();
        if room {
            let name = self.text(|out| out.extend_from_slice(pointer));
            self.batch.params.push(Param { name, ..param });
        }
        room
    }

    /// Calls a parameter of the body otherwise, and tells of its value what the new name says. `before` is where the text of the
    /// batch ended when the first was called otherwise: none is twice, so that two may change names.
    pub(crate) fn rename(&mut self, before: u32, old: &[u8], new: &[u8], (class, value): (ValueClass, &[u8])) {
        let ObservationBatch { params, text, .. } = &*self.batch;
        let is_old = |param: &Param| {
            let name = text.get(param.name.at as usize..(param.name.at + param.name.len) as usize);
            param.place == ParamPlace::Body && param.name.at < before && name == Some(old)
        };
        let own = params.get(self.params_at..).unwrap_or_default();
        let Some(at) = own.iter().position(is_old).map(|at| self.params_at + at) else { return };
        // A web token has been told whatever it is called.
        let told = (class != ValueClass::Jwt).then(|| {
            let tag = self.tag(new);
            self.told(Param { place: ParamPlace::Body, class, ..Param::default() }, new, tag, value)
        });
        let name = self.text(|out| out.extend_from_slice(new));
        if let Some(param) = self.batch.params.get_mut(at) {
            *param = Param { name, ..told.unwrap_or(*param) };
        }
    }

    /// Where the row's parameters begin in the batch.
    pub(crate) const fn params_from(&self) -> usize {
        self.params_at
    }

    /// How many parameters the row has so far.
    pub(crate) fn param_count(&self) -> usize {
        self.batch.params.len() - self.params_at
    }

    /// Gives parameter `index` what `better` tells, if it was a null so far: elements of an array share one name.
    pub(crate) fn sharpen(&mut self, index: usize, better: impl FnOnce(&mut Self) -> Param) {
        let at = self.params_at + index;
        if self.batch.params.get(at).is_some_and(|known| known.class == ValueClass::Null) {
            let better = better(self);
            if let Some(known) = self.batch.params.get_mut(at) {
                *known = Param { name: known.name, ..better };
            }
        }
    }

    fn push(&mut self, param: Param, name: &[u8]) {
        if self.has_room() {
            let name = self.text(|out| push_name(out, name));
            self.batch.params.push(Param { name, ..param });
        }
    }

    fn has_room(&mut self) -> bool {
        let room = self.param_count() < PARAMS_MAX;
        if !room {
            self.odd(Anomaly::ContentLimit);
        }
        room
    }
}

/// All that needs no reading of texts.
fn outline(transaction: &Transaction<'_>) -> Observation {
    let (request, response) = (transaction.request.as_ref(), transaction.response.as_ref());
    let spans = (request.map(|r| r.span), response.map(|r| r.span));
    let (first, last) = match spans {
        (Some(request), Some(response)) => (request, response),
        (Some(only), None) | (None, Some(only)) => (only, only),
        (None, None) => {
            let (at, frame) = (transaction.at, transaction.stamp.frame);
            let span = Span { first_at: at, last_at: at, first_frame: frame, last_frame: frame };
            (span, span)
        }
    };
    let whole = request.is_some_and(|r| r.body.complete) && response.is_some_and(|r| r.body.complete);
    Observation {
        stamp: transaction.stamp,
        first_at: first.first_at,
        last_at: last.last_at.max(first.last_at),
        first_frame: first.first_frame,
        last_frame: last.last_frame.max(first.last_frame),
        flow: transaction.flow,
        flow_at: transaction.flow_at,
        ordinal: transaction.ordinal,
        version: request.map(|r| r.version).or_else(|| response.map(|r| r.version)).unwrap_or_default(),
        // A time that is not known stands as zero.
        duration: (whole && last.last_at != model::PacketTime::ZERO).then(|| last.last_at.since(first.first_at)),
        wait_micros: wait(&spans),
        anomalies: transaction.anomalies,
        missing: transaction.missing,
        ..Observation::default()
    }
}

/// Time between the two messages; saturates after an hour.
fn wait(spans: &(Option<Span>, Option<Span>)) -> u32 {
    let (Some(request), Some(response)) = spans else { return 0 };
    u32::try_from(response.first_at.since(request.last_at).as_micros()).unwrap_or(u32::MAX)
}

/// Which values identify something, so that two of them are worth comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hashed {
    Always,
    /// Under the name of an identifier.
    Identifiers,
    Never,
}

fn is_weak_own(mark: Mark) -> bool {
    !mark.sure && mark.class.own_index().is_some()
}

fn hashed(class: ValueClass, value: &[u8]) -> Hashed {
    use ValueClass as C;
    match class {
        C::Int | C::Uuid | C::Hex | C::Token | C::Email | C::Phone | C::Ip => Hashed::Always,
        C::Word if value.len() <= WORD_HASHED_MAX => Hashed::Identifiers,
        _ => Hashed::Never,
    }
}

/// A name; one that is a value itself (a token without `=`, a key of a JSON map) gives its class only.
pub(crate) fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    let at_once = quick(name);
    let class = at_once.unwrap_or_else(|| classify(name));
    if class.is_value() {
        push_placeholder(out, class);
    } else if at_once.is_some() && name.len() <= NAME_BYTES_MAX {
        out.extend_from_slice(name);
    } else {
        push_printable(out, name, NAME_BYTES_MAX);
    }
}

/// `{class}`.
pub(crate) fn push_placeholder(out: &mut Vec<u8>, class: ValueClass) {
    out.push(b'{');
    out.extend_from_slice(class.as_str().as_bytes());
    out.push(b'}');
}
