//! The rule of faults, of actors or of mock miners: how a list of them is read from a text, which one is refused, and why.

use std::fmt::Display;
use std::str::FromStr;

use figment::value::Value;

use crate::settings::problem::quoted;

/// Faults with semicolons between; none from an empty text.
pub(super) fn read(text: &str) -> Vec<&str> {
    if text.trim().is_empty() { Vec::new() } else { text.split(';').map(str::trim).collect() }
}

/// Why this is no list of what `F` reads.
pub(super) fn refusal<F>(value: &Value, such_as: &str) -> Option<String>
where
    F: FromStr<Err: Display>,
{
    let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let Some(texts) = texts else {
        return Some(format!("must be a list of texts, such as [\"{such_as}\"]"));
    };
    let wrong = |text: &str| text.parse::<F>().err().map(|error| (quoted(&Value::from(text)), error));
    let (text, error) = texts.into_iter().find_map(wrong)?;
    Some(format!("has {text}, which is no fault: {error}"))
}

/// Why there may not be as many of them.
pub(super) fn too_many(value: &Value, most: usize) -> Option<String> {
    let count = value.as_array().map_or(0, <[Value]>::len);
    (count > most).then(|| format!("has {count} faults, it may have {most}"))
}

#[cfg(test)]
mod tests {
    use shiftboss_kernel::Fault;
    use shiftboss_mockfleet::Affliction;

    use super::*;

    /// Of faults of actors.
    fn told(value: &Value) -> Option<String> {
        refusal::<Fault>(value, "drop nth=3")
    }

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
        assert_eq!(told(&list(&[])), None);
        assert_eq!(told(&list(&["drop nth=3", "panic share=1"])), None);
        let refused = told(&list(&["drop nth=3", "panic share=2"])).unwrap();
        let word = "\"share=2\" is no share; give a number above 0 and up to 1, such as share=0.01";
        assert_eq!(refused, format!("has \"panic share=2\", which is no fault: {word}"));
        assert!(told(&list(&read("drop nth=3;"))).is_some(), "nothing follows the semicolon");
    }

    #[test]
    fn what_is_no_list_of_texts_is_refused() {
        for value in [Value::from("drop nth=3"), Value::from(3), Value::from(vec![3_u8])] {
            assert!(told(&value).unwrap().starts_with("must be a list of texts"), "{value:?}");
        }
    }

    #[test]
    fn a_fault_of_mock_miners_is_refused_by_its_field_and_so_are_too_many() {
        let refused = refusal::<Affliction>(&list(&["reset", "slow delay_ms=0"]), "reset").unwrap();
        let field = "delay_ms is 0, it must be a whole number from 1 to 600000";
        assert_eq!(refused, format!("has \"slow delay_ms=0\", which is no fault: {field}"));
        assert_eq!(too_many(&list(&["reset"; 2]), 2), None);
        assert_eq!(too_many(&list(&["reset"; 3]), 2).unwrap(), "has 3 faults, it may have 2");
    }
}
