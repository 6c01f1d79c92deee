//! A strict reader of both text formats, for gauges, counters and histograms: what it accepts, every scraper does.

use std::collections::{BTreeMap, BTreeSet};

/// A series: its name, and its labels by name.
type Series = (String, BTreeMap<String, String>);

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    pub(super) families: BTreeSet<String>,
    pub(super) series: BTreeMap<Series, f64>,
}

impl Exposition {
    /// Reads a text of the older format.
    ///
    /// # Panics
    /// It is not valid.
    pub(super) fn read(text: &str) -> Self {
        Self::parse(text, "")
    }

    /// Reads a text of OpenMetrics.
    ///
    /// # Panics
    /// It is not valid.
    pub(super) fn read_openmetrics(text: &str) -> Self {
        Self::parse(text.strip_suffix("# EOF\n").expect("OpenMetrics ends in # EOF"), "_total")
    }

    /// `total` is what the name of a counter's family lacks at its end.
    fn parse(text: &str, total: &str) -> Self {
        assert!(text.is_empty() || text.ends_with('\n'), "the last line has no end");
        let mut read = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let (family, _) = described(line, "HELP");
            let (typed, kind) = described(lines.next().unwrap(), "TYPE");
            assert_eq!(typed, family, "HELP and TYPE stand together");
            assert!(
                is_name(family) && read.families.insert(family.to_owned()),
                "{family} is no name, or comes twice"
            );
            if let Some(unit) = lines.next_if(|line| line.starts_with("# UNIT ")) {
                let (named, unit) = described(unit, "UNIT");
                assert!(
                    named == family && family.ends_with(&format!("_{unit}")),
                    "{family} does not end in {unit}"
                );
            }
            let mut samples = Vec::new();
            while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
                samples.push(sampled(sample));
            }
            match kind {
                "gauge" => assert!(samples.iter().all(|((name, _), _)| name == family), "{family}"),
                "counter" => counted(&format!("{family}{total}"), &samples),
                "histogram" => measured(family, &samples),
                other => panic!("{family} is a {other}"),
            }
            for (series, value) in samples {
                assert!(read.series.insert(series.clone(), value).is_none(), "twice: {series:?}");
            }
        }
        read
    }

    /// The value of the one series of this name that has these labels, beside others.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let has = |all: &BTreeMap<String, String>| {
            labels.iter().all(|(label, value)| all.get(*label).is_some_and(|found| found == value))
        };
        let mut found = self.series.iter().filter(|((named, all), _)| named == name && has(all));
        let value = found.next().map(|(_, value)| *value);
        assert!(found.next().is_none(), "several series are {name} {labels:?}");
        value
    }

    /// The names of all families that have a series.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.series.keys().map(|(name, _)| name.as_str()).collect()
    }
}

/// Samples of counters.
fn counted(name: &str, samples: &[(Series, f64)]) {
    assert!(name.ends_with("_total"), "{name}");
    assert!(samples.iter().all(|((named, _), value)| named == name && *value >= 0.0), "{name}");
}

/// Samples of histograms: of each the sum, the count, and behind one another the buckets, each of which holds what
/// those before it do, up to the last, which has no end and holds all.
fn measured(family: &str, samples: &[(Series, f64)]) {
    let mut histograms: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ((name, labels), value) in samples {
        let (mut labels, suffix) = (labels.clone(), name.strip_prefix(family).unwrap());
        let end =
            labels.remove("le").map(|end| if end == "+Inf" { f64::INFINITY } else { end.parse().unwrap() });
        assert_eq!(end.is_some(), suffix == "_bucket", "{name}");
        histograms.entry(labels).or_default().push((suffix, end.unwrap_or_default(), *value));
    }
    for (labels, samples) in histograms {
        let one = |suffix| {
            let mut found = samples.iter().filter(|sample| sample.0 == suffix).map(|sample| sample.2);
            (found.next().unwrap(), found.next().is_none())
        };
        let buckets: Vec<_> = samples.iter().filter(|sample| sample.0 == "_bucket").collect();
        assert_eq!(samples.len(), buckets.len() + 2, "{family} {labels:?}");
        assert!(buckets.is_sorted_by(|one, next| one.1 < next.1 && one.2 <= next.2), "{family} {labels:?}");
        let last = buckets.last().unwrap();
        assert_eq!((last.1, one("_count")), (f64::INFINITY, (last.2, true)), "{family} {labels:?}");
        assert!(one("_sum").0 >= 0.0 && one("_sum").1, "{family} {labels:?}");
    }
}

/// The name, and what is said of it.
fn described<'l>(line: &'l str, what: &str) -> (&'l str, &'l str) {
    let rest = line
        .strip_prefix("# ")
        .and_then(|line| line.strip_prefix(what))
        .and_then(|line| line.strip_prefix(' '));
    let said = rest.and_then(|rest| rest.split_once(' ')).unwrap_or_else(|| panic!("no {what} is {line:?}"));
    assert!(!said.1.is_empty() && !said.1.contains('\\'), "{line:?}");
    said
}

fn is_name(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(rest)
}

fn sampled(line: &str) -> (Series, f64) {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no sample is {line:?}"));
    let (name, rest) = line.split_at(end);
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labelled(rest),
        None => (BTreeMap::new(), rest),
    };
    let value = value.strip_prefix(' ').unwrap_or_else(|| panic!("no blank before the value of {line:?}"));
    let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number ends {line:?}"));
    assert!(value.is_finite() && is_name(name), "{line:?}");
    ((name.to_owned(), labels), value)
}

/// The labels up to the closing brace, and what stands behind it.
fn labelled(mut rest: &str) -> (BTreeMap<String, String>, &str) {
    let mut labels = BTreeMap::new();
    loop {
        let (name, quoted) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label is {rest:?}"));
        let (value, after) = unquoted(quoted);
        assert!(is_name(name) && labels.insert(name.to_owned(), value).is_none(), "label {name}");
        match after.split_at(1) {
            ("}", value) => return (labels, value),
            (",", more) => rest = more,
            _ => panic!("no label ends so: {after:?}"),
        }
    }
}

/// A value up to its closing quote, and what stands behind it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, c @ ('\\' | '"'))) => c,
                other => panic!("no escape is {other:?}"),
            }),
            c => value.push(c),
        }
    }
    panic!("a value without an end: {quoted:?}");
}
