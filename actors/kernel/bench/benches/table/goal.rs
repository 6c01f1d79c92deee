//! What a figure is measured in, and what is wanted of it.

use std::fmt;

/// How a figure is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A figure in nanoseconds an operation, shown as operations a second.
    Rate,
    Nanoseconds,
    Microseconds,
    /// A figure in nanoseconds.
    Milliseconds,
    Bytes,
    Count,
}

impl Unit {
    pub(crate) fn more_is_better(self) -> bool {
        self == Self::Rate
    }

    /// A measured value in this unit.
    pub(crate) fn read(self, value: f64) -> f64 {
        match self {
            Self::Rate => 1e9 / value,
            Self::Milliseconds => value / 1e6,
            Self::Nanoseconds | Self::Microseconds | Self::Bytes | Self::Count => value,
        }
    }

    /// A value that [`Unit::read`] gave.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Rate if value >= 1e6 => format!("{:.2} M/s", value / 1e6),
            Self::Rate => format!("{:.0} k/s", value / 1e3),
            Self::Nanoseconds => format!("{value:.0} ns"),
            Self::Microseconds => format!("{value:.1} us"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Bytes => format!("{value:.0} B"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

/// What is wanted of our figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// A ratio to the best peer.
    AtMost(f64),
    /// A ratio to the best peer.
    AtLeast(f64),
    /// A value in the row's unit.
    Below(f64, Unit),
}

impl Goal {
    /// Whether it is met; None when there is no peer to be better than.
    pub(crate) fn is_met(self, value: f64, ratio: Option<f64>) -> Option<bool> {
        match self {
            Self::AtMost(limit) => ratio.map(|ratio| ratio <= limit),
            Self::AtLeast(limit) => ratio.map(|ratio| ratio >= limit),
            Self::Below(limit, _) => Some(value < limit),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "<= {limit}"),
            Self::AtLeast(limit) => write!(f, ">= {limit}"),
            Self::Below(limit, unit) => write!(f, "< {}", unit.show(*limit)),
        }
    }
}
