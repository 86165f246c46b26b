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
    let ok = &get.responses["200"].media_types;
    assert_eq!(ok.iter().collect::<Vec<_>>(), ["application/json"]);
    let sent = post.request.as_ref().unwrap();
    let fields: Vec<_> = sent.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["", "/a~1b", "/extra", "/id", "/lines", "/lines/*", "/lines/*/sku", "/note"]);
    assert!(sent.fields["/id"].required && !sent.fields["/lines"].required);
    assert!(sent.open.contains("/parent"), "a schema inside itself is followed once: {:?}", sent.open);
    assert!(get.responses["4XX"].media_types.is_empty() && get.responses["4XX"].body.is_none());
    assert_eq!(sent.fields["/note"].types, BTreeSet::from(["null".to_owned(), "string".to_owned()]));
    assert_eq!(*get.security, [BTreeSet::from(["bearer".to_owned(), "bearer_jwt".to_owned()])]);
    assert_eq!(*post.security, [BTreeSet::new(), BTreeSet::from(["api_key_header".to_owned()])]);
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
    assert_eq!(*post.security, [BTreeSet::from(["basic".to_owned()])]);
    let form = put.request.as_ref().unwrap();
    assert!(form.fields["/name"].required && form.media_types.contains("application/x-www-form-urlencoded"));
    assert!(put.responses["204"].media_types.is_empty() && put.security.is_empty());
}

#[test]
fn openapi_3_1_types_are_lists() {
    let spec = read(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      requestBody:\n          content:\n            application/json:\n              schema: {type: [string, 'null']}\n",
    )
    .unwrap();
    let types = &spec.operations[0].request.as_ref().unwrap().fields[""].types;
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

/// `{name: schema}` as the components of a document whose only body is `S0`.
fn with_schemas(schemas: &str) -> String {
    format!(
        r##"{{"openapi":"3.0.3","paths":{{"/a":{{"post":{{"requestBody":{{"content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/S0"}}}}}}}}}}}}}},"components":{{"schemas":{{{schemas}}}}}}}"##
    )
}

#[test]
fn schemas_that_name_each_other_many_times_are_walked_once_at_each_pointer() {
    let part = |n: usize| format!(r##"{{"$ref":"#/components/schemas/S{n}"}}"##);
    let chain: Vec<_> =
        (0..20).map(|n| format!(r#""S{n}":{{"allOf":[{}]}}"#, vec![part(n + 1); 6].join(","))).collect();
    let text = with_schemas(&format!(r#"{},"S20":{{"properties":{{"end":{{"type":"string"}}}}}}"#, chain.join(",")));
    let spec = read(&text).unwrap();
    assert!(spec.operations[0].request.as_ref().unwrap().fields.contains_key("/end"));
    // Names that double at each level have no end that can be reached: the rest is open.
    let twice: Vec<_> =
        (0..30).map(|n| format!(r#""S{n}":{{"properties":{{"a":{0},"b":{0}}}}}"#, part(n + 1))).collect();
    let spec = read(&with_schemas(&format!(r#"{},"S30":{{}}"#, twice.join(",")))).unwrap();
    let body = spec.operations[0].request.as_ref().unwrap();
    assert!(body.fields.len() <= model::limits::SPEC_FIELDS_MAX && !body.open.is_empty());
}

#[test]
fn what_grows_out_of_proportion_is_left_out_or_refused() {
    let long = "n".repeat(model::limits::SPEC_NAME_BYTES_MAX + 1);
    let text = format!(
        "openapi: 3.0.0\nservers: [{{url: '{{a}}', variables: {{a: {{default: '{}'}}}}}}]\npaths:\n  /a: {{get: {{parameters: [{{in: query, name: {long}}}]}}}}\n",
        "b".repeat(model::limits::SPEC_PATH_BYTES_MAX + 1)
    );
    let spec = read(&text).unwrap();
    assert!(spec.operations[0].params.is_empty() && spec.servers.is_empty());
    assert_eq!(spec.remarks.len(), 2, "{:?}", spec.remarks);
    let servers =
        (0..=model::limits::SPEC_SERVERS_MAX).map(|n| format!("{{url: /b{n}}}")).collect::<Vec<_>>().join(",");
    let spec = read(&format!("openapi: 3.0.0\nservers: [{servers}]\npaths: {{}}\n")).unwrap();
    assert_eq!((spec.servers.len(), spec.remarks.len()), (model::limits::SPEC_SERVERS_MAX, 1));
}

#[test]
fn servers_without_scheme_have_a_host() {
    let spec =
        read("openapi: 3.0.0\nservers: [{url: '//Api.example/v1/'}, {url: 'https://u@b.example/'}]\npaths: {}\n");
    let told: Vec<_> = spec.unwrap().servers.into_iter().map(|server| (server.host.unwrap(), server.base)).collect();
    assert_eq!(told, [("api.example".to_owned(), "/v1".to_owned()), ("b.example".to_owned(), String::new())]);
}

#[test]
fn what_is_not_used_is_told() {
    for (text, part) in [
        ("openapi: 3.0.0\npaths: {orders: {get: {}}}\n", "does not begin with a slash"),
        ("openapi: 3.0.0\npaths: {}\n---\nopenapi: 3.0.0\n", "another document begins here"),
        ("openapi: 3.0.0\npaths:\n  /a: {get: {}}\n  /a: {post: {}}\n", "there twice"),
        ("openapi: 3.0.0\npaths: {/a: [get]}\n", "no map"),
        ("openapi: 3.1.0\nwebhooks: {/a: {post: {}}}\n", "only `webhooks`"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}\n", "in a circle"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: '#/nowhere'}}\n", "leads nowhere"),
        ("openapi: 3.0.0\npaths: {/a: {get: {security: [{tokne: []}]}}}\n", "scheme \"tokne\" is not declared"),
    ] {
        let spec = read(text).unwrap();
        assert!(spec.remarks.iter().any(|(_, remark)| remark.contains(part)), "{text}: {:?}", spec.remarks);
    }
}
