//! The settings that a device keeps in its flash, and that outlive a restart.
//!
//! A device keeps only what differs from the factory's: ten thousand of them fit into a few megabytes.

use super::board::Board;
use super::firmware::Family;
use super::pool::{EMPTY, FACTORY, FALLBACK, PRIMARY, Pool, SLOTS};

/// The longest text that the flash takes; a longer one is not stored.
pub(crate) const TEXT_BYTES: usize = 4_000;

/// A setting that is no pool's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    FrequencyMhz,
    CoreVoltageMv,
    /// On or off; NerdQAxe: manual, automatic or PID.
    AutoFan,
    ManualFanPercent,
    MinFanPercent,
    TargetCelsius,
    OverheatMode,
    /// NerdQAxe's own threshold.
    OverheatCelsius,
    Overclock,
    Hostname,
    Ssid,
    WifiPassword,
    FlipScreen,
    InvertScreen,
    InvertFanPolarity,
    AutoScreenOff,
    Display,
    DisplayTimeoutMinutes,
    RotationDegrees,
    /// Seconds from one row of the statistics to the next; 0 is off.
    StatsPeriodSeconds,
    StatsLimit,
    StatsDuration,
    PrimarySlot,
    SecondarySlot,
    UseFallback,
    CustomPage,
    /// A JSON text, as it was sent.
    Swarm,
    ColorScheme,
    Theme,
    AccentColors,
    JobIntervalMs,
    PoolDifficulty,
    PoolKeepAlive,
    PidTargetCelsius,
    PidP,
    PidI,
    PidD,
    VrFrequencyHz,
    PoolMode,
    PoolBalance,
}

/// What a setting is worth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    Number(f64),
    Text(Box<str>),
}

/// The flash of one device.
#[derive(Clone, Debug)]
pub(crate) struct Nvs {
    board: &'static Board,
    changed: Vec<(Key, Setting)>,
    /// Slots that are not as the factory filled them.
    pools: Vec<(u8, Option<Box<Pool>>)>,
}

impl Nvs {
    /// As a device leaves the factory.
    pub(crate) fn new(board: &'static Board) -> Self {
        Self { board, changed: Vec::new(), pools: Vec::new() }
    }

    /// What the factory has written once and for all.
    pub(crate) fn board(&self) -> &'static Board {
        self.board
    }

    /// A number, or 0 for a setting that is a text.
    pub(crate) fn number(&self, key: Key) -> f64 {
        match self.changed(key) {
            Some(Setting::Number(number)) => *number,
            Some(Setting::Text(_)) => 0.0,
            None => factory_number(key, self.board),
        }
    }

    pub(crate) fn flag(&self, key: Key) -> bool {
        self.number(key) != 0.0
    }

    /// A text, or an empty one for a setting that is a number.
    pub(crate) fn text(&self, key: Key) -> &str {
        match self.changed(key) {
            Some(Setting::Text(text)) => text,
            Some(Setting::Number(_)) => "",
            None => factory_text(key, self.board.family),
        }
    }

    fn changed(&self, key: Key) -> Option<&Setting> {
        self.changed.iter().find(|(known, _)| *known == key).map(|(_, setting)| setting)
    }

    pub(crate) fn set_number(&mut self, key: Key, number: f64) {
        self.set(key, Setting::Number(number));
    }

    /// Stores a text, unless the flash has no room for one of its length.
    pub(crate) fn set_text(&mut self, key: Key, text: &str) {
        if text.len() < TEXT_BYTES {
            self.set(key, Setting::Text(text.into()));
        }
    }

    fn set(&mut self, key: Key, setting: Setting) {
        match self.changed.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = setting,
            None => self.changed.push((key, setting)),
        }
    }

    /// The pool in a slot.
    pub(crate) fn pool(&self, slot: u8) -> Option<&Pool> {
        match self.pools.iter().find(|(known, _)| *known == slot) {
            Some((_, pool)) => pool.as_deref(),
            None => FACTORY.get(usize::from(slot))?.as_ref(),
        }
    }

    /// Every slot that has a pool.
    pub(crate) fn pools(&self) -> impl Iterator<Item = (u8, &Pool)> {
        (0..SLOTS).filter_map(|slot| Some((slot, self.pool(slot)?)))
    }

    /// The slot that is mined at.
    pub(crate) fn primary_slot(&self) -> u8 {
        self.number(Key::PrimarySlot) as u8
    }

    /// The slot that is fallen back to.
    pub(crate) fn secondary_slot(&self) -> u8 {
        self.number(Key::SecondarySlot) as u8
    }

    pub(crate) fn primary(&self) -> &Pool {
        self.pool(self.primary_slot()).unwrap_or(&EMPTY)
    }

    pub(crate) fn fallback(&self) -> &Pool {
        self.pool(self.secondary_slot()).unwrap_or(&EMPTY)
    }

    /// Fills a slot, or empties it.
    pub(crate) fn set_pool(&mut self, slot: u8, pool: Option<Pool>) {
        let pool = pool.map(Box::new);
        match self.pools.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, old)) => *old = pool,
            None => self.pools.push((slot, pool)),
        }
    }

    /// Changes the pool in a slot; one that was empty is filled.
    pub(crate) fn change_pool(&mut self, slot: u8, change: impl FnOnce(&mut Pool)) {
        let mut pool = self.pool(slot).unwrap_or(&EMPTY).clone();
        change(&mut pool);
        self.set_pool(slot, Some(pool));
    }
}

