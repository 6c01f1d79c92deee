use super::*;

fn redacted(document: &str) -> String {
    redact(document.as_bytes()).unwrap().into_owned()
}

#[test]
fn a_document_without_secrets_comes_back_as_it_is() {
    for document in [r#"{"power": 11, "ssid":	"home" }"#, "{}", "", "<html>", "{\"power\":"] {
        assert!(matches!(redact(document.as_bytes()), Ok(Cow::Borrowed(same)) if same == document));
    }
}

#[test]
fn secrets_are_cut_out_wherever_they_stand() {
    for (document, expected) in [
        (r#"{"wifiPass":"hunter2"}"#, "{}"),
        (r#"{"wifiPass":"hunter2","power":1}"#, r#"{"power":1}"#),
        (r#"{"power":1,"stratumPassword":"hunter2"}"#, r#"{"power":1}"#),
        (r#"{"power":1,"wifiPassword":"hunter2","temp":2}"#, r#"{"power":1,"temp":2}"#),
        (r#"{"stratumPassword":"hunter2","fallbackStratumPassword":"hunter2"}"#, "{}"),
        (r#"{"a":{"b":[{"poolPassword":"hunter2","c":1}]},"d":2}"#, r#"{"a":{"b":[{"c":1}]},"d":2}"#),
        (r#"{"pools":[{"id":0,"password":"hunter2"},{"password":"hunter2"}]}"#, r#"{"pools":[{"id":0},{}]}"#),
        (r#"[{"wifiPass":"hunter2"},5,"x"]"#, r#"[{},5,"x"]"#),
    ] {
        assert_eq!(redacted(document), expected, "{document}");
    }
}

#[test]
fn case_does_not_save_a_secret() {
    assert_eq!(redacted(r#"{"STRATUMPASSWORD":"hunter2","WiFiPass":"hunter2","a":1}"#), r#"{"a":1}"#);
}

#[test]
fn escapes_do_not_save_a_secret() {
    for name in [
        r"stratum\u0050assword",
        r"\u0073tratumPassword",
        r"stratumPasswor\u0064",
        r"wifi\u0050\u0061\u0073\u0073",
    ] {
        assert_eq!(redacted(&format!(r#"{{"{name}":"hunter2","a":1}}"#)), r#"{"a":1}"#, "{name}");
    }
    assert_eq!(redacted(r#"{"\ud800Password":"hunter2","a":1}"#), r#"{"a":1}"#);
}

#[test]
fn a_secret_goes_with_all_its_value() {
    for value in [
        "null",
        "31337",
        "true",
        "-1.5e3",
        r#""}],{[""#,
        r#""a\"b\\""#,
        r#"{"a":[1,{"b":2}],"c":"}"}"#,
        "[[],[1,2]]",
    ] {
        assert_eq!(
            redacted(&format!(r#"{{"a":1,"password":{value},"b":2}}"#)),
            r#"{"a":1,"b":2}"#,
            "{value}"
        );
    }
}

#[test]
fn a_value_that_speaks_of_passwords_stays() {
    let document = r#"{"hostname":"password","notes":["wifiPass","a:b","\"password\":"],"power":1}"#;
    assert_eq!(redacted(document), document);
}

#[test]
fn what_remains_is_compact_and_otherwise_unchanged() {
    let document = r#"
        {
            "z": 11.6700000762939 ,
            "wifiPass": "hunter2",
            "a": 1e400,
            "s" : " \u00e9\n ",
            "l": [ ]
        }
    "#;
    assert_eq!(redacted(document), r#"{"z":11.6700000762939,"a":1e400,"s":" \u00e9\n ","l":[]}"#);
}

#[test]
fn a_secret_planted_in_any_object_leaves_no_trace() {
    let plain = r#"{"a":{"b":[{"c":1},{"d":"e,}"}],"f":{}},"g":[],"h":null}"#;
    let secret = r#""wifiPass":{"x":["hunter2"]}"#;
    for (at, _) in plain.match_indices('{') {
        let separator = if plain[at + 1..].starts_with('}') { "" } else { "," };
        let planted = format!("{}{secret}{separator}{}", &plain[..=at], &plain[at + 1..]);
        assert_eq!(redacted(&planted), plain, "{planted}");
    }
}

#[test]
fn deep_nesting_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(redacted(&format!(r#"{{"deep":{deep},"wifiPass":{deep}}}"#)), format!(r#"{{"deep":{deep}}}"#));
}

#[test]
fn a_document_that_may_hold_a_secret_but_cannot_be_read_is_refused_whole() {
    let document = r#"{"power":1,"wifiPass":"hunter2","temp":2}"#;
    let after_the_letters = document.find("Pass").unwrap() + 4;
    for length_bytes in after_the_letters..document.len() {
        assert_eq!(redact(&document.as_bytes()[..length_bytes]), Err(Error::CutShort { length_bytes }));
    }
    assert_eq!(redact(b"<p>password</p>"), Err(Error::WebPage));
    assert!(matches!(redact(br#"{wifiPass:"hunter2"}"#), Err(Error::Malformed { .. })));
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced() {
    assert_eq!(redact(b"{\"ssid\":\"caf\xe9\"}").unwrap(), "{\"ssid\":\"caf\u{fffd}\"}");
    assert_eq!(redact(b"{\"ssid\":\"caf\xe9\",\"wifiPass\":\"x\"}").unwrap(), "{\"ssid\":\"caf\u{fffd}\"}");
}
