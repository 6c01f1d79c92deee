use super::*;

const DOCUMENT: &[u8] = br#"{"power":14.5,"hostname":"mockaxe1","history":{"hashrate_10m":[1,2]}}"#;

fn patch(body: &str) -> Patch {
    Patch::parse(body.as_bytes()).unwrap()
}

fn merged(bodies: &[&str]) -> Patch {
    let mut kept = Patch::default();
    for body in bodies {
        kept.merge(patch(body)).unwrap();
    }
    kept
}

fn over(patch: &Patch) -> String {
    String::from_utf8(patch.over(DOCUMENT).unwrap()).unwrap()
}

#[test]
fn a_patched_field_keeps_its_place_and_a_new_one_follows() {
    let patch = merged(&[r#"{"poolMode":1,"hostname":"axe"}"#]);
    assert_eq!(
        over(&patch),
        r#"{"power":14.5,"hostname":"axe","history":{"hashrate_10m":[1,2]},"poolMode":1}"#
    );
}

#[test]
fn a_later_patch_changes_only_what_it_names() {
    let patch = merged(&[r#"{"power":20,"frequency":550}"#, r#"{"power":25}"#]);
    assert_eq!(
        over(&patch),
        r#"{"power":25,"hostname":"mockaxe1","history":{"hashrate_10m":[1,2]},"frequency":550}"#
    );
}

#[test]
fn a_value_is_replaced_as_a_whole_and_kept_as_it_was_written() {
    let patch = merged(&[r#"{"history":{"x":[null,1.50]},"power":null,"Ünïcode \"key\"":"\u00e9"}"#]);
    assert_eq!(
        over(&patch),
        r#"{"power":null,"hostname":"mockaxe1","history":{"x":[null,1.50]},"Ünïcode \"key\"":"\u00e9"}"#
    );
}

#[test]
fn of_a_name_that_comes_twice_the_last_value_counts() {
    assert!(over(&merged(&[r#"{"power":1,"power":2}"#])).starts_with(r#"{"power":2,"hostname""#));
}

#[test]
fn an_empty_body_and_an_empty_object_change_nothing() {
    assert!(patch("").is_empty() && patch("{}").is_empty());
    assert_eq!(over(&Patch::default()).as_bytes(), DOCUMENT);
}

#[test]
fn what_is_not_a_json_object_is_refused() {
    for body in
        ["[]", "1", "null", r#""text""#, "{", r#"{"a":}"#, r#"{"a":1} x"#, "power=1", "\u{feff}{}", " "]
    {
        assert!(matches!(Patch::parse(body.as_bytes()), Err(Error::NotAnObject(_))), "{body}");
    }
    assert!(Patch::parse(b"{\"a\":\"\xff\"}").is_err(), "a text that is not UTF-8");
}

#[test]
fn nesting_without_end_is_no_harm() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(4_000), "]".repeat(4_000));
    assert!(over(&merged(&[&deep])).ends_with(&format!("{}}}", "]".repeat(4_000))));
}

#[test]
fn a_patch_that_does_not_fit_is_refused_and_changes_nothing() {
    let half = format!(r#"{{"note":"{}"}}"#, "x".repeat(KEPT_BYTES / 2));
    let mut kept = merged(&[&half]);
    assert!(matches!(kept.merge(patch(&half.replace("note", "memo"))), Err(Error::Full)));
    assert!(!over(&kept).contains("memo"));
    let small: String = (0..1_000).map(|n| format!(r#""{n}":1,"#)).collect();
    let small = format!("{{{}}}", small.trim_end_matches(','));
    assert!(
        matches!(Patch::default().merge(patch(&small)), Err(Error::Full)),
        "many fields cost more than text"
    );
}