fn factory_number(key: Key, board: &Board) -> f64 {
    let number = match key {
        Key::FrequencyMhz => board.default_frequency_mhz,
        Key::CoreVoltageMv => board.default_voltage_mv,
        Key::AutoFan | Key::InvertFanPolarity | Key::FlipScreen => 1,
        Key::ManualFanPercent => 100,
        Key::MinFanPercent => 25,
        Key::TargetCelsius => 60,
        Key::OverheatCelsius => 70,
        Key::DisplayTimeoutMinutes => return -1.0,
        Key::PrimarySlot => u32::from(PRIMARY),
        Key::SecondarySlot => u32::from(FALLBACK),
        Key::JobIntervalMs => 1_200,
        Key::PoolDifficulty => 1_000,
        Key::PidTargetCelsius => 55,
        Key::PidP => 6,
        Key::PidI => return 0.1,
        Key::PidD => 10,
        Key::VrFrequencyHz => 600_000,
        Key::PoolBalance => 50,
        Key::StatsLimit => 720,
        Key::StatsDuration => 720,
        _ => 0,
    };
    f64::from(number)
}

fn factory_text(key: Key, family: Family) -> &'static str {
    match (key, family) {
        (Key::Hostname, Family::EspMiner) => "bitaxe",
        (Key::Hostname, Family::NerdQaxe) => "nerdqaxe",
        (Key::Ssid, _) => "WiFi-SSID",
        (Key::WifiPassword, _) => "password",
        (Key::Display, _) => "SSD1306 (128x32)",
        (Key::Swarm, _) => "[]",
        (Key::ColorScheme, _) => "dark",
        (Key::Theme, _) => "dark",
        (Key::AccentColors, _) => "{}",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::board::BOARDS;

    #[test]
    fn a_new_device_has_its_boards_settings() {
        let nvs = Nvs::new(Board::of_model("Gamma").unwrap());
        assert_eq!((nvs.number(Key::FrequencyMhz), nvs.number(Key::CoreVoltageMv)), (525.0, 1150.0));
        assert_eq!((nvs.text(Key::Hostname), nvs.number(Key::DisplayTimeoutMinutes)), ("bitaxe", -1.0));
        assert_eq!((&*nvs.primary().url, &*nvs.fallback().url), ("solo.ckpool.org", "public-pool.io"));
        assert_eq!(nvs.pools().count(), 2);
        assert!(nvs.flag(Key::AutoFan) && !nvs.flag(Key::OverheatMode));
    }

    #[test]
    fn what_was_changed_stays_and_the_rest_is_the_factorys() {
        let mut nvs = Nvs::new(&BOARDS[0]);
        nvs.set_number(Key::FrequencyMhz, 490.0);
        nvs.set_number(Key::FrequencyMhz, 500.0);
        nvs.set_text(Key::Hostname, "axe1");
        assert_eq!((nvs.number(Key::FrequencyMhz), nvs.text(Key::Hostname)), (500.0, "axe1"));
        assert_eq!(nvs.number(Key::CoreVoltageMv), 1400.0);
        nvs.set_text(Key::Hostname, &"x".repeat(TEXT_BYTES));
        assert_eq!(nvs.text(Key::Hostname), "axe1", "the flash has no room for that");
    }

    #[test]
    fn a_slot_can_be_changed_filled_and_emptied() {
        let mut nvs = Nvs::new(&BOARDS[0]);
        nvs.change_pool(PRIMARY, |pool| pool.url = "pool.example".into());
        assert_eq!((&*nvs.primary().url, nvs.primary().port), ("pool.example", 3333));
        nvs.change_pool(7, |pool| pool.port = 1);
        assert_eq!(nvs.pool(7).map(|pool| pool.port), Some(1));
        nvs.set_pool(FALLBACK, None);
        assert_eq!((&*nvs.fallback().url, nvs.pools().count()), ("", 2));
    }

    #[test]
    fn a_device_with_a_name_and_a_worker_of_its_own_takes_less_than_600_bytes() {
        let mut nvs = Nvs::new(&BOARDS[0]);
        nvs.set_text(Key::Hostname, "mockaxe10000");
        nvs.set_number(Key::FrequencyMhz, 500.0);
        nvs.change_pool(PRIMARY, |pool| {
            pool.user = "bc1qexampleexampleexampleexampleexample0000.mockaxe10000".into();
        });
        let worker_bytes = nvs.primary().user.len();
        let bytes = size_of::<Nvs>()
            + nvs.changed.capacity() * size_of::<(Key, Setting)>()
            + nvs.text(Key::Hostname).len()
            + nvs.pools.capacity() * size_of::<(u8, Option<Box<Pool>>)>()
            + size_of::<Pool>()
            + worker_bytes;
        assert!(bytes <= 600, "{bytes} bytes");
    }
}
