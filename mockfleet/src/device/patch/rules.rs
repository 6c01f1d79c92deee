//! Which settings each firmware takes over HTTP: name, versions, type, range, and where they are kept.
//!
//! ESP-Miner checks types and ranges since 2.11; before that the ranges here are not looked at.

use crate::device::firmware::{Family, NEWEST, Version};
use crate::device::nvs::Key;
use crate::device::pool::{FALLBACK, PRIMARY};

/// One name that a patch may have.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    family: Family,
    since: Version,
    last: Version,
    pub(super) takes: Takes,
    pub(super) to: To,
}

/// Type and range of a value. A text's range is that of its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Takes {
    Text(usize, usize),
    Whole(f64, f64),
    Fraction(f64, f64),
    Flag,
    /// One of these numbers.
    OneOf(&'static [f64]),
    /// The name of a display.
    Display,
    /// The name of a protocol.
    Protocol,
}

/// Where a value is kept.
#[derive(Clone, Copy)]
pub(super) enum To {
    Setting(Key),
    Pool(u8, Part),
}

/// A part of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Url,
    Port,
    User,
    Password,
    Difficulty,
    Extranonce,
    Tls,
    Cert,
    DecodeCoinbase,
    Protocol,
    AuthorityPubkey,
    ChannelType,
}

impl Rule {
    const fn esp(name: &'static str, since: Version, takes: Takes, to: To) -> Self {
        Self { name, family: Family::EspMiner, since, last: NEWEST, takes, to }
    }

    const fn nerd(name: &'static str, since: Version, takes: Takes, to: To) -> Self {
        Self { name, family: Family::NerdQaxe, since, last: NEWEST, takes, to }
    }

    const fn until(self, last: Version) -> Self {
        Self { last, ..self }
    }

    pub(super) fn holds(&self, family: Family, version: Version) -> bool {
        self.family == family && (self.since..=self.last).contains(&version)
    }

    /// Whether ESP-Miner 2.0 reads it without a look whether it is there.
    pub(super) fn is_required_by_2_0(&self) -> bool {
        self.since < (2, 1, 0)
    }
}

const TEXT: Takes = Takes::Text(0, crate::device::nvs::TEXT_BYTES - 1);
const HOST: Takes = Takes::Text(1, 32);
const U16: Takes = Takes::Whole(0.0, 65_535.0);
const POSITIVE: Takes = Takes::Whole(1.0, 65_535.0);
const U32: Takes = Takes::Whole(0.0, 4_294_967_295.0);
const PERCENT: Takes = Takes::Whole(0.0, 100.0);
const ANY: Takes = Takes::Fraction(f64::MIN, f64::MAX);
const SLOT: Takes = Takes::Whole(0.0, 7.0);

const fn set(key: Key) -> To {
    To::Setting(key)
}

const fn first(part: Part) -> To {
    To::Pool(PRIMARY, part)
}

const fn second(part: Part) -> To {
    To::Pool(FALLBACK, part)
}

/// The last version that takes pools at the top level; a newer one skips them without a word.
const LAST_TOP_LEVEL: Version = (2, 14, 99);

