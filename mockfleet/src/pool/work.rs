//! One job as pool and miner know it, and the header that comes of it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::hash::{Hash, Header, double_sha256};
use super::hex;

/// What `mining.notify` says of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What a share names it by.
    pub id: String,
    /// The hash of the block before, in the order of a header.
    pub previous: Hash,
    /// The first transaction up to the extranonces.
    pub coinbase1: Vec<u8>,
    /// The first transaction after them.
    pub coinbase2: Vec<u8>,
    /// The hashes that lead from the first transaction to the root of the tree.
    pub branches: Vec<Hash>,
    /// The version, no bit rolled.
    pub version: u32,
    /// The network's target, in its short form.
    pub nbits: u32,
    /// Seconds since 1970, when it was made.
    pub ntime: u32,
    /// Whether all work before it is in vain.
    pub is_clean: bool,
}

/// The parameters of `mining.notify`, in their order.
#[derive(Deserialize)]
struct Notify(String, String, String, String, Vec<String>, String, String, String, bool);

impl Work {
    /// Reads the `params` of a `mining.notify`; `None` when they are not what they should be.
    #[must_use]
    pub fn from_notify(params: &RawValue) -> Option<Self> {
        let Notify(id, previous, coinbase1, coinbase2, branches, version, nbits, ntime, is_clean) =
            serde_json::from_str(params.get()).ok()?;
        Some(Self {
            id,
            previous: swapped(hex::array(&previous)?),
            coinbase1: hex::bytes(&coinbase1)?,
            coinbase2: hex::bytes(&coinbase2)?,
            branches: branches.iter().map(|branch| hex::array(branch)).collect::<Option<_>>()?,
            version: hex::word(&version)?,
            nbits: hex::word(&nbits)?,
            ntime: hex::word(&ntime)?,
            is_clean,
        })
    }

    /// The header that a miner hashes for these extranonces, with nonce 0 and nothing rolled.
    #[must_use]
    pub fn header(&self, extranonce1: &[u8], extranonce2: &[u8]) -> Header {
        let coinbase = double_sha256(&[&self.coinbase1, extranonce1, extranonce2, &self.coinbase2]);
        let merkle_root = self.branches.iter().fold(coinbase, |node, next| double_sha256(&[&node, next]));
        let Self { version, previous, ntime, nbits, .. } = *self;
        Header { version, previous, merkle_root, ntime, nbits, nonce: 0 }
    }

    /// Its `mining.notify` up to the last parameter, whether it is clean.
    pub(crate) fn notify(&self) -> String {
        let branches: Vec<_> =
            self.branches.iter().map(|branch| format!("\"{}\"", hex::text(branch))).collect();
        format!(
            "{{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"{}\",\"{}\",\"{}\",\"{}\",[{}],\"{:08x}\",\
             \"{:08x}\",\"{:08x}\",",
            self.id,
            hex::text(&swapped(self.previous)),
            hex::text(&self.coinbase1),
            hex::text(&self.coinbase2),
            branches.join(","),
            self.version,
            self.nbits,
            self.ntime,
        )
    }
}

/// Stratum sends the hash of the block before in words of four bytes, each turned around.
fn swapped(mut hash: Hash) -> Hash {
    hash.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::hash::difficulty_of;

    /// The example of the first description of Stratum, by its author: a job, and a share that was accepted for it.
    const EXAMPLE: &str = r#"["bf","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000",
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff20020862062f503253482f04b8864e5008",
        "072f736c7573682f000000000100f2052a010000001976a914d23fcdf86f7e756a64a7a9688ef9903327048ed988ac00000000",
        [],"00000002","1c2ac4af","504e86b9",false]"#;

    fn example() -> Work {
        Work::from_notify(serde_json::from_str(EXAMPLE).unwrap()).unwrap()
    }

    #[test]
    fn the_share_of_the_first_description_of_stratum_is_worth_more_than_difficulty_1() {
        let header = example().header(&[0x08, 0, 0, 0x02], &[0, 0, 0, 1]);
        let share = Header { ntime: 0x504e_86ed, nonce: 0xb295_7c02, ..header };
        let difficulty = difficulty_of(&share.hash());
        assert!(difficulty > 1.0, "{difficulty}");
        let other = Header { nonce: 0xb295_7c03, ..share };
        assert!(difficulty_of(&other.hash()) < 1e-3, "a share is met by chance only once in four billion");
    }

    #[test]
    fn a_job_that_is_told_reads_back() {
        let work = Work { branches: vec![[1; 32], [0xfe; 32]], is_clean: true, ..example() };
        let line = format!("{}true]}}", work.notify());
        let call: serde_json::Value = serde_json::from_str(&line).unwrap();
        let params: Box<RawValue> = serde_json::value::to_raw_value(&call["params"]).unwrap();
        assert_eq!(Work::from_notify(&params), Some(work));
    }

    #[test]
    fn a_notification_with_a_parameter_of_another_length_is_none() {
        for (from, to) in [("504e86b9", "504e86b"), ("1c2ac4af", "1c2ac4af00"), ("00000000\"", "\"")] {
            let text = EXAMPLE.replacen(from, to, 1);
            assert_eq!(Work::from_notify(serde_json::from_str(&text).unwrap()), None, "{to}");
        }
    }
}
