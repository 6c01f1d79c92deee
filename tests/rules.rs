//! The import rules of the workspace: which crate may depend on which, which files may name a fenced package,
//! how long a file may get. Every violation is told with its file and line.

use std::fmt::{self, Display};
use std::path::Path;
use std::{fs, io};

/// Of our own crates: where it lives, its package, the packages of ours that it may depend on.
const CRATES: [(&str, &str, &[&str]); 7] = [
    ("actors/kernel", "shiftboss-kernel", &[]),
    ("actors/kernel/bench", "shiftboss-kernel-bench", &["shiftboss-kernel"]),
    ("actors/axeos", "shiftboss-axeos", &[]),
    ("actors/farm", "shiftboss-farm", &["shiftboss-kernel", "shiftboss-axeos"]),
    ("proxy", "shiftboss-proxy", &["shiftboss-kernel"]),
    ("mockfleet", "shiftboss-mockfleet", &["shiftboss-kernel", "shiftboss-axeos"]),
    (
        "web",
        "shiftboss",
        &["shiftboss-kernel", "shiftboss-axeos", "shiftboss-farm", "shiftboss-proxy", "shiftboss-mockfleet"],
    ),
];

/// A package that only some files may name, so that it can be replaced without reading the others; or a word of one.
/// Tests are free: they may come at the program with any client.
struct Fence {
    /// What the names of the package begin with in code.
    name: &'static str,
    /// The files that the fence is about, by the beginning of their path.
    within: &'static str,
    /// Those of them that may name it.
    except: &'static [&'static str],
}

/// Where routes are made: of an `Endpoint`, which is served and documented from one place.
const ROUTES: &[&str] = &["web/src/api/endpoint.rs"];

const FENCES: [Fence; 11] = [
    Fence { name: "redb", within: "", except: &["actors/farm/src/store", "actors/farm/src/history"] },
    Fence {
        name: "awc",
        within: "",
        except: &[
            "actors/farm/src/device",
            "actors/farm/src/tap",
            "actors/farm/src/discovery",
            "actors/farm/src/dashboards",
            "web/src/command/tree.rs",
        ],
    },
    Fence { name: "actix_web_actors", within: "", except: &["web/src/sockets", "mockfleet/src"] },
    Fence { name: "route", within: "web/src", except: ROUTES },
    Fence { name: "resource", within: "web/src", except: ROUTES },
    Fence { name: "scope", within: "web/src", except: ROUTES },
    Fence { name: "service", within: "web/src/api", except: ROUTES },
    Fence { name: "actix", within: "actors/axeos/", except: &[] },
    Fence { name: "tokio", within: "actors/axeos/", except: &[] },
    Fence { name: "shiftboss", within: "actors/axeos/src", except: &[] },
    Fence { name: "shiftboss", within: "actors/kernel/src", except: &[] },
];

/// The rooms whose files are counted, and the endings of those that people write and read as code.
const ROOMS: [&str; 4] = ["actors", "mockfleet", "proxy", "web"];
const CODE: [&str; 7] = ["rs", "js", "mjs", "ts", "svelte", "css", "html"];
const LINES_AT_MOST: usize = 400;

/// What other programs write there.
const GENERATED: [&str; 3] = ["target", "node_modules", "dist"];

#[derive(Debug, PartialEq)]
struct Violation {
    file: String,
    line: usize,
    rule: String,
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// All violations in a file, whatever kind of file it is.
fn violations(file: &str, text: &str) -> Vec<Violation> {
    let mut rules = Vec::new();
    if file.ends_with("Cargo.toml") {
        rules.extend(in_manifest(file, text));
    }
    if file.ends_with(".rs") {
        rules.extend(in_source(file, text));
    }
    let lines = text.lines().count();
    if CODE.iter().any(|ending| file.ends_with(&format!(".{ending}"))) && lines > LINES_AT_MOST {
        rules.push((lines, format!("has {lines} lines; split it, {LINES_AT_MOST} are the most")));
    }
    rules.into_iter().map(|(line, rule)| Violation { file: file.to_owned(), line, rule }).collect()
}

/// Dependencies on our own crates, of every kind, that the table does not allow.
fn in_manifest(file: &str, text: &str) -> Vec<(usize, String)> {
    let directory = file.trim_end_matches("/Cargo.toml");
    let Some((_, own, allowed)) = CRATES.iter().find(|(path, _, _)| *path == directory) else {
        return vec![(1, "is no crate of the table in tests/rules.rs".to_owned())];
    };
    let mut found = Vec::new();
    let mut in_package = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        let table = line.strip_prefix('[').map(|table| table.trim_end_matches(']'));
        in_package = table.map_or(in_package, |table| table == "package");
        if in_package || line.starts_with('#') {
            continue;
        }
        // A dependency is a line of a table, or a table of its own as in `[dependencies.name]`.
        let name = table.map_or(line, |table| table.rsplit('.').next().unwrap_or(table));
        let name = name.split([' ', '=', '.']).next().unwrap_or(name).trim_matches('"');
        if name.starts_with("shiftboss") && name != *own && !allowed.contains(&name) {
            found.push((number, format!("{own} must not depend on {name}")));
        }
        if line.contains("package =") {
            found.push((number, "a renamed dependency hides from these rules".to_owned()));
        }
    }
    found
}

