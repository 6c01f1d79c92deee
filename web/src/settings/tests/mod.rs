//! What a reader of settings can rely on, tested through `load` with variables and a directory of its own.

use std::fs;
use std::net::SocketAddr;

use tempfile::TempDir;

use super::*;

mod environment;
mod layers;
mod problems;
mod shown;

/// A flag: its name, the setting, the value.
type Typed<'a> = (&'static str, &'a str, &'a str);
/// A variable: its name, the value.
type Variable<'a> = (&'a str, &'a str);

/// A working directory with this settings file.
fn directory(toml: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(FILE_NAME), toml).unwrap();
    directory
}

/// Loads from all three sources; of the problems, the lines with the directory's path taken out.
fn load_from(toml: &str, variables: &[Variable<'_>], typed: &[Typed<'_>]) -> Result<Loaded, Vec<String>> {
    let directory = directory(toml);
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let flag = |(name, key, text): &Typed<'_>| Flag { name, key: (*key).into(), text: (*text).into() };
    let flags = Flags { config: None, values: typed.iter().map(flag).collect() };
    let path = format!("{}/", directory.path().display());
    load(&flags, variables, directory.path())
        .map_err(|invalid| invalid.to_string().lines().map(|line| line.replace(&path, "")).collect())
}

fn settings(toml: &str, variables: &[Variable<'_>], typed: &[Typed<'_>]) -> Settings {
    load_from(toml, variables, typed).unwrap().settings
}

fn problems(toml: &str, variables: &[Variable<'_>], typed: &[Typed<'_>]) -> Vec<String> {
    load_from(toml, variables, typed).unwrap_err()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}