pub(super) static RULES: &[Rule] = &[
    Rule::esp("stratumURL", (2, 0, 0), TEXT, first(Part::Url)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumUser", (2, 0, 0), TEXT, first(Part::User)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumPort", (2, 0, 0), U16, first(Part::Port)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumPassword", (2, 1, 0), TEXT, first(Part::Password)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumSuggestedDifficulty", (2, 9, 0), U16, first(Part::Difficulty)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumExtranonceSubscribe", (2, 9, 0), Takes::Flag, first(Part::Extranonce))
        .until(LAST_TOP_LEVEL),
    Rule::esp("stratumTLS", (2, 13, 0), Takes::Whole(0.0, 2.0), first(Part::Tls)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumCert", (2, 13, 0), TEXT, first(Part::Cert)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumDecodeCoinbase", (2, 13, 0), Takes::Flag, first(Part::DecodeCoinbase))
        .until(LAST_TOP_LEVEL),
    Rule::esp("stratumProtocol", (2, 14, 0), Takes::Protocol, first(Part::Protocol)).until(LAST_TOP_LEVEL),
    Rule::esp("stratumV2AuthorityPubkey", (2, 14, 0), TEXT, first(Part::AuthorityPubkey))
        .until(LAST_TOP_LEVEL),
    Rule::esp("stratumV2ChannelType", (2, 14, 0), TEXT, first(Part::ChannelType)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumURL", (2, 3, 0), TEXT, second(Part::Url)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumUser", (2, 3, 0), TEXT, second(Part::User)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumPort", (2, 3, 0), U16, second(Part::Port)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumPassword", (2, 3, 0), TEXT, second(Part::Password)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumSuggestedDifficulty", (2, 9, 0), U16, second(Part::Difficulty))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumExtranonceSubscribe", (2, 9, 0), Takes::Flag, second(Part::Extranonce))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumTLS", (2, 13, 0), Takes::Whole(0.0, 2.0), second(Part::Tls))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumCert", (2, 13, 0), TEXT, second(Part::Cert)).until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumDecodeCoinbase", (2, 13, 0), Takes::Flag, second(Part::DecodeCoinbase))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumProtocol", (2, 14, 0), Takes::Protocol, second(Part::Protocol))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumV2AuthorityPubkey", (2, 14, 0), TEXT, second(Part::AuthorityPubkey))
        .until(LAST_TOP_LEVEL),
    Rule::esp("fallbackStratumV2ChannelType", (2, 14, 0), TEXT, second(Part::ChannelType))
        .until(LAST_TOP_LEVEL),
    Rule::esp("primaryPoolIndex", (2, 15, 0), SLOT, set(Key::PrimarySlot)),
    Rule::esp("secondaryPoolIndex", (2, 15, 0), SLOT, set(Key::SecondarySlot)),
    Rule::esp("useFallbackStratum", (2, 15, 0), Takes::Flag, set(Key::UseFallback)),
    Rule::esp("ssid", (2, 0, 0), HOST, set(Key::Ssid)),
    Rule::esp("wifiPass", (2, 0, 0), Takes::Text(0, 63), set(Key::WifiPassword)),
    Rule::esp("hostname", (2, 1, 5), HOST, set(Key::Hostname)),
    Rule::esp("coreVoltage", (2, 0, 0), POSITIVE, set(Key::CoreVoltageMv)),
    Rule::esp("frequency", (2, 0, 0), POSITIVE, set(Key::FrequencyMhz)).until((2, 12, 99)),
    Rule::esp("frequency", (2, 13, 0), Takes::Fraction(1.0, 65_535.0), set(Key::FrequencyMhz)),
    Rule::esp("flipscreen", (2, 0, 0), Takes::Flag, set(Key::FlipScreen)).until((2, 8, 1)),
    Rule::esp("invertscreen", (2, 0, 0), Takes::Flag, set(Key::InvertScreen)),
    Rule::esp("invertfanpolarity", (2, 0, 2), Takes::Flag, set(Key::InvertFanPolarity)).until((2, 6, 5)),
    Rule::esp("autofanspeed", (2, 0, 2), Takes::Flag, set(Key::AutoFan)),
    Rule::esp("fanspeed", (2, 0, 2), PERCENT, set(Key::ManualFanPercent)).until((2, 10, 99)),
    Rule::esp("manualFanSpeed", (2, 11, 0), PERCENT, set(Key::ManualFanPercent)),
    Rule::esp("minFanSpeed", (2, 10, 0), Takes::Whole(0.0, 99.0), set(Key::MinFanPercent)),
    Rule::esp("temptarget", (2, 7, 0), Takes::Whole(35.0, 66.0), set(Key::TargetCelsius)),
    Rule::esp("overheat_mode", (2, 1, 10), Takes::OneOf(&[0.0]), set(Key::OverheatMode)),
    Rule::esp("overclockEnabled", (2, 6, 0), Takes::Flag, set(Key::Overclock)),
    Rule::esp("display", (2, 8, 0), Takes::Display, set(Key::Display)),
    Rule::esp("displayTimeout", (2, 7, 0), Takes::Whole(-1.0, 65_535.0), set(Key::DisplayTimeoutMinutes)),
    Rule::esp("rotation", (2, 9, 0), Takes::OneOf(&[0.0, 90.0, 180.0, 270.0]), set(Key::RotationDegrees)),
    Rule::esp("statsLimit", (2, 8, 0), U16, set(Key::StatsLimit)).until((2, 8, 1)),
    Rule::esp("statsDuration", (2, 8, 0), U16, set(Key::StatsDuration)).until((2, 8, 1)),
    Rule::esp("statsFrequency", (2, 9, 0), U16, set(Key::StatsPeriodSeconds)),
    Rule::esp("useCustomWWW", (2, 15, 0), Takes::Flag, set(Key::CustomPage)),
    Rule::nerd("stratumURL", (1, 0, 0), TEXT, first(Part::Url)),
    Rule::nerd("stratumUser", (1, 0, 0), TEXT, first(Part::User)),
    Rule::nerd("stratumPassword", (1, 0, 0), TEXT, first(Part::Password)),
    Rule::nerd("stratumPort", (1, 0, 0), U16, first(Part::Port)),
    Rule::nerd("stratumEnonceSubscribe", (1, 0, 33), Takes::Flag, first(Part::Extranonce)),
    Rule::nerd("stratumTLS", (1, 0, 36), Takes::Flag, first(Part::Tls)),
    Rule::nerd("stratumProtocol", (1, 0, 37), Takes::Protocol, first(Part::Protocol)),
    Rule::nerd("sv2AuthorityPubkey", (1, 0, 37), TEXT, first(Part::AuthorityPubkey)),
    Rule::nerd("sv2ChannelType", (1, 0, 37), TEXT, first(Part::ChannelType)),
    Rule::nerd("fallbackStratumURL", (1, 0, 25), TEXT, second(Part::Url)),
    Rule::nerd("fallbackStratumUser", (1, 0, 25), TEXT, second(Part::User)),
    Rule::nerd("fallbackStratumPassword", (1, 0, 25), TEXT, second(Part::Password)),
    Rule::nerd("fallbackStratumPort", (1, 0, 25), U16, second(Part::Port)),
    Rule::nerd("fallbackStratumEnonceSubscribe", (1, 0, 33), Takes::Flag, second(Part::Extranonce)),
    Rule::nerd("fallbackStratumTLS", (1, 0, 36), Takes::Flag, second(Part::Tls)),
    Rule::nerd("fallbackStratumProtocol", (1, 0, 37), Takes::Protocol, second(Part::Protocol)),
    Rule::nerd("fallbackSv2AuthorityPubkey", (1, 0, 37), TEXT, second(Part::AuthorityPubkey)),
    Rule::nerd("fallbackSv2ChannelType", (1, 0, 37), TEXT, second(Part::ChannelType)),
    Rule::nerd("poolMode", (1, 0, 35), Takes::Whole(0.0, 1.0), set(Key::PoolMode)),
    Rule::nerd("poolBalance", (1, 0, 35), PERCENT, set(Key::PoolBalance)),
    Rule::nerd("stratumDifficulty", (1, 0, 30), U32, set(Key::PoolDifficulty)),
    Rule::nerd("stratum_keep", (1, 0, 32), Takes::Flag, set(Key::PoolKeepAlive)),
    Rule::nerd("ssid", (1, 0, 0), TEXT, set(Key::Ssid)),
    Rule::nerd("wifiPass", (1, 0, 0), TEXT, set(Key::WifiPassword)),
    Rule::nerd("hostname", (1, 0, 0), TEXT, set(Key::Hostname)),
    Rule::nerd("coreVoltage", (1, 0, 0), POSITIVE, set(Key::CoreVoltageMv)),
    Rule::nerd("frequency", (1, 0, 0), POSITIVE, set(Key::FrequencyMhz)),
    Rule::nerd("jobInterval", (1, 0, 15), POSITIVE, set(Key::JobIntervalMs)),
    Rule::nerd("flipscreen", (1, 0, 0), Takes::Flag, set(Key::FlipScreen)),
    Rule::nerd("overheat_mode", (1, 0, 0), U16, set(Key::OverheatMode)).until((1, 0, 3)),
    Rule::nerd("overheat_temp", (1, 0, 4), U16, set(Key::OverheatCelsius)),
    Rule::nerd("invertscreen", (1, 0, 0), Takes::Flag, set(Key::InvertScreen)),
    Rule::nerd("invertfanpolarity", (1, 0, 0), Takes::Flag, set(Key::InvertFanPolarity)),
    Rule::nerd("autoscreenoff", (1, 0, 0), Takes::Flag, set(Key::AutoScreenOff)),
    Rule::nerd("autofanspeed", (1, 0, 0), U16, set(Key::AutoFan)),
    Rule::nerd("fanspeed", (1, 0, 0), U16, set(Key::ManualFanPercent)).until((1, 0, 34)),
    Rule::nerd("manualFanSpeed", (1, 0, 35), U16, set(Key::ManualFanPercent)),
    Rule::nerd("pidTargetTemp", (1, 0, 29), U16, set(Key::PidTargetCelsius)),
    Rule::nerd("pidP", (1, 0, 29), ANY, set(Key::PidP)),
    Rule::nerd("pidI", (1, 0, 29), ANY, set(Key::PidI)),
    Rule::nerd("pidD", (1, 0, 29), ANY, set(Key::PidD)),
    Rule::nerd("vrFrequency", (1, 0, 33), U32, set(Key::VrFrequencyHz)),
];
