//! What to do about an error of the disk. Pure.

use std::io;

/// The words of an error, and what to do about it if that is known.
pub(super) fn advised(error: &redb::Error) -> String {
    match error {
        redb::Error::Io(cause) => match advice(cause.kind()) {
            Some(advice) => format!("{cause}; {advice}"),
            None => cause.to_string(),
        },
        other => other.to_string(),
    }
}

/// What helps against an error of this kind.
pub(super) fn advice(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some("make room on its disk"),
        io::ErrorKind::FileTooLarge => Some("raise the limit on the size of its file"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("let this program read and write it")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_disk_says_what_to_do() {
        for (kind, advice) in [
            (io::ErrorKind::StorageFull, "; make room on its disk"),
            (io::ErrorKind::QuotaExceeded, "; make room on its disk"),
            (io::ErrorKind::FileTooLarge, "; raise the limit on the size of its file"),
            (io::ErrorKind::ReadOnlyFilesystem, "; let this program read and write it"),
            (io::ErrorKind::PermissionDenied, "; let this program read and write it"),
        ] {
            let told = advised(&redb::Error::Io(kind.into()));
            assert!(told.ends_with(advice) && told.len() > advice.len(), "{told}");
        }
        let other = redb::Error::Io(io::Error::other("the disk is on fire"));
        assert_eq!(advised(&other), "the disk is on fire");
    }
}
