//! The rule of faults on purpose: how a list of them is read from a text, and which one is refused, and why.

use figment::value::Value;
use shiftboss_kernel::Fault;

use crate::settings::problem::quoted;

/// Faults with semicolons between; none from an empty text.
pub(super) fn read(text: &str) -> Vec<&str> {
    if text.trim().is_empty() { Vec::new() } else { text.split(';').map(str::trim).collect() }
}

/// Why this is no list of faults.
pub(super) fn refusal(value: &Value) -> Option<String> {
    let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts else {
        return Some("must be a list of texts, such as [\"panic share=0.01 kind=Device\"]".to_owned());
    };
    let wrong = |text: &str| text.parse::<Fault>().err().map(|error| (quoted(&Value::from(text)), error));
    let (text, error) = texts.into_iter().find_map(wrong)?;
    Some(format!("has {text}, which is no fault: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Value {
        Value::from(texts.to_vec())
    }

    #[test]
    fn faults_are_read_with_semicolons_between() {
        assert_eq!(
            read("panic share=0.01 kind=Device; drop nth=3"),
            ["panic share=0.01 kind=Device", "drop nth=3"]
        );
        assert_eq!(read(" drop nth=3 "), ["drop nth=3"]);
        assert_eq!(read(" "), [""; 0]);
    }

    #[test]
    fn a_fault_that_is_wrong_is_quoted_among_those_that_are_right() {
        assert_eq!(refusal(&list(&[])), None);
        assert_eq!(refusal(&list(&["drop nth=3", "panic share=1"])), None);
        let told = refusal(&list(&["drop nth=3", "panic share=2"])).unwrap();
        let word = "\"share=2\" is no share; give a number above 0 and up to 1, such as share=0.01";
        assert_eq!(told, format!("has \"panic share=2\", which is no fault: {word}"));
        assert!(refusal(&list(&read("drop nth=3;"))).is_some(), "nothing follows the semicolon");
    }

    #[test]
    fn what_is_no_list_of_texts_is_refused() {
        for value in [Value::from("drop nth=3"), Value::from(3), Value::from(vec![3_u8])] {
            assert!(refusal(&value).unwrap().starts_with("must be a list of texts"), "{value:?}");
        }
    }
}
