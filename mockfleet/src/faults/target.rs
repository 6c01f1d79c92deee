//! Whom a fault is for: miners by name, a group of them, a share of the fleet, or all of them.
//!
//! A share is spread evenly and drawn from the seed: of so many miners in a row that hold one that is struck, chance says
//! which. So at any size of the fleet it is within one miner of exact, and who joins changes nothing for the others.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Affliction;
use crate::device::firmware::{Family, Firmware};
use crate::draw::{Draw, scatter};

/// Of other draws of the same seed.
const SHARE: u64 = 0x7368_6172_6500_0000;

/// Whom a fault is for. What is not said narrows nothing down.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Target {
    /// Names, or patterns in which `*` stands for any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) miners: Option<Vec<String>>,
    /// Those of one kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Group>,
    /// Of all that are meant otherwise, so many; above 0 and up to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<f64>,
}

/// Miners of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Miners of the seeds with the shape of ESP-Miner.
    Legacy,
    /// Miners of the seeds with the shape of NerdQAxe.
    New,
    /// Devices of a family.
    Family(Family),
    /// Devices of a firmware.
    Firmware(Firmware),
}

/// What a miner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Seed { is_new: bool },
    Device(Firmware),
}

/// A miner among whom it is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// Those whom the `nth` fault of a fleet strikes, by their index.
pub(crate) fn chosen(seed: u64, nth: usize, affliction: &Affliction, members: &[Member]) -> Vec<u32> {
    let Affliction { fault, target, .. } = affliction;
    let meant = members.iter().filter(|member| target.means(member) && fault.strikes(member.kind));
    let salt = seed ^ SHARE ^ scatter(nth as u64);
    let in_share = |rank: &(u64, &Member)| target.share.is_none_or(|share| is_drawn(salt, rank.0, share));
    (0..).zip(meant).filter(in_share).map(|(_, member)| member.index).collect()
}

/// Whether the miner of this rank is in the share.
fn is_drawn(salt: u64, rank: u64, share: f64) -> bool {
    // The fewer of the struck and the spared are drawn, so that there is room for one in each piece.
    if share > 0.5 {
        return share >= 1.0 || !is_drawn(salt, rank, 1.0 - share);
    }
    let begin = |piece: u64| (piece as f64 / share).ceil() as u64;
    let mut piece = (rank as f64 * share) as u64;
    // Rounding may have named a neighbour.
    while begin(piece) > rank {
        piece -= 1;
    }
    while begin(piece + 1) <= rank {
        piece += 1;
    }
    let (from, to) = (begin(piece), begin(piece + 1));
    let mut draw = Draw::new(salt ^ scatter(piece), 0);
    from + draw.below(to - from) == rank
}

impl Target {
    fn means(&self, member: &Member) -> bool {
        let is_named = |names: &Vec<String>| names.iter().any(|name| fits(name, &member.name));
        self.miners.as_ref().is_none_or(is_named) && self.group.is_none_or(|group| group.has(member.kind))
    }
}

/// Whether a name fits a pattern in which `*` stands for any text, also for none.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<_> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = left.find(piece) else { return false };
        left = &left[at + piece.len()..];
    }
    left.ends_with(last)
}

impl Display for Target {
    /// As `mockaxe1,mockaxe7`, `5 % of legacy` or `all`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(share) = self.share {
            write!(f, "{} % of ", share * 100.0)?;
        }
        match (&self.miners, self.group) {
            (None, None) => f.write_str("all"),
            (Some(names), None) => f.write_str(&names.join(",")),
            (None, Some(group)) => write!(f, "{group}"),
            (Some(names), Some(group)) => write!(f, "{} in {group}", names.join(",")),
        }
    }
}

impl Group {
    fn has(self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Legacy, Kind::Seed { is_new }) => !is_new,
            (Self::New, Kind::Seed { is_new }) => is_new,
            (Self::Family(family), Kind::Device(firmware)) => firmware.family == family,
            (Self::Firmware(wanted), Kind::Device(firmware)) => firmware == wanted,
            (Self::Legacy | Self::New, Kind::Device(_)) => false,
            (Self::Family(_) | Self::Firmware(_), Kind::Seed { .. }) => false,
        }
    }
}

impl FromStr for Group {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "legacy" => Ok(Self::Legacy),
            "new" => Ok(Self::New),
            "esp-miner" => Ok(Self::Family(Family::EspMiner)),
            "nerdqaxe" => Ok(Self::Family(Family::NerdQaxe)),
            _ => text.parse().map(Self::Firmware).map_err(drop),
        }
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Legacy => f.write_str("legacy"),
            Self::New => f.write_str("new"),
            Self::Family(family) => f.write_str(family.name()),
            Self::Firmware(firmware) => write!(f, "{}@{firmware}", firmware.family.name()),
        }
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
