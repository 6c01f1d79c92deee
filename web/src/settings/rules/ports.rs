//! Lists of ports, as settings give them.

use std::collections::HashSet;

use figment::value::Value;

/// Ports as `8001,8002`, with or without TOML's brackets; none from an empty text.
pub(super) fn read(text: &str) -> Option<Vec<u16>> {
    let list = text.trim();
    let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list).trim();
    let ports = (!list.is_empty()).then(|| list.split(','));
    ports.into_iter().flatten().map(|port| port.trim().parse().ok()).collect()
}

/// Why this is no such list, as the end of a sentence that begins with it.
pub(super) fn refusal(value: &Value) -> Option<String> {
    let port = |value: &Value| value.to_num()?.to_u128_lossy().filter(|port| (1..=65_535).contains(port));
    let Some(ports) = value.as_array().and_then(|list| list.iter().map(port).collect::<Option<Vec<_>>>())
    else {
        return Some("must be a list of ports from 1 to 65535, such as 8001,8002".to_owned());
    };
    let mut seen = HashSet::new();
    let twice = ports.into_iter().find(|port| !seen.insert(*port))?;
    Some(format!("names port {twice} more than once"))
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    #[test]
    fn a_list_of_ports_is_read_with_or_without_brackets_and_blanks() {
        for text in ["8001,8002", " 8001 , 8002 ", "[8001, 8002]"] {
            assert_eq!(Rule::Ports.read(text), Value::from(vec![8001_u16, 8002]), "{text}");
        }
        assert_eq!(Rule::Ports.read(""), Value::from(Vec::<u16>::new()));
        assert_eq!(Rule::Ports.read("8001,"), Value::from("8001,"));
        assert_eq!(Rule::Ports.read("[8001"), Value::from("[8001"));
    }
}
