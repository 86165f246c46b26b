//! What is an operation and what is none, over whole transactions.

use model::observation::Observed;
use model::{ObservationBatch, ParamPlace};

use crate::tests::Call;

const JSON: &[u8] = b"Content-Type: application/json";
const DATA: &[u8] = br#"{"data":{"a":1}}"#;
const RESULT: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":{}}"#;

/// Labels of the operations, with `!` before those that failed; then the arguments of the first.
fn told(batch: &ObservationBatch) -> (Vec<String>, Vec<String>) {
    let seen: Observed<'_> = batch.get(0).unwrap();
    let name = |text| String::from_utf8_lossy(seen.text(text)).into_owned();
    let labels = seen.operations().iter().map(|operation| {
        let failed = if operation.failed { "!" } else { "" };
        failed.to_owned() + &operation.kind.label(&name(operation.name))
    });
    let params = seen.params().iter().enumerate();
    let params = params.filter(|(at, _)| seen.is_argument(0, *at)).map(|(_, param)| {
        assert_eq!(param.place, ParamPlace::Argument);
        format!("{}:{}", name(param.name), param.class.as_str())
    });
    (labels.collect(), params.collect())
}

fn post(body: &str, answer: &[u8]) -> (Vec<String>, Vec<String>) {
    let call = Call {
        method: "POST",
        target: b"/x",
        head: JSON,
        body: body.as_bytes(),
        answer_head: JSON,
        answer,
        ..Call::default()
    };
    told(&call.batch())
}

fn labels(body: &str, answer: &[u8]) -> Vec<String> {
    post(body, answer).0
}

