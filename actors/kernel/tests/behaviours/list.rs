//! Whether the list of behaviours is whole, and names tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

/// The numbers that the head of a module lists, each with the name of a test.
fn listed(source: &str) -> Vec<(u32, &str)> {
    let mut listed = Vec::new();
    let mut number = None;
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        if let Some((start, _)) = line.split_once(". ") {
            number = start.trim().parse().ok().or(number);
        }
        let names = line.split('`').skip(1).step_by(2).filter(|name| name.contains('_'));
        listed.extend(number.into_iter().flat_map(|number| names.clone().map(move |name| (number, name))));
    }
    listed
}

#[test]
fn each_of_the_52_behaviours_names_a_test_that_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviours");
    let mut numbers = BTreeSet::new();
    for file in folder.read_dir().expect("readable") {
        let path = file.expect("readable").path();
        let source = std::fs::read_to_string(&path).expect("readable");
        for (number, name) in listed(&source) {
            assert!(source.contains(&format!("async fn {name}()")), "{number}: {name} in {}", path.display());
            numbers.insert(number);
        }
    }
    assert_eq!(numbers, (1..=52).collect());
}
