//! Records held against documents.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails has failed")]

use std::collections::BTreeMap;

use discovery::audit::{Audit, Document, Issue, IssueKind, audit};
use discovery::{openapi, spec};
use model::endpoint::{FieldRecord, ParamRecord, ResponseRecord};
use model::{EndpointName, EndpointRecord, ParamPlace, ValueClass};

const DOCUMENT: &str = "\
openapi: 3.0.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://api.shop.example/v1'}]
security: [{token: []}]
paths:
  /orders:
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: tenant, in: query, required: true, schema: {type: string}}
      responses: {'200': {description: ok, content: {application/json: {}}}}
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {sku: {type: string}, count: {type: integer}, meta: {type: object, additionalProperties: true}}}
      responses: {'201': {description: ok}}
  /orders/{id}:
    get: {responses: {2XX: {description: ok}}}
    delete: {deprecated: true, responses: {'204': {description: ok}}}
  /orders/latest:
    get: {security: [], responses: {'200': {description: ok}}}
  /health:
    get: {security: [{}], responses: {default: {description: any}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
";

fn record(method: &str, template: &str, status: u16) -> EndpointRecord {
    let name = EndpointName::new("api.shop.example", method, template);
    EndpointRecord {
        id: name.id,
        service: name.service.into(),
        method: name.method.into(),
        template: name.template.into(),
        count: 10,
        statuses: BTreeMap::from([(status, 10)]),
        auth: BTreeMap::from([("bearer_jwt".to_owned(), 10)]),
        ..EndpointRecord::default()
    }
}

fn param(place: ParamPlace, name: &str, class: ValueClass) -> ParamRecord {
    ParamRecord {
        name: name.into(),
        place,
        count: 10,
        classes: BTreeMap::from([(class, 10)]),
        ..ParamRecord::default()
    }
}

fn held(records: &[EndpointRecord]) -> Audit {
    let spec = spec::read(DOCUMENT).unwrap();
    audit(records, &[Document { name: "shop.yaml", spec: &spec }])
}

/// Issues but those of operations that were not called.
fn told(audit: &Audit) -> Vec<String> {
    let line = |issue: &Issue| {
        format!("{} {} {} {}: {}", issue.kind.as_str(), issue.at.line, issue.method, issue.path, issue.text)
    };
    audit.issues.iter().filter(|issue| issue.kind != IssueKind::Orphan).map(line).collect()
}

#[test]
fn traffic_as_described_has_no_issues() {
    let mut list = record("GET", "/v1/orders", 200);
    list.params =
        vec![param(ParamPlace::Query, "page", ValueClass::Int), param(ParamPlace::Query, "tenant", ValueClass::Word)];
    list.params[1].required = true;
    let mut post = record("POST", "/v1/orders", 201);
    post.params = vec![
        param(ParamPlace::Body, "/sku", ValueClass::Token),
        param(ParamPlace::Body, "/count", ValueClass::Int),
        param(ParamPlace::Body, "/meta/anything", ValueClass::Word),
    ];
    let mut health = record("GET", "/v1/health", 418);
    health.auth = BTreeMap::from([("none".to_owned(), 10)]);
    health.unauthenticated_successes = 10;
    let audit =
        held(&[list, post, record("GET", "/v1/orders/{int}", 206), record("GET", "/v1/orders/latest", 200), health]);
    assert_eq!(told(&audit), Vec::<String>::new());
    assert_eq!((audit.operations.len(), audit.seen(), audit.count(IssueKind::Orphan)), (6, 5, 1));
    assert_eq!(audit.remarks, Vec::<String>::new());
}

#[test]
fn concrete_paths_are_meant_before_templated_ones_and_few_values_still_told_apart_are_one_operation() {
    let audit = held(&[
        record("GET", "/v1/orders/latest", 200),
        record("GET", "/v1/orders/17", 200),
        record("GET", "/v1/orders/18", 200),
    ]);
    let endpoints: Vec<_> = audit.operations.iter().map(|covered| covered.endpoints.clone()).collect();
    assert_eq!(endpoints[2], [1, 2], "GET /orders/{{id}}");
    assert_eq!(endpoints[4], [0], "GET /orders/latest");
}

#[test]
fn each_difference_is_told_once_with_its_line() {
    let mut list = record("GET", "/v1/orders", 207);
    list.params =
        vec![param(ParamPlace::Query, "page", ValueClass::Word), param(ParamPlace::Query, "debug", ValueClass::Bool)];
    list.auth = BTreeMap::from([("none".to_owned(), 4), ("basic".to_owned(), 6)]);
    list.unauthenticated_successes = 4;
    list.response_types = BTreeMap::from([("application/xml".to_owned(), 3), ("application/json".to_owned(), 7)]);
    let mut post = record("POST", "/v1/orders", 201);
    post.params =
        vec![param(ParamPlace::Body, "/coupon", ValueClass::Word), param(ParamPlace::Body, "/count", ValueClass::Word)];
    let audit = held(&[list, post, record("DELETE", "/v1/orders/{int}", 204), record("GET", "/v1/export", 200)]);
    assert_eq!(
        told(&audit),
        [
            "shadow-endpoint 5 GET /v1/export: in no description",
            "zombie-endpoint 20 DELETE /orders/{id}: deprecated in the description, and called",
            "drift-authentication 4 GET /orders: called with basic, which the description does not name",
            "drift-authentication 4 GET /orders: succeeds without credentials, which the description asks for",
            "drift-parameter 7 GET /orders: query parameter \"debug\" is not in the description",
            "drift-parameter 10 GET /orders: required query parameter \"tenant\" was in no call",
            "drift-field 13 POST /orders: request field /coupon is not in the description",
            "drift-type 9 GET /orders: query parameter \"page\" is str, described as integer",
            "drift-type 16 POST /orders: request field /count is str, described as integer",
            "drift-status 7 GET /orders: status 207 is not in the description",
            "drift-content-type 7 GET /orders: response media type application/xml is not in the description",
        ]
    );
}

#[test]
fn a_wrong_base_path_or_host_is_said_aloud_and_does_not_hide_everything() {
    let mut record = record("GET", "/orders/{int}", 200);
    record.service = "10.0.0.1:8080".into();
    let audit = held(&[record]);
    assert_eq!(audit.seen(), 1);
    assert_eq!(audit.remarks.len(), 2, "{:?}", audit.remarks);
}

#[test]
fn documents_of_other_services_do_not_answer_for_this_one() {
    let spec = spec::read(DOCUMENT).unwrap();
    let other = spec::read(&DOCUMENT.replace("api.shop", "admin.shop").replace("/health", "/export")).unwrap();
    let documents = [Document { name: "shop.yaml", spec: &spec }, Document { name: "admin.yaml", spec: &other }];
    let mut admin = record("GET", "/v1/export", 200);
    admin.service = "admin.shop.example".into();
    let audit = audit(&[record("GET", "/v1/export", 200), admin], &documents);
    let shadows: Vec<_> = audit.issues.iter().filter(|issue| issue.kind == IssueKind::Shadow).collect();
    assert_eq!(shadows.len(), 1);
    assert_eq!((shadows[0].document, audit.seen()), (0, 1));
}

#[test]
fn an_export_read_back_has_no_drift_against_the_records_it_was_made_of() {
    let mut post = record("POST", "/v1/orders/{uuid}/lines/{int}.json", 201);
    post.params = vec![
        param(ParamPlace::Path, "segment-2", ValueClass::Uuid),
        param(ParamPlace::Query, "dry_run", ValueClass::Bool),
        param(ParamPlace::Header, "X-Tenant", ValueClass::Word),
        param(ParamPlace::Body, "", ValueClass::Object),
        param(ParamPlace::Body, "/lines/*/a~1b", ValueClass::Decimal),
    ];
    post.request_types = BTreeMap::from([("application/json".to_owned(), 10)]);
    post.response_types = BTreeMap::from([("application/json".to_owned(), 10)]);
    post.unauthenticated_successes = 2;
    let records = [post, record("GET", "/v1/a b/{str}", 200), record("GET", "/", 404)];
    let text = openapi::export(&records, &openapi::Options::default()).to_string();
    let spec = spec::read(&text).unwrap();
    let audit = audit(&records, &[Document { name: "export.json", spec: &spec }]);
    assert_eq!(audit.issues, []);
    assert_eq!(audit.seen(), 3);
    assert_eq!(audit.remarks, Vec::<String>::new());
}

fn documents<'a>(specs: &'a [(&'a str, spec::Spec)]) -> Vec<Document<'a>> {
    specs.iter().map(|(name, spec)| Document { name, spec }).collect()
}

#[test]
fn a_document_without_a_service_answers_for_all_and_one_operation_in_two_is_seen_in_both() {
    let named = spec::read(DOCUMENT).unwrap();
    let anywhere = spec::read("openapi: 3.0.0\npaths: {/v1/export: {get: {}}, '/v1/orders/{n}': {get: {}}}\n").unwrap();
    let specs = [("shop.yaml", named), ("more.yaml", anywhere)];
    let records = [record("GET", "/v1/export", 200), record("GET", "/v1/orders/{int}", 200)];
    let audit = audit(&records, &documents(&specs));
    assert_eq!((audit.count(IssueKind::Shadow), audit.seen()), (0, 3));
    let orphan = |document| audit.issues.iter().any(|i| i.kind == IssueKind::Orphan && i.document == document);
    assert!(orphan(0) && !orphan(1));
    let ids: std::collections::BTreeSet<_> = audit.issues.iter().map(|issue| issue.id).collect();
    assert_eq!(ids.len(), audit.issues.len());
}

#[test]
fn the_usual_port_is_no_other_host() {
    for (server, service) in [("http://a.example:80", "a.example"), ("https://a.example", "a.example:443")] {
        let spec =
            spec::read(&format!("openapi: 3.0.0\nservers: [{{url: '{server}'}}]\npaths: {{/x: {{get: {{}}}}}}\n"));
        let mut seen = record("GET", "/x", 200);
        seen.service = service.into();
        let specs = [("a.yaml", spec.unwrap())];
        assert_eq!(audit(&[seen], &documents(&specs)).remarks, Vec::<String>::new(), "{server} {service}");
    }
}

/// What is told of one operation of a document whose schemes are a token and a client certificate.
fn told_of(operation: &str, record: EndpointRecord) -> Vec<String> {
    let text = format!(
        "openapi: 3.0.0\npaths: {{'/v1/a/{{id}}': {{get: {operation}}}}}\ncomponents: {{securitySchemes: {{token: {{type: http, scheme: bearer}}, cert: {{type: mutualTLS}}}}}}\n"
    );
    let specs = [("a.yaml", spec::read(&text).unwrap())];
    let audit = audit(&[record], &documents(&specs));
    audit.issues.iter().map(|issue| issue.text.clone()).collect()
}

#[test]
fn only_what_could_explain_a_call_excuses_it() {
    let open = EndpointRecord {
        auth: BTreeMap::from([("none".to_owned(), 10)]),
        unauthenticated_successes: 10,
        ..record("GET", "/v1/a/{int}", 200)
    };
    let refused = ["succeeds without credentials, which the description asks for"];
    assert_eq!(told_of("{security: [{token: [], cert: []}]}", open.clone()), refused);
    assert_eq!(told_of("{security: [{token: []}, {cert: []}]}", open.clone()), Vec::<String>::new());
    assert_eq!(told_of("{security: [{tokne: []}]}", open), refused);
}

#[test]
fn parameters_have_their_places_types_and_presence() {
    let mut seen = record("GET", "/v1/a/{str}", 200);
    let with = |place, name: &str, class, required| ParamRecord { required, ..param(place, name, class) };
    seen.params = vec![
        with(ParamPlace::Path, "segment-2", ValueClass::Word, true),
        with(ParamPlace::Header, "X-Tenant", ValueClass::Word, false),
        with(ParamPlace::Query, "flags", ValueClass::Bool, true),
    ];
    let operation = "{parameters: [{in: path, name: id, schema: {type: integer}}, {in: header, name: x-tenant, required: true, schema: {type: integer}}, {in: query, name: flags, required: true, schema: {type: array}}]}";
    let mut told = told_of(operation, seen);
    told.sort();
    assert_eq!(
        told,
        [
            "header parameter \"x-tenant\" is str, described as integer",
            "path parameter \"id\" is str, described as integer",
            "required header parameter \"x-tenant\" was not in every successful call",
        ]
    );
}

#[test]
fn many_paths_and_endpoints_are_compared_in_a_moment() {
    let paths: Vec<_> = (0..20_000).map(|n| format!("  '/{{a{n}}}/q{n}/{{b}}': {{get: {{}}}}\n")).collect();
    let paths = paths.concat();
    let spec = spec::read(&format!("openapi: 3.0.0\npaths:\n{paths}")).unwrap();
    let records: Vec<_> = (0..5_000).map(|n| record("GET", &format!("/x/q{n}/{{int}}"), 200)).collect();
    let audit = audit(&records, &[Document { name: "many.yaml", spec: &spec }]);
    assert_eq!((audit.seen(), audit.count(IssueKind::Shadow)), (5_000, 0));
}

const ANSWERS: &str = "\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders/{id}:
    get:
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
        '204': {description: none}
        4XX: {description: no, content: {application/problem+json: {schema: {type: object, properties: {title: {type: string}}}}}}
  /orders:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {'201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
components:
  schemas:
    Order:
      type: object
      required: [id, total]
      properties:
        id: {type: integer}
        total: {type: number}
        lines: {type: array, items: {type: object, required: [sku], properties: {sku: {type: string}}}}
        pay:
          oneOf:
            - {type: object, required: [iban], properties: {iban: {type: string}}}
            - {type: object, required: [card], properties: {card: {type: string}}}
";

fn answer(status: u16, count: u64, fields: &[(&str, u64, ValueClass)]) -> ResponseRecord {
    let field = |(pointer, count, class): &(&str, u64, ValueClass)| FieldRecord {
        pointer: (*pointer).to_owned(),
        count: *count,
        classes: BTreeMap::from([(*class, *count)]),
        ..FieldRecord::default()
    };
    ResponseRecord { status, count, fields: fields.iter().map(field).collect(), ..ResponseRecord::default() }
}

fn answers_held(responses: Vec<ResponseRecord>) -> Vec<String> {
    let spec = spec::read(ANSWERS).unwrap();
    let record = EndpointRecord { responses, ..record("GET", "/orders/{int}", 200) };
    let audit = audit(&[record], &[Document { name: "shop.yaml", spec: &spec }]);
    told(&audit)
        .into_iter()
        .map(|line| line.split_once("} ").map_or(line.clone(), |(_, rest)| rest.to_owned()))
        .collect()
}

#[test]
fn answers_as_described_have_no_issues() {
    let whole = [
        ("/id", 9, ValueClass::Int),
        ("/total", 9, ValueClass::Decimal),
        ("/lines/*/sku", 4, ValueClass::Token),
        ("/pay/iban", 3, ValueClass::Token),
        ("/pay/card", 2, ValueClass::Token),
    ];
    let refused = answer(404, 2, &[("/title", 2, ValueClass::Word)]);
    assert_eq!(answers_held(vec![answer(200, 9, &whole), refused]), Vec::<String>::new());
    let cut = ResponseRecord { cut: 1, ..answer(200, 9, &whole[..1]) };
    assert_eq!(answers_held(vec![cut]), Vec::<String>::new(), "what was not kept is not missing");
}

#[test]
fn differences_of_answers_are_told_by_status() {
    let odd = [
        ("/id", 9, ValueClass::Word),
        ("/total", 7, ValueClass::Int),
        ("/lines/*/sku", 2, ValueClass::Token),
        ("/lines/*/note", 4, ValueClass::Word),
        ("/coupon/hint", 5, ValueClass::Word),
        ("/coupon/until", 3, ValueClass::Date),
    ];
    let told = answers_held(vec![answer(200, 9, &odd), answer(204, 2, &[("/id", 2, ValueClass::Int)])]);
    assert_eq!(
        told,
        [
            "drift-field 9 GET /orders/{id}: response field /coupon of status 200 is not in the description",
            "drift-field 9 GET /orders/{id}: response field /lines/*/note of status 200 is not in the description",
            "drift-field 10 GET /orders/{id}: answers of status 204 have a body, and the description has none",
            "drift-field 23 GET /orders/{id}: required response field /total of status 200 was missing",
            "drift-field 24 GET /orders/{id}: required response field /lines/*/sku of status 200 was missing",
            "drift-type 22 GET /orders/{id}: response field /id of status 200 is str, described as integer",
        ]
    );
}

#[test]
fn required_fields_of_requests_are_missed_only_where_their_object_was() {
    let spec = spec::read(ANSWERS).unwrap();
    let held = |params: Vec<ParamRecord>| {
        let record = EndpointRecord { params, ..record("POST", "/orders", 201) };
        told(&audit(&[record], &[Document { name: "shop.yaml", spec: &spec }]))
    };
    let id = ParamRecord { required: true, ..param(ParamPlace::Body, "/id", ValueClass::Int) };
    let total = ParamRecord { count: 6, ..param(ParamPlace::Body, "/total", ValueClass::Int) };
    assert_eq!(held(vec![total.clone()]), Vec::<String>::new(), "calls may have had no body");
    let told = held(vec![id, total]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("required request field /total was not in every successful call"), "{told:?}");
}