#[test]
fn graphql_is_named_by_its_operation() {
    for (body, label, arguments) in [
        (
            r#"{"operationName":"GetUser","variables":{"id":42,"in":{"at":[{"x":"a@b.example"}]}},"query":"query GetUser($id: ID!) {\n  user(id: $id) { name }\n}"}"#,
            "query GetUser",
            &["/id:int", "/in/at/*/x:email"][..],
        ),
        (r#"{"query":"mutation Pay { pay { ok } }","variables":{}}"#, "mutation Pay", &[]),
        (r#"{"query":"subscription S{a}"}"#, "subscription S", &[]),
        (r#"{"query":"query A{a} query B{b}","operationName":"B"}"#, "query B", &[]),
        (r#"{"query":"query A{a}","operationName":null,"variables":null}"#, "query A", &[]),
        (
            r#"{"operationName":"N","variables":{"a":1},"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}"#,
            "persisted N",
            &["/a:int"],
        ),
        (r#"{"doc_id":"8721034","variables":{"a":1}}"#, "persisted 8721034", &["/a:int"]),
    ] {
        let (labels, found) = post(body, DATA);
        assert_eq!(
            (labels, found),
            (vec![label.to_owned()], arguments.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
}

#[test]
fn anonymous_documents_are_named_by_their_root_fields() {
    assert_eq!(
        labels(r#"{"query":"{ __typename me { id } a: posts { id } }"}"#, DATA),
        ["query { me }", "query { posts }"]
    );
    assert_eq!(labels(r#"{"query":"mutation { pay(id: 1) { ok } }"}"#, DATA), ["mutation { pay }"]);
    // A search in braces, whose answer is not one of GraphQL.
    assert_eq!(labels(r#"{"query":"{name}"}"#, br#"{"hits":[]}"#), Vec::<String>::new());
}

#[test]
fn introspection_is_told_whatever_the_document_is_called() {
    let introspects = |query: &str| {
        let body = format!("{{\"query\":{query:?}}}");
        let call = Call { method: "POST", target: b"/x", head: JSON, body: body.as_bytes(), ..Call::default() };
        let batch = Call { answer_head: JSON, answer: DATA, ..call }.batch();
        batch.get(0).unwrap().operations().iter().any(|operation| operation.introspects)
    };
    for (query, expected) in [
        ("query Harmless { __schema { types { name } } }", true),
        ("{ __type(name: \"User\") { fields { name } } }", true),
        ("{ __typename }", false),
        ("query Q { schema { id } }", false),
        ("query Q { a: __schema { types { name } } }", true),
    ] {
        assert_eq!(introspects(query), expected, "{query}");
    }
}

#[test]
fn variables_have_the_names_of_their_arguments() {
    for (body, arguments) in [
        (
            r#"{"query":"mutation L($u:String,$p:String){login(name:$u,password:$p){ok}}","variables":{"u":"ann","p":"xyz"}}"#,
            &["/name:str", "/password:str"][..],
        ),
        (
            r#"{"variables":{"i":{"title":"a b"},"n":7},"query":"mutation($i:T!,$n:Int){add(input:$i,boardId:$n){ok}}"}"#,
            &["/input/title:str", "/boardId:int"],
        ),
        (
            r#"{"query":"query L($id:Int,$of:String){l(of:$id,id:$of){ok}}","variables":{"id":7,"of":"ann"}}"#,
            &["/of:int", "/id:str"],
        ),
        (r#"{"query":"query A($id:Int){a(id:$id){b}}","variables":{"id":7,"x":1}}"#, &["/id:int", "/x:int"]),
    ] {
        assert_eq!(post(body, DATA).1, arguments, "{body}");
    }
}

#[test]
fn rpc_is_named_by_method_and_tool() {
    for (body, label, arguments) in [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x1f","latest"]}"#,
            "jsonrpc eth_getBalance",
            &["/*:str"][..],
        ),
        (
            r#"{"method":"textDocument/hover","jsonrpc":"2.0","id":"a","params":{"position":{"line":3}}}"#,
            "jsonrpc textDocument/hover",
            &["/position/line:int"],
        ),
        (r#"{"method":"getinfo","params":[],"id":1}"#, "jsonrpc getinfo", &["/:array"]),
        (r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#, "mcp tools/list", &[]),
        (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "mcp notifications/initialized", &[]),
        (
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#,
            "mcp initialize",
            &["/protocolVersion:date", "/capabilities:object"],
        ),
        (
            r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search_docs","arguments":{"q":"x y"},"_meta":{"progressToken":1}}}"#,
            "mcp tools/call search_docs",
            &["/q:str"],
        ),
    ] {
        let (labels, found) = post(body, RESULT);
        assert_eq!(labels, [label], "{body}");
        if label != "jsonrpc getinfo" {
            assert_eq!(found, arguments, "{body}");
        }
    }
    let head = b"Content-Type: application/json\nMcp-Session-Id: 1868a90c";
    let body = br#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
    let call = Call { method: "POST", head, body, answer: RESULT, answer_head: JSON, ..Call::default() };
    assert_eq!(told(&call.batch()).0, ["mcp ping"]);
}

#[test]
fn other_bodies_name_no_operation() {
    for body in [
        r#"{"query":"shoes","page":1}"#,
        r#"{"query":{"match":{"a":"b"}}}"#,
        r#"{"method":"card","amount":3}"#,
        r#"{"method":"card","id":3,"params":{"a":1}}"#,
        r#"{"method":"card","id":3,"params":["a"],"amount":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":3}"#,
        r#"{"operationName":"x","variables":{}}"#,
        r#"{"id":"x","variables":{}}"#,
        r#"[{"id":1,"method":"a"},{"id":2}]"#,
        "[]",
        "{}",
        "[1,2]",
        "[[{\"jsonrpc\":\"2.0\"}]]",
    ] {
        assert_eq!(labels(body, DATA), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn failures_are_told_by_the_answer() {
    let named = r#"{"query":"query A { a }"}"#;
    let rpc = r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#;
    let tool = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#;
    for (body, answer, failed) in [
        (named, r#"{"errors":[{"message":"Unknown operation"}]}"#, true),
        (named, r#"{"errors":[{"message":"no"}],"data":null}"#, true),
        (named, r#"{"errors":[{"message":"some"}],"data":{"a":1}}"#, false),
        (named, r#"{"errors":[{"message":"no"}],"data":{"a":null,"b":null}}"#, true),
        (named, r#"{"data":{"a":null},"errors":[{"message":"no"}]}"#, true),
        (named, r#"{"data":{"a":null,"b":[{"c":1}]},"errors":[{"message":"some"}]}"#, false),
        (named, r#"{"data":{"a":null}}"#, false),
        (named, r#"{"data":{},"errors":[{"message":"no"}]}"#, false),
        (named, r#"{"errors":[],"data":{"a":null}}"#, false),
        (named, r#"{"data":{"a":null}}"#, false),
        (rpc, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#, true),
        (rpc, r#"{"result":1,"error":null,"id":1}"#, false),
        (rpc, r#"{"result":null,"error":{"code":1},"id":1}"#, true),
        (tool, r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#, true),
        (tool, r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"text":"\"isError\":true"}]}}"#, false),
    ] {
        assert_eq!(labels(body, answer.as_bytes())[0].starts_with('!'), failed, "{body} {answer}");
    }
    let stream = b"event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602}}\n\n";
    let call = Call {
        method: "POST",
        head: JSON,
        body: tool.as_bytes(),
        answer_head: b"Content-Type: text/event-stream",
        answer: stream,
        ..Call::default()
    };
    assert_eq!(told(&call.batch()).0, ["!mcp tools/call t"]);
}

#[test]
fn batches_name_each_operation_once_and_failures_last() {
    let body = r#"[{"jsonrpc":"2.0","id":1,"method":"nope","params":{"x":1}},{"jsonrpc":"2.0","id":2,"method":"get","params":{"id":7}},
        {"jsonrpc":"2.0","id":3,"method":"get","params":{"id":8}}]"#;
    let answer = br#"[{"jsonrpc":"2.0","id":1,"error":{"code":-32601}},{"jsonrpc":"2.0","id":2,"result":1},{"jsonrpc":"2.0","id":3,"result":2}]"#;
    let (labels, arguments) = post(body, answer);
    assert_eq!((labels, arguments), (vec!["jsonrpc get".into(), "!jsonrpc nope".into()], vec!["/id:int".to_owned()]));
    let body = r#"[{"query":"query A($a:Int){a(b:$a)}","variables":{"a":1}},{"operationName":"B","query":"query B{b}","variables":{"b":"c@d.example"}}]"#;
    let call = Call {
        method: "POST",
        head: JSON,
        body: body.as_bytes(),
        answer_head: JSON,
        answer: br#"[{"data":{"a":1}},{"data":{"b":1}}]"#,
        ..Call::default()
    };
    let batch = call.batch();
    assert_eq!(told(&batch).0, ["query A", "query B"]);
    let seen = batch.get(0).unwrap();
    assert_eq!(
        (seen.params().len(), seen.is_argument(0, 0), seen.is_argument(1, 0), seen.is_argument(1, 1)),
        (2, true, false, true)
    );
}

#[test]
fn queries_and_forms_carry_operations_too() {
    let target = b"/graphql?query=query+Q(%24a:Int)%7Ba(b:%24a)%7D&variables=%7B%22a%22:5%7D&x=1";
    let call = Call { target, answer_head: JSON, answer: DATA, ..Call::default() };
    assert_eq!(told(&call.batch()), (vec!["query Q".into()], vec!["/a:int".into()]));
    let target = b"/graphql?operationName=Q&extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38%22%7D%7D";
    let call = Call { target, answer_head: JSON, answer: DATA, ..Call::default() };
    assert_eq!(told(&call.batch()).0, ["query Q"]);
    let search =
        Call { target: b"/search?query=shoes&variables=3", answer_head: JSON, answer: DATA, ..Call::default() };
    assert!(told(&search.batch()).0.is_empty());
    let head = b"Content-Type: application/graphql";
    let call =
        Call { method: "POST", head, body: b"{ me { id } }", answer_head: JSON, answer: DATA, ..Call::default() };
    assert_eq!(told(&call.batch()).0, ["query { me }"]);
}

#[test]
fn soap_is_named_by_its_action_or_its_body() {
    let body = b"<soap:Envelope xmlns:soap=\"x\"><soap:Body><GetUserRequest><id>1</id></GetUserRequest></soap:Body></soap:Envelope>";
    let fault = b"<S:Envelope xmlns:S=\"x\"><S:Body><S:Fault/></S:Body></S:Envelope>";
    for (head, answer, label) in [
        (
            "Content-Type: text/xml; charset=utf-8\nSOAPAction: \"http://tempuri.org/IUsers/GetUser\"",
            &body[..],
            "soap GetUser",
        ),
        ("Content-Type: text/xml\nSOAPAction: \"\"", &body[..], "soap GetUserRequest"),
        ("Content-Type: application/soap+xml; action=\"urn:users#Find\"", &body[..], "soap Find"),
        ("Content-Type: application/xml", &fault[..], "!soap GetUserRequest"),
    ] {
        let call = Call {
            method: "POST",
            head: head.as_bytes(),
            body,
            answer_head: b"Content-Type: text/xml",
            answer,
            ..Call::default()
        };
        assert_eq!(told(&call.batch()).0, [label], "{head}");
    }
    let call = Call { method: "POST", head: b"Content-Type: text/xml", body: b"<order/>", ..Call::default() };
    assert!(told(&call.batch()).0.is_empty());
}

#[test]
fn hostile_names_are_cut_and_printable() {
    let name = format!("a b\u{202e}/{}", "x".repeat(2_000));
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{name}"}}"#);
    let (labels, _) = post(&body, RESULT);
    assert!(labels[0].starts_with("jsonrpc a%20b%E2%80%AE/xxx") && labels[0].len() <= 8 + 128, "{}", labels[0]);
    let many: Vec<_> =
        (0..1_000).map(|n| format!(r#"{{"jsonrpc":"2.0","id":{n},"method":"m{n}","params":{{"p{n}":1}}}}"#)).collect();
    assert_eq!(labels.len(), 1);
    let (labels, _) = post(&format!("[{}]", many.join(",")), b"[]");
    assert_eq!(labels.len(), 16);
}

#[test]
fn more_members_than_there_are_parameters_end() {
    let members: Vec<String> = (0..1_000).map(|n| format!("\"k{n}\":\"x\"")).collect();
    let members = members.join(",");
    for body in [
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{{members}}}}}"#),
        format!(r#"{{"query":"query A($a:Int){{a(b:$a){{c}}}}","variables":{{{members}}}}}"#),
    ] {
        let (labels, arguments) = post(&body, DATA);
        assert_eq!(labels.len(), 1, "{labels:?}");
        assert!(!arguments.is_empty() && arguments.len() <= model::limits::PARAMS_MAX, "{}", arguments.len());
    }
}
