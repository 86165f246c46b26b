//! Documents written for these tests.

use super::*;

const V3: &str = r"
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers:
  - url: https://{region}.shop.example/api/v1/
    variables: {region: {default: eu}}
security: [{token: []}]
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    get:
      operationId: order
      deprecated: true
      parameters:
        - $ref: '#/components/parameters/page'
      responses:
        '200':
          description: ok
          content:
            application/json; charset=utf-8:
              schema: {$ref: '#/components/schemas/Order'}
        4XX: {description: no}
    post:
      security: [{}, {key: []}]
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - {$ref: '#/components/schemas/Order'}
                - {type: object, required: [note], properties: {note: {type: string, nullable: true}}}
      responses: {default: {description: any}}
components:
  parameters:
    page: {name: page, in: query, schema: {type: integer}}
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: {type: integer}
        lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
        parent: {$ref: '#/components/schemas/Order'}
        extra: {$ref: 'other.yaml#/X'}
        a/b: {type: boolean}
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
";

#[test]
fn openapi_3_is_read_with_references_servers_and_lines() {
    let spec = read(V3).unwrap();
    assert_eq!((spec.title.as_str(), spec.version.as_str()), ("Shop", "3.0.3"));
    assert_eq!(spec.servers[0].host.as_deref(), Some("eu.shop.example"));
    let [get, post] = &spec.operations[..] else { panic!("{:?}", spec.operations) };
    assert_eq!((get.method.as_str(), get.path.as_str(), get.bases[0].as_str()), ("GET", "/orders/{id}", "/api/v1"));
    assert!(get.deprecated && !post.deprecated);
    assert_eq!(get.at.line, 12);
    let names: Vec<_> = get.params.iter().map(|p| (p.place, p.name.as_str(), p.required)).collect();
    assert_eq!(names, [(ParamPlace::Query, "page", false), (ParamPlace::Path, "id", true)]);
    let ok = &get.responses["200"];
    assert_eq!(ok.media_types.iter().collect::<Vec<_>>(), ["application/json"]);
    let fields: Vec<_> = ok.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["", "/a~1b", "/extra", "/id", "/lines", "/lines/*", "/lines/*/sku"]);
    assert!(ok.fields["/id"].required && !ok.fields["/lines"].required);
    assert!(ok.open.contains("/parent"), "a schema inside itself is followed once: {:?}", ok.open);
    assert!(get.responses["4XX"].media_types.is_empty());
    let sent = post.request.as_ref().unwrap();
    assert_eq!(sent.fields["/note"].types, BTreeSet::from(["null".to_owned(), "string".to_owned()]));
    assert_eq!(get.security, [BTreeSet::from(["bearer".to_owned(), "bearer_jwt".to_owned()])]);
    assert_eq!(post.security, [BTreeSet::new(), BTreeSet::from(["api_key_header".to_owned()])]);
    assert!(spec.remarks.iter().any(|(_, text)| text.contains("other.yaml#/X")), "{:?}", spec.remarks);
}

#[test]
fn swagger_2_is_read_with_base_path_bodies_and_forms() {
    let spec = read(
        r##"{
  "swagger": "2.0", "info": {"title": "S", "version": "1"}, "host": "Shop.example:8080", "basePath": "/v2/",
  "consumes": ["application/json"], "produces": ["application/json", "application/xml"],
  "securityDefinitions": {"basic": {"type": "basic"}},
  "paths": {
    "/pets": {
      "post": {
        "security": [{"basic": []}],
        "parameters": [{"in": "body", "name": "pet", "schema": {"$ref": "#/definitions/Pet"}}],
        "responses": {"200": {"description": "ok", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}}
      },
      "put": {
        "consumes": ["application/x-www-form-urlencoded"],
        "parameters": [{"in": "formData", "name": "name", "type": "string", "required": true}],
        "responses": {"204": {"description": "ok"}}
      }
    }
  },
  "definitions": {"Pet": {"properties": {"name": {"type": "string"}, "tags": {"type": "object", "additionalProperties": {"type": "string"}}}}}
}"##,
    )
    .unwrap();
    assert_eq!(
        spec.servers[0],
        Server { host: Some("shop.example:8080".into()), base: "/v2".into(), at: spec.servers[0].at }
    );
    let [post, put] = &spec.operations[..] else { panic!() };
    assert_eq!(post.at.line, 7);
    let body = post.request.as_ref().unwrap();
    assert_eq!(body.fields.keys().collect::<Vec<_>>(), ["", "/name", "/tags"]);
    assert!(body.open.contains("/tags"));
    assert_eq!(post.responses["200"].media_types.len(), 2);
    assert!(post.responses["200"].fields.contains_key("/*/name"));
    assert_eq!(post.security, [BTreeSet::from(["basic".to_owned()])]);
    let form = put.request.as_ref().unwrap();
    assert!(form.fields["/name"].required && form.media_types.contains("application/x-www-form-urlencoded"));
    assert!(put.responses["204"].media_types.is_empty() && put.security.is_empty());
}

#[test]
fn openapi_3_1_types_are_lists() {
    let spec = read(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: {type: [string, 'null']}\n",
    )
    .unwrap();
    let types = &spec.operations[0].responses["200"].fields[""].types;
    assert_eq!(types.iter().collect::<Vec<_>>(), ["null", "string"]);
}

#[test]
fn what_is_no_description_is_refused_with_its_place() {
    for (text, part) in [
        ("a: 1", "1:1: neither"),
        ("openapi: 4.0.0\npaths: {}", "1:10: version \"4.0.0\""),
        ("openapi: 3.0.0\ninfo: {}", "no `paths`"),
        ("openapi: 3.0.0\npaths: [", "3:1: "),
        ("{\"openapi\": \"3.0.0\", \"paths\": {\"/a\": }", ":"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn references_in_a_ring_end() {
    let text = "openapi: 3.0.0\npaths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}\n";
    let spec = read(text).unwrap();
    assert!(spec.operations.is_empty() && !spec.remarks.is_empty());
}
