//! The published table of fields.

use std::collections::BTreeSet;

use crate::device::firmware::{Family, Firmware, NEWEST, SUPPORTED, Version};

/// The crate of the reader keeps it.
pub(super) const CSV: &str = include_str!("../../../../../actors/axeos/tests/axeos-fields.csv");

/// A row of it, as a family sees it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) types: &'static str,
    pub(super) since: Option<Version>,
    pub(super) last: Version,
}

/// The rows of a family. No cell before the ones that are read holds a comma.
pub(super) fn rows(family: Family) -> Vec<Row> {
    let column = if family == Family::EspMiner { 2 } else { 4 };
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split(',').collect();
        let last = version(cells[column + 1]).unwrap_or(NEWEST);
        Row { name: cells[0], types: cells[1], since: version(cells[column]), last }
    };
    CSV.lines().skip(1).map(row).collect()
}

pub(super) fn version(cell: &str) -> Option<Version> {
    let mut parts = cell.strip_prefix('v')?.split('.').map(|part| part.parse().unwrap());
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// What the table does not say: fields that were away for a while.
const AWAY: [(Family, &str, Version, Version); 2] = [
    // Counted in the table from 2.8 on, but the settings of 2.9 to 2.13 have only the frequency.
    (Family::EspMiner, "statsLimit", (2, 9, 0), (2, 13, 99)),
    // Averages only; it came back with 1.0.20.
    (Family::NerdQaxe, "hashRate", (1, 0, 2), (1, 0, 19)),
];

/// The top-level names that the table has for a firmware.
pub(super) fn expected(firmware: Firmware) -> BTreeSet<&'static str> {
    let away = |name: &str| {
        AWAY.iter().any(|(family, away, since, last)| {
            *family == firmware.family && *away == name && (*since..=*last).contains(&firmware.version)
        })
    };
    rows(firmware.family)
        .iter()
        .filter(|row| !row.name.contains(['.', '[']))
        .filter(|row| row.since.is_some_and(|since| (since..=row.last).contains(&firmware.version)))
        .filter(|row| !away(row.name))
        .map(|row| row.name)
        .collect()
}

/// Every tag at which a field comes or goes, and those that are supported.
pub(super) fn tags() -> Vec<Firmware> {
    let mut tags: Vec<_> = SUPPORTED.to_vec();
    for family in [Family::EspMiner, Family::NerdQaxe] {
        let versions = rows(family).into_iter().flat_map(|row| row.since.into_iter().chain([row.last]));
        let firmwares = versions.filter(|version| *version != NEWEST);
        tags.extend(firmwares.map(|version| Firmware { family, version }));
    }
    tags
}
