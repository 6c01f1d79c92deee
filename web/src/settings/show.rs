//! The effective settings to read: as a settings file, or with where each value came from.

/// One effective setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, such as `web.listen`.
    pub key: &'static str,
    /// Its value as TOML.
    pub value: String,
    /// What gave the value: `default`, the path of the file, the variable or the flag.
    pub origin: String,
}

/// A settings file that says the same as all layers together.
#[must_use]
pub fn as_toml(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut current = "";
    for Entry { key, value, .. } in entries {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        if section != current {
            text += &format!("\n[{section}]\n");
            current = section;
        }
        text += &format!("{name} = {value}\n");
    }
    text
}

/// One aligned line per setting, its origin behind `#`: still TOML.
#[must_use]
pub fn with_origins(entries: &[Entry]) -> String {
    let widest = |column: fn(&Entry) -> &str| entries.iter().map(|entry| column(entry).chars().count()).max();
    let keys = widest(|entry| entry.key).unwrap_or_default();
    let values = widest(|entry| &entry.value).unwrap_or_default();
    let line = |Entry { key, value, origin }: &Entry| format!("{key:keys$} = {value:values$}  # {origin}\n");
    entries.iter().map(line).collect()
}