/// Names in code that a fence keeps out of this file.
fn in_source(file: &str, text: &str) -> Vec<(usize, String)> {
    let is_test =
        ["/tests/", "/benches/"].iter().any(|part| file.contains(part)) || file.ends_with("/tests.rs");
    let open = |fence: &Fence| is_test || fence.except.iter().any(|path| file.starts_with(path));
    let closed: Vec<_> =
        FENCES.iter().filter(|fence| file.starts_with(fence.within) && !open(fence)).collect();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(code(text).lines()) {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words {
            let named = |fence: &&&Fence| word == fence.name || word.starts_with(&format!("{}_", fence.name));
            found.extend(closed.iter().find(named).map(|fence| (number, fence.rule(word))));
        }
    }
    found
}

impl Fence {
    fn rule(&self, word: &str) -> String {
        match self.except {
            [] => format!("names {word}, which nothing under {} may", self.within),
            files => format!("names {word}, which only {} may", files.join(", ")),
        }
    }
}

/// The text with comments, and what stands between quotes, blotted out; the lines stay where they are.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, code.chars().next_back());
        let taken = if skipped == 0 { first.len_utf8() } else { skipped };
        let (piece, tail) = rest.split_at(taken);
        if skipped == 0 {
            code.push(first);
        } else {
            code.extend(piece.chars().map(|c| if c == '\n' { c } else { ' ' }));
        }
        rest = tail;
    }
    code
}

/// The length in bytes of the comment, text or character that comes first in the rest; 0 when code comes first.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let until =
        |start: usize, end: &str| rest[start..].find(end).map_or(rest.len(), |at| start + at + end.len());
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let hashes = rest.bytes().skip(1).take_while(|byte| *byte == b'#').count();
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if rest.starts_with('r') && !in_word && rest[1 + hashes..].starts_with('"') {
        return until(hashes + 2, &format!("\"{}", "#".repeat(hashes)));
    }
    if let Some(text) = rest.strip_prefix('"') {
        return unescaped_quote(text).map_or(rest.len(), |at| at + 2);
    }
    // Of characters only a quote matters: it would open a text.
    if rest.starts_with("'\"'") {
        return 3;
    }
    if rest.starts_with(r#"'\"'"#) || rest.starts_with(r"'\''") {
        return 4;
    }
    0
}

fn unescaped_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Every file below a directory with its path from the root of the workspace.
fn files(root: &Path, directory: &str, found: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(directory))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{directory}/{name}");
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !GENERATED.contains(&name.as_str()) {
                files(root, &path, found)?;
            }
        } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            // What is not text, a picture say, has neither imports nor lines.
            found.push((path, text));
        }
    }
    Ok(())
}

#[test]
fn the_workspace_keeps_its_import_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    ROOMS.iter().for_each(|room| files(root, room, &mut found).unwrap());
    for (directory, _, _) in CRATES {
        let manifest = format!("{directory}/Cargo.toml");
        assert!(found.iter().any(|(path, _)| *path == manifest), "{manifest} is not there");
    }
    let broken: Vec<_> = found.iter().flat_map(|(path, text)| violations(path, text)).collect();
    let told: Vec<_> = broken.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

// === the rules themselves ===

fn told(file: &str, text: &str) -> Vec<String> {
    violations(file, text).iter().map(ToString::to_string).collect()
}

