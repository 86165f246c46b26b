//! GraphQL documents (GraphQL specification, October 2021, §2), as far as their operations and size are told.
//!
//! In: the text of a document. Out: its operations with their names and root fields, nesting, fields and aliases; whether
//! it is a document at all. One pass over the bytes with counters instead of a stack, so no document costs more than its
//! length. What is inside of arguments, directives and variable definitions is passed over by its brackets.

use model::OperationKind;
use model::limits::OPERATIONS_PER_CALL_MAX;

/// Arguments of one document that are kept, and bytes of one of them: a document may ask for the same thing a thousand times.
const LITERALS_MAX: usize = 32;
const LITERAL_BYTES_MAX: usize = 4_096;

/// What a document holds. Buffers are kept from one document to the next.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Its operations, the first ones.
    pub(crate) operations: Vec<Definition>,
    /// Names of operations and root fields, one after the other.
    names: Vec<u8>,
    /// Root fields of all operations, as ranges of `names`.
    roots: Vec<Range>,
    /// Deepest nesting of selection sets.
    pub(crate) depth: u16,
    /// Fields selected.
    pub(crate) fields: u16,
    /// Fields with an alias.
    pub(crate) aliases: u16,
    /// Whether it asks for the schema (GraphQL October 2021 §4).
    pub(crate) introspects: bool,
    /// Arguments that stand in the document itself, the first ones: names and values as ranges of `names`.
    literals: Vec<(Range, Range)>,
    /// Variables that are called otherwise than the argument they are given to: both names, as ranges of `names`.
    variables: Vec<(Range, Range)>,
}

type Range = (u32, u32);

/// One operation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Definition {
    /// [`OperationKind::Query`], `Mutation` or `Subscription`.
    pub(crate) kind: OperationKind,
    name: Range,
    roots: Range,
}

impl Document {
    /// The name of an operation; empty when it has none.
    pub(crate) fn name(&self, of: &Definition) -> &[u8] {
        self.text(of.name)
    }

    /// The root fields of an operation, without their aliases, each once.
    pub(crate) fn roots(&self, of: &Definition) -> impl Iterator<Item = &[u8]> {
        let roots = self.roots.get(of.roots.0 as usize..of.roots.1 as usize).unwrap_or_default();
        roots.iter().map(|range| self.text(*range))
    }

    /// Names and values of the arguments that stand in the document itself; strings with their escapes.
    pub(crate) fn literals(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.literals.iter().map(|(name, value)| (self.text(*name), self.text(*value)))
    }

    /// Whether some variable is called otherwise than its argument.
    pub(crate) const fn renames(&self) -> bool {
        !self.variables.is_empty()
    }

    /// The argument that a variable is given to, where it has another name. What an argument is called the service decides, what a
    /// variable is called whoever writes the document.
    pub(crate) fn argument(&self, variable: &[u8]) -> Option<&[u8]> {
        let found = self.variables.iter().find(|(name, _)| self.text(*name) == variable);
        found.map(|(_, argument)| self.text(*argument))
    }

    fn text(&self, (from, to): Range) -> &[u8] {
        self.names.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.operations.clear();
        self.names.clear();
        self.roots.clear();
        self.literals.clear();
        self.variables.clear();
        (self.depth, self.fields, self.aliases, self.introspects) = (0, 0, 0, false);
    }

