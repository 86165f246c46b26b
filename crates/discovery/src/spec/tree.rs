//! JSON and YAML documents as a tree that knows its lines.
//!
//! In: text. Out: one [`Node`], each with the line and column it begins at, so that a drift can be shown in its document.
//! JSON is read as the subset of YAML it is. Anchors are copied where they are used; what is copied counts against
//! [`SPEC_NODES_MAX`], so a few lines cannot become a billion. Can go wrong: [`SpecError`], with the place.

use std::collections::HashMap;
use std::rc::Rc;

use model::limits::{SPEC_DEPTH_MAX, SPEC_NODES_MAX, SPEC_PATH_BYTES_MAX};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// A place in a document, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// Why a document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {message}", place.line, place.column)]
pub struct SpecError {
    /// Where.
    pub place: Place,
    /// What is wrong there: a clause without its end.
    pub message: String,
}

impl SpecError {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

/// One value of a document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// A number, a truth value, or text.
    Scalar(Scalar),
    List(Rc<Vec<Node>>),
    /// In the order of the document; of equal keys the first is found.
    Map(Rc<Map>),
}

#[derive(Debug)]
pub(super) struct Map {
    entries: Vec<(Key, Node)>,
    /// Position of the first entry of each key, when there are too many to look through. Asked only, never listed.
    index: Option<HashMap<Rc<str>, usize>>,
}

/// Entries above which a map has an index.
const INDEXED_FROM: usize = 16;

impl Map {
    fn new(entries: Vec<(Key, Node)>) -> Self {
        let index = (entries.len() > INDEXED_FROM).then(|| {
            let mut index = HashMap::with_capacity(entries.len());
            // An alias makes many keys of one long text: those that name nothing are not hashed again and again.
            let usable = entries.iter().enumerate().filter(|(_, (key, _))| key.text.len() <= SPEC_PATH_BYTES_MAX);
            for (at, (key, _)) in usable {
                index.entry(Rc::clone(&key.text)).or_insert(at);
            }
            index
        });
        Self { entries, index }
    }

    fn find(&self, key: &str) -> Option<&(Key, Node)> {
        match &self.index {
            Some(index) => index.get(key).and_then(|&at| self.entries.get(at)),
            None => self.entries.iter().find(|(known, _)| &*known.text == key),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) text: Rc<str>,
    /// Whether it was written without quotes, so that `true` is a truth value and `200` a number.
    pub(super) bare: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: Rc<str>,
    pub(super) place: Place,
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.find(key).map(|(_, node)| node)
    }

    /// Where the key of a member stands: its value may begin on a later line.
    pub(super) fn key_at(&self, key: &str) -> Option<Place> {
        self.find(key).map(|(known, _)| known.place)
    }

    fn find(&self, key: &str) -> Option<&(Key, Self)> {
        if let Value::Map(map) = &self.value { map.find(key) } else { None }
    }

    /// Members of a map; of anything else none.
    pub(super) fn entries(&self) -> &[(Key, Self)] {
        if let Value::Map(map) = &self.value { &map.entries } else { &[] }
    }

    /// Elements of a list; of anything else none.
    pub(super) fn elements(&self) -> &[Self] {
        if let Value::List(elements) = &self.value { elements } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Scalar(scalar) = &self.value { Some(&scalar.text) } else { None }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.bare && &*scalar.text == "true")
    }

    pub(super) const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// The value that a JSON pointer (RFC 6901) leads to.
    pub(super) fn at(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |node, key| {
            let key = key.replace("~1", "/").replace("~0", "~");
            match &node.value {
                Value::List(list) => list.get(key.parse::<usize>().ok()?),
                _ => node.get(&key),
            }
        })
    }
}

/// Reads the first document of `text`, and says where another begins.
pub(super) fn parse(text: &str) -> Result<(Node, Option<Place>), SpecError> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            SpecError::new(place_of(marker.line(), marker.col()), error.info().to_owned())
        })?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        builder.take(event, span)?;
    }
    let another = parser.by_ref().find_map(|next| match next {
        Ok((Event::DocumentStart(..), span)) => Some(Some(place_of(span.start.line(), span.start.col()))),
        Ok((Event::StreamEnd, _)) | Err(_) => Some(None),
        Ok(_) => None,
    });
    let root = builder.root.ok_or_else(|| SpecError::new(Place { line: 1, column: 1 }, "the document is empty"))?;
    Ok((root, another.flatten()))
}

fn place_of(line: usize, column: usize) -> Place {
    Place {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
    }
}