#[test]
fn a_fenced_package_is_told_with_file_and_line_and_let_through_behind_its_fence() {
    let source = "//! Asks devices.\n\nuse awc::Client;\nlet store = redb::Database::open(path)?;\n";
    let expected = [
        "web/src/tree.rs:3: names awc, which only actors/farm/src/device, actors/farm/src/tap, \
         actors/farm/src/discovery, actors/farm/src/dashboards, web/src/command/tree.rs may",
        "web/src/tree.rs:4: names redb, which only actors/farm/src/store, actors/farm/src/history may",
    ];
    assert_eq!(told("web/src/tree.rs", source), expected);
    for open in ["actors/farm/src/device.rs", "actors/farm/src/device/http.rs", "actors/farm/src/tap.rs"] {
        assert_eq!(told(open, "use awc::Client;"), [""; 0], "{open}");
    }
    assert_eq!(told("actors/farm/src/hub.rs", "use actix_web_actors::ws;").len(), 1);
    assert_eq!(told("mockfleet/src/miner.rs", "use actix_web_actors::ws;").len(), 0);
    assert_eq!(told("mockfleet/tests/miner.rs", "use awc::Client;").len(), 0);
}

#[test]
fn a_route_that_the_document_would_not_have_is_told() {
    for source in [
        r#"App::new().route("/x", web::get().to(x))"#,
        r#"web::resource("/x")"#,
        r#"web::scope("/x")"#,
        "App::new().service(x)",
    ] {
        assert_eq!(told("web/src/api.rs", source).len(), 1, "{source}");
        assert_eq!(told("web/src/api/endpoint.rs", source), [""; 0], "{source}");
        assert_eq!(told("mockfleet/src/listing.rs", source), [""; 0], "{source}");
    }
}

#[test]
fn a_pure_crate_may_name_no_actor_and_the_kernel_none_of_our_crates() {
    for name in ["actix", "actix_web", "tokio", "redb", "awc", "shiftboss_kernel"] {
        assert_eq!(told("actors/axeos/src/info.rs", &format!("use {name}::Any;")).len(), 1, "{name}");
    }
    assert_eq!(told("actors/kernel/src/cell.rs", "use shiftboss_axeos::Info;").len(), 1);
    assert_eq!(told("actors/kernel/src/cell.rs", "use actix::Actor;").len(), 0);
}

#[test]
fn comments_texts_and_longer_words_are_no_imports() {
    let source = r####"// redb
        /* redb
           redb */ let a = "redb \" redb"; let b = r#"redb " redb"#;
        let redbox = '"';"####;
    assert_eq!(told("web/src/a.rs", source), [""; 0]);
    let after = [
        r#"let a = '"'; redb"#,
        "fn f<'a>() { redb }",
        r#"let a = "\\"; redb"#,
        "/* */ redb",
        r##"r#"a"# redb"##,
    ];
    for code in after {
        assert_eq!(told("web/src/a.rs", code).len(), 1, "{code}");
    }
}

#[test]
fn a_dependency_that_the_table_does_not_allow_is_told() {
    let manifest =
        "[package]\nname = \"shiftboss-proxy\"\n\n[dependencies]\nshiftboss-kernel = { path = \"x\" }\n";
    assert_eq!(told("proxy/Cargo.toml", manifest), [""; 0]);
    let spellings = [
        "shiftboss-farm = { path = \"x\" }",
        "shiftboss-farm.workspace = true",
        "[dependencies.shiftboss-farm]",
    ];
    for bad in spellings {
        let told = told("proxy/Cargo.toml", &format!("{manifest}{bad}\n"));
        assert_eq!(told, ["proxy/Cargo.toml:6: shiftboss-proxy must not depend on shiftboss-farm"], "{bad}");
    }
    let renamed = format!("{manifest}db = {{ package = \"redb\", version = \"4\" }}\n");
    assert_eq!(told("proxy/Cargo.toml", &renamed).len(), 1);
    assert_eq!(told("actors/new/Cargo.toml", "[package]").len(), 1);
}

#[test]
fn a_file_that_is_too_long_is_told() {
    assert_eq!(told("web/ui/src/app.ts", &"\n".repeat(LINES_AT_MOST)).len(), 0);
    assert_eq!(told("web/ui/src/app.ts", &"\n".repeat(LINES_AT_MOST + 1)).len(), 1);
    assert_eq!(told("web/ui/package-lock.json", &"\n".repeat(LINES_AT_MOST + 1)).len(), 0);
}
