//! Commands that run once, print something and end.

use std::path::Path;
use std::process::Output;

use super::shiftboss;

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    shiftboss().current_dir(folder).args(arguments).output().expect("it runs")
}

/// What one has printed that did what was asked.
pub(crate) fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// One that ended with this code, and one line with this in it.
pub(crate) fn refused(output: &Output, code: i32, part: &str) {
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{line}");
    assert!(line.contains(part) && line.lines().count() == 1, "{line}");
}