    /// Reads a document; whether it is one, with an operation in it.
    pub(crate) fn read(&mut self, text: &[u8]) -> bool {
        self.clear();
        let whole = self.definitions(&mut Lexer { rest: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) });
        whole.is_some() && !self.operations.is_empty()
    }

    /// `None` when it is no document.
    fn definitions(&mut self, lexer: &mut Lexer<'_>) -> Option<()> {
        loop {
            let kind = match lexer.next()? {
                Token::End => return Some(()),
                Token::Mark(b'{') => {
                    self.operation(OperationKind::Query, &[], lexer)?;
                    continue;
                }
                Token::Name(b"query") => OperationKind::Query,
                Token::Name(b"mutation") => OperationKind::Mutation,
                Token::Name(b"subscription") => OperationKind::Subscription,
                Token::Name(b"fragment") => {
                    // `fragment Name on Type`, then as an operation has it.
                    let (Token::Name(_), Token::Name(b"on"), Token::Name(_)) =
                        (lexer.next()?, lexer.next()?, lexer.next()?)
                    else {
                        return None;
                    };
                    let first = lexer.next()?;
                    lexer.head(first)?;
                    self.selections(lexer, false)?;
                    continue;
                }
                _ => return None,
            };
            let (mut name, mut next) = (&b""[..], lexer.next()?);
            if let Token::Name(found) = next {
                (name, next) = (found, lexer.next()?);
            }
            lexer.head(next)?;
            self.operation(kind, name, lexer)?;
        }
    }

    /// One operation whose brace has been read.
    fn operation(&mut self, kind: OperationKind, name: &[u8], lexer: &mut Lexer<'_>) -> Option<()> {
        let keep = self.operations.len() < OPERATIONS_PER_CALL_MAX;
        let first = self.roots.len() as u32;
        let name = if keep { self.keep(name) } else { (0, 0) };
        self.selections(lexer, keep && name.0 == name.1)?;
        if keep {
            self.operations.push(Definition { kind, name, roots: (first, self.roots.len() as u32) });
        }
        Some(())
    }

    fn keep(&mut self, name: &[u8]) -> Range {
        let from = self.names.len() as u32;
        self.names.extend_from_slice(name);
        (from, self.names.len() as u32)
    }

    /// A selection set whose brace has been read, and all in it; its own fields are kept as roots when `roots`.
    fn selections(&mut self, lexer: &mut Lexer<'_>, roots: bool) -> Option<()> {
        let first = self.roots.len();
        let (mut depth, mut selected) = (1_u16, false);
        let mut token = lexer.next()?;
        loop {
            self.depth = self.depth.max(depth);
            let after = match token {
                Token::Name(name) => self.field(name, lexer, (roots && depth == 1).then_some(first))?,
                Token::Spread => spread(lexer)?,
                // No selection set is empty.
                Token::Mark(b'}') if selected => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                    token = lexer.next()?;
                    continue;
                }
                Token::Mark(_) | Token::Value(_) | Token::End => return None,
            };
            selected = true;
            token = self.arguments(after, lexer)?;
            token = lexer.tail(token)?;
            if matches!(token, Token::Mark(b'{')) {
                // Deeper than any body is long enough for.
                depth = depth.checked_add(1)?;
                selected = false;
                token = lexer.next()?;
            }
        }
    }

    /// The arguments of a field, beginning with `token`; the token after them.
    fn arguments<'t>(&mut self, token: Token<'t>, lexer: &mut Lexer<'t>) -> Option<Token<'t>> {
        if !matches!(token, Token::Mark(b'(')) {
            return Some(token);
        }
        // Members of objects are told by their own names.
        let (mut depth, mut name, mut named) = (1_usize, &b""[..], false);
        while depth > 0 {
            match lexer.next()? {
                Token::Mark(b'(' | b'[' | b'{') => depth += 1,
                Token::Mark(b')' | b']' | b'}') => depth -= 1,
                Token::Mark(b':') => named = true,
                Token::Mark(b'$') => {
                    if let (Token::Name(variable), true) = (lexer.next()?, named) {
                        self.variable(variable, name);
                    }
                    named = false;
                }
                Token::Value(value) if named => self.literal(name, value),
                Token::Name(value @ (b"true" | b"false")) if named => self.literal(name, value),
                Token::Name(next) => (name, named) = (next, false),
                Token::End => return None,
                _ => {}
            }
        }
        lexer.next()
    }

    fn variable(&mut self, variable: &[u8], argument: &[u8]) {
        if variable != argument && self.variables.len() < LITERALS_MAX && self.argument(variable).is_none() {
            let place = (self.keep(variable), self.keep(argument));
            self.variables.push(place);
        }
    }

    fn literal(&mut self, name: &[u8], value: &[u8]) {
        if self.literals.len() < LITERALS_MAX && value.len() <= LITERAL_BYTES_MAX {
            let place = (self.keep(name), self.keep(value));
            self.literals.push(place);
        }
    }

    /// A field whose first name has been read; the token after its names.
    fn field<'t>(&mut self, name: &'t [u8], lexer: &mut Lexer<'t>, roots: Option<usize>) -> Option<Token<'t>> {
        self.fields = self.fields.saturating_add(1);
        let (mut real, mut next) = (name, lexer.next()?);
        if matches!(next, Token::Mark(b':')) {
            self.aliases = self.aliases.saturating_add(1);
            let Token::Name(aliased) = lexer.next()? else { return None };
            (real, next) = (aliased, lexer.next()?);
        }
        self.introspects |= matches!(real, b"__schema" | b"__type");
        if let Some(first) = roots {
            self.root(first, real);
        }
        Some(next)
    }

    fn root(&mut self, first: usize, name: &[u8]) {
        let known = self.roots.iter().skip(first).any(|range| self.text(*range) == name);
        if !known && self.roots.len() - first < OPERATIONS_PER_CALL_MAX {
            let range = self.keep(name);
            self.roots.push(range);
        }
    }
}