/// A list or map whose end has not come.
#[derive(Debug)]
struct Open {
    place: Place,
    anchor: usize,
    /// Nodes made before it.
    before: usize,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    /// Nodes below each anchor with the number of nodes in them.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SpecError> {
        let place = place_of(span.start.line(), span.start.col());
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let text: Rc<str> = text.into();
                let value = scalar(&text, style);
                let key = Key { text, place };
                self.count(1, place)?;
                self.add(Node { place, value }, Some(key), anchor, 1)
            }
            Event::Alias(anchor) => {
                let (node, size) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| SpecError::new(place, "an alias of something that has not ended"))?;
                self.count(size, place)?;
                let key = match &node.value {
                    Value::Scalar(scalar) => Some(Key { text: Rc::clone(&scalar.text), place }),
                    _ => None,
                };
                self.add(node, key, 0, size)
            }
            Event::SequenceStart(anchor, _) => self.begin(place, anchor, Parts::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(place, anchor, Parts::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, place: Place) -> Result<(), SpecError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > SPEC_NODES_MAX {
            return Err(SpecError::new(place, format!("more than {SPEC_NODES_MAX} values")));
        }
        Ok(())
    }

    fn begin(&mut self, place: Place, anchor: usize, parts: Parts) -> Result<(), SpecError> {
        if self.open.len() >= SPEC_DEPTH_MAX {
            return Err(SpecError::new(place, format!("more than {SPEC_DEPTH_MAX} levels deep")));
        }
        let before = self.nodes;
        self.count(1, place)?;
        self.open.push(Open { place, anchor, before, parts });
        Ok(())
    }

    fn end(&mut self) -> Result<(), SpecError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.parts {
            Parts::List(list) => Value::List(Rc::new(list)),
            Parts::Map(entries, _) => Value::Map(Rc::new(Map::new(merged(entries)))),
        };
        self.add(Node { place: open.place, value }, None, open.anchor, self.nodes.saturating_sub(open.before))
    }

    /// Puts a whole value where it belongs. `key` is what it is called when it stands as a key.
    fn add(&mut self, node: Node, key: Option<Key>, anchor: usize, size: usize) -> Result<(), SpecError> {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.root = self.root.take().or(Some(node)),
            Some(Parts::List(list)) => list.push(node),
            Some(Parts::Map(entries, waiting)) => match waiting.take() {
                Some(key) => entries.push((key, node)),
                None => *waiting = Some(key.ok_or_else(|| SpecError::new(node.place, "a key that is no text"))?),
            },
        }
        Ok(())
    }
}

/// YAML's merge key `<<`: members of the named maps stand behind the map's own.
fn merged(entries: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    if !entries.iter().any(|(key, _)| &*key.text == "<<") {
        return entries;
    }
    let (merge, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| &*key.text == "<<");
    for (_, node) in merge {
        let maps = if node.is_map() { std::slice::from_ref(&node) } else { node.elements() };
        own.extend(maps.iter().flat_map(Node::entries).cloned());
    }
    own
}

/// YAML 1.2 core schema, as far as it matters here.
fn scalar(text: &Rc<str>, style: ScalarStyle) -> Value {
    let bare = style == ScalarStyle::Plain;
    if bare && matches!(&**text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar(Scalar { text: Rc::clone(text), bare })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_one_tree_with_lines() {
        let json = "{\n  \"paths\": {\n    \"/a\": {\"x\": [1, true, null, \"200\"]}\n  }\n}";
        let yaml = "paths:\n\n  /a:\n    x: [1, true, ~, '200']\n";
        for (text, line) in [(json, 3), (yaml, 4)] {
            let root = parse(text).unwrap().0;
            let list = root.at("/paths/~1a/x").unwrap();
            assert_eq!(list.place.line, line);
            assert_eq!(list.elements().len(), 4);
            assert!(list.elements()[1].is_true() && matches!(list.elements()[2].value, Value::Null));
            assert_eq!(root.at("/paths/~1a/x/3").unwrap().text(), Some("200"));
        }
    }

    #[test]
    fn faults_have_their_place() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(error.place.line >= 2, "{error}");
        assert_eq!(parse("").unwrap_err().to_string(), "1:1: the document is empty");
    }

    #[test]
    fn anchors_are_copied_and_counted() {
        let root = parse("a: &x {k: 1}\nb: *x\nc: {<<: *x, l: 2}\n").unwrap().0;
        assert_eq!(root.at("/b/k").unwrap().text(), Some("1"));
        assert_eq!(root.at("/c/k").unwrap().text(), Some("1"));
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let many = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.extend([format!("a{n}: &a{n} [{many}]\n")]);
        }
        assert!(parse(&bomb).unwrap_err().message.contains("values"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(SPEC_DEPTH_MAX + 1);
        assert!(parse(&deep).unwrap_err().message.contains("levels"));
    }
}
