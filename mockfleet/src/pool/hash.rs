//! The arithmetic of proof of work: double SHA-256, the difficulty of a hash, and the block header it is of.

use sha2::{Digest, Sha256};

/// A double SHA-256, the bytes as it gives them: read as a number, the last one counts most.
pub type Hash = [u8; 32];

/// The target of difficulty 1 is this number times 2 to the 208th.
const TARGET_OF_1: f64 = 65_535.0;

/// What is hashed for a share: a block's header, its hashes in the order of [`Hash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version, with the bits that the miner rolled.
    pub version: u32,
    /// The hash of the block before.
    pub previous: Hash,
    /// The root of the tree of transactions.
    pub merkle_root: Hash,
    /// Seconds since 1970.
    pub ntime: u32,
    /// The network's own target, in its short form.
    pub nbits: u32,
    /// What a miner searches.
    pub nonce: u32,
}

impl Header {
    /// Its 80 bytes; the nonce stands last.
    #[must_use]
    pub fn bytes(&self) -> [u8; 80] {
        let mut bytes = [0; 80];
        bytes[..4].copy_from_slice(&self.version.to_le_bytes());
        bytes[4..36].copy_from_slice(&self.previous);
        bytes[36..68].copy_from_slice(&self.merkle_root);
        bytes[68..72].copy_from_slice(&self.ntime.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.nbits.to_le_bytes());
        bytes[76..].copy_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    /// Its double SHA-256.
    #[must_use]
    pub fn hash(&self) -> Hash {
        double_sha256(&[&self.bytes()])
    }
}

/// The double SHA-256 of these pieces, one after another.
pub(crate) fn double_sha256(pieces: &[&[u8]]) -> Hash {
    let mut first = Sha256::new();
    pieces.iter().for_each(|piece| first.update(piece));
    Sha256::digest(first.finalize()).into()
}

/// The highest difficulty that a hash meets.
#[must_use]
pub fn difficulty_of(hash: &Hash) -> f64 {
    let number = hash.iter().rev().fold(0.0, |number, byte| number * 256.0 + f64::from(*byte));
    TARGET_OF_1 * 2_f64.powi(208) / number
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::pool::hex;

    /// The first block of all, which everybody knows.
    pub(crate) const GENESIS: Header = Header {
        version: 1,
        previous: [0; 32],
        merkle_root: [
            0x3b, 0xa3, 0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61,
            0x7f, 0xc8, 0x1b, 0xc3, 0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a,
        ],
        ntime: 1_231_006_505,
        nbits: 0x1d00_ffff,
        nonce: 2_083_236_893,
    };

    #[test]
    fn the_first_block_has_the_hash_that_everybody_knows() {
        let mut hash = GENESIS.hash();
        hash.reverse();
        assert_eq!(hex::text(&hash), "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
    }

    #[test]
    fn the_first_block_meets_the_difficulty_that_explorers_show() {
        let difficulty = difficulty_of(&GENESIS.hash());
        assert!((difficulty - 2_536.425_6).abs() < 1e-3, "{difficulty}");
    }

    #[test]
    fn the_target_of_difficulty_1_is_met_by_itself() {
        let mut target = [0; 32];
        (target[26], target[27]) = (0xff, 0xff);
        assert_eq!(difficulty_of(&target), 1.0);
        (target[26], target[27]) = (0xff, 0x7f);
        assert!(difficulty_of(&target) > 2.0 - 1e-4);
        assert_eq!(difficulty_of(&[0; 32]), f64::INFINITY);
    }
}