/// `...Name`, `... on Type`, or a selection set alone, whose points have been read; the token after it.
fn spread<'t>(lexer: &mut Lexer<'t>) -> Option<Token<'t>> {
    match lexer.next()? {
        Token::Name(b"on") => matches!(lexer.next()?, Token::Name(_)).then(|| lexer.next())?,
        Token::Name(_) => lexer.next(),
        other => Some(other),
    }
}

/// One token.
#[derive(Clone, Copy, Debug)]
enum Token<'a> {
    Name(&'a [u8]),
    /// A punctuator of one character.
    Mark(u8),
    /// `...`.
    Spread,
    /// A number, or what stands between the quotes of a string.
    Value(&'a [u8]),
    /// The end of the text.
    End,
}

/// Reads tokens one by one.
struct Lexer<'a> {
    rest: &'a [u8],
}

impl<'a> Lexer<'a> {
    /// The next token; `None` when there is no token of GraphQL.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let Some((first, tail)) = self.rest.split_first() else { return Some(Token::End) };
            let token = match first {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                    self.rest = tail;
                    continue;
                }
                b'#' => {
                    let end = memchr::memchr2(b'\n', b'\r', tail).unwrap_or(tail.len());
                    self.rest = tail.get(end..)?;
                    continue;
                }
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                    Token::Name(self.take(|b| b.is_ascii_alphanumeric() || *b == b'_')?)
                }
                b'-' | b'0'..=b'9' => {
                    Token::Value(self.take(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))?)
                }
                b'"' => self.string()?,
                b'.' => {
                    self.rest = tail.strip_prefix(b"..")?;
                    Token::Spread
                }
                b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                    self.rest = tail;
                    Token::Mark(*first)
                }
                _ => return None,
            };
            return Some(token);
        }
    }

    fn take(&mut self, of: impl Fn(&u8) -> bool) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|b| !of(b)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(taken)
    }

    fn string(&mut self) -> Option<Token<'a>> {
        let mut block = false;
        if let Some(rest) = self.rest.strip_prefix(b"\"\"\"") {
            (self.rest, block) = (rest, true);
        } else {
            self.rest = self.rest.get(1..)?;
        }
        let whole = self.rest;
        loop {
            let at = memchr::memchr2(b'"', b'\\', self.rest)?;
            if !block && memchr::memchr2(b'\n', b'\r', self.rest.get(..at)?).is_some() {
                return None;
            }
            let found = self.rest.get(at..)?;
            self.rest = if found.first() == Some(&b'\\') {
                found.get(if block && found.starts_with(b"\\\"\"\"") { 4 } else { 2 }..)?
            } else if block && !found.starts_with(b"\"\"\"") {
                found.get(1..)?
            } else {
                self.rest = found.get(if block { 3 } else { 1 }..)?;
                return Some(Token::Value(whole.get(..whole.len().checked_sub(found.len())?)?));
            };
        }
    }

    /// Passes over what a bracket that has been read encloses.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Token::Mark(b'(' | b'[' | b'{') => depth += 1,
                Token::Mark(b')' | b']' | b'}') => depth -= 1,
                Token::End => return None,
                _ => {}
            }
        }
        Some(())
    }

    /// Passes over arguments and directives, beginning with `token`; the token after them.
    fn tail(&mut self, mut token: Token<'a>) -> Option<Token<'a>> {
        loop {
            match token {
                Token::Mark(b'(') => self.skip()?,
                Token::Mark(b'@') => matches!(self.next()?, Token::Name(_)).then_some(())?,
                other => return Some(other),
            }
            token = self.next()?;
        }
    }

    /// Passes over all that stands before a selection set, beginning with `token`, and its brace.
    fn head(&mut self, token: Token<'a>) -> Option<()> {
        matches!(self.tail(token)?, Token::Mark(b'{')).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<Vec<String>> {
        let mut document = Document::default();
        document.read(text.as_bytes()).then(|| {
            let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let one = |op: &Definition| match document.name(op) {
                b"" => op.kind.label(&document.roots(op).map(lossy).collect::<Vec<_>>().join("+")) + " anonymous",
                name => op.kind.label(&lossy(name)),
            };
            document.operations.iter().map(one).collect()
        })
    }

    #[test]
    fn operations_are_told_by_name_or_by_their_root_fields() {
        for (text, expected) in [
            ("query GetUser($id: ID! = 3) { user(id: $id) { name } }", "query GetUser"),
            ("mutation Pay @live(on: {a: [1]}) { pay { ok } }", "mutation Pay"),
            ("{ me { id } posts(first: 10, after: \"}\") { id } me { name } }", "query me+posts anonymous"),
            ("query { a: user { id } ... on Query { x } ...F b: user { id } }", "query user anonymous"),
            ("subscription($x:[Int!]!){ticks(x:$x)@include(if:true)}", "subscription ticks anonymous"),
            ("# comment {\n fragment F on User { id } query A { ...F @x { a } ... @y { b } }", "query A"),
            ("{a(s:\"\"\"x \\\"\"\" \" } \"\"\" t: \"\\\"\")}", "query a anonymous"),
            ("query query { query }", "query query"),
        ] {
            assert_eq!(told(text).as_deref(), Some(&[expected.to_owned()][..]), "{text}");
        }
        assert_eq!(told("query A { a } mutation B { b }").unwrap(), ["query A", "mutation B"]);
    }

    #[test]
    fn arguments_in_the_document_are_told_and_variables_are_not() {
        let mut document = Document::default();
        let text = r#"query Q($x: Int = 5) { a(id: 7, q: "x\"y", in: {flag: true, list: [1, 2]}, v: $x, e: RED) @include(if: true) { b(n: -1.5) } }"#;
        assert!(document.read(text.as_bytes()));
        let told: Vec<_> = document
            .literals()
            .map(|(name, value)| format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
            .collect();
        assert_eq!(told, ["id=7", r#"q=x\"y"#, "flag=true", "list=1", "list=2", "n=-1.5"]);
        assert!(document.read(b"{ a }") && document.literals().next().is_none());
    }

    #[test]
    fn other_texts_are_no_documents() {
        for text in [
            "",
            "shoes",
            "query",
            "query shoes",
            "{",
            "{}",
            "{ }",
            "{a",
            "a { b }",
            "{a}}",
            "{a{}}",
            "{1}",
            "{\"a\"}",
            "{ \"a\": 1 }",
            "fragment F on A { b }",
            "type A { b: C }",
            "{a(b:\"}",
            "{a..b}",
            "query A { a } x",
            "SELECT * FROM t",
            "{a: }",
            "{ ... on }",
            "query é { a }",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn size_is_counted_and_bounded() {
        let mut document = Document::default();
        assert!(document.read(b"{ a { b c: d { e } } f: g }"));
        assert_eq!((document.depth, document.fields, document.aliases), (3, 5, 2));
        let deep = "{a".repeat(70_000) + &"}".repeat(70_000);
        assert!(!document.read(deep.as_bytes()));
        let wide = (0..70_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(" ");
        assert!(document.read(format!("{{ {wide} }}").as_bytes()));
        let root = document.operations[0];
        assert_eq!((document.fields, document.roots(&root).count()), (u16::MAX, OPERATIONS_PER_CALL_MAX));
        let many = "query A { a }".repeat(1_000);
        assert!(document.read(many.as_bytes()));
        assert_eq!(document.operations.len(), OPERATIONS_PER_CALL_MAX);
    }
}
