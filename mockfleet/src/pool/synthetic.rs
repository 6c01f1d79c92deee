//! Shares that stand for work nobody did.
//!
//! A mock miner cannot search at the difficulty of a real one. Where it must not wait, it marks a header: the nonce
//! is a function of all the rest of it. Whatever lies between miner and pool must keep the header, so a mark survives
//! a relay that splits the extranonce or renames the job, and breaks with anything that would break a real share.
//! Only the mock pool knows marks; to any other pool they are shares above the target.

use super::hash::{Header, double_sha256};

/// No secret: it keeps the mark from being what a miner would find by chance for another reason.
const KEY: &[u8] = b"shiftboss synthetic share";

/// The nonce that marks this header. The nonce that it has does not count.
#[must_use]
pub fn mark(header: &Header) -> u32 {
    let tag = double_sha256(&[KEY, &header.bytes()[..76]]);
    u32::from_le_bytes([tag[0], tag[1], tag[2], tag[3]])
}

/// Whether this header is marked. One real share in four billion is, by chance.
#[must_use]
pub fn recognise(header: &Header) -> bool {
    header.nonce == mark(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::hash::tests::GENESIS;

    #[test]
    fn a_marked_header_is_recognised_whatever_its_nonce_was() {
        let marked = Header { nonce: mark(&GENESIS), ..GENESIS };
        assert!(recognise(&marked) && !recognise(&GENESIS));
        assert_eq!(mark(&marked), mark(&GENESIS));
    }

    #[test]
    fn a_mark_breaks_with_every_part_of_the_header() {
        let marked = Header { nonce: mark(&GENESIS), ..GENESIS };
        let others = [
            Header { version: 2, ..marked },
            Header { previous: [1; 32], ..marked },
            Header { merkle_root: [1; 32], ..marked },
            Header { ntime: marked.ntime + 1, ..marked },
            Header { nbits: marked.nbits + 1, ..marked },
            Header { nonce: marked.nonce.wrapping_add(1), ..marked },
        ];
        assert!(others.iter().all(|other| !recognise(other)));
    }
}
