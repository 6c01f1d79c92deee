//! What a device measures of itself at one moment: between the physical model, which makes it, and the shapes, which
//! tell it.

/// One moment of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vitals {
    /// Milliseconds since 1970.
    pub(crate) unix_ms: u64,
    /// Since the last boot.
    pub(crate) uptime_seconds: u64,
    /// Over all boots.
    pub(crate) total_uptime_seconds: u64,
    pub(crate) power_w: f64,
    /// At the input.
    pub(crate) voltage_v: f64,
    /// At the input.
    pub(crate) current_a: f64,
    pub(crate) core_voltage_v: f64,
    /// What the clock really runs at; lower than what was asked for while it is throttled.
    pub(crate) frequency_mhz: f64,
    /// None while the chip is off.
    pub(crate) temp_celsius: Option<f64>,
    /// The second sensor of boards with two chips or more.
    pub(crate) temp2_celsius: Option<f64>,
    pub(crate) vr_temp_celsius: f64,
    pub(crate) fan_percent: f64,
    pub(crate) fan_rpm: f64,
    /// Of this moment, and over windows that begin at boot.
    pub(crate) hashrate_ghs: f64,
    pub(crate) hashrate_1m_ghs: f64,
    pub(crate) hashrate_10m_ghs: f64,
    pub(crate) hashrate_1h_ghs: f64,
    pub(crate) hashrate_1d_ghs: f64,
    pub(crate) expected_hashrate_ghs: f64,
    /// Nonces that the chip got wrong.
    pub(crate) error_percent: f64,
    /// Of each chip, and how many errors it made.
    pub(crate) chips: Vec<Chip>,
    /// Since boot.
    pub(crate) shares_accepted: u64,
    pub(crate) shares_rejected: u64,
    /// By what pools say of them; nobody knows it of shares that only the model rejects.
    pub(crate) rejections: Vec<(Box<str>, u64)>,
    /// Of a share since boot, and ever.
    pub(crate) best_session_difficulty: f64,
    pub(crate) best_difficulty: f64,
    /// Hashes, over all boots.
    pub(crate) total_hashes: f64,
    pub(crate) pool_difficulty: f64,
    pub(crate) block_height: u64,
    pub(crate) network_difficulty: f64,
    pub(crate) blocks_found: u64,
    pub(crate) wifi_rssi_dbm: i32,
    pub(crate) free_heap_bytes: u64,
    pub(crate) response_time_ms: f64,
    pub(crate) cpu_percent: f64,
    pub(crate) overheated: bool,
    /// Hash rates of the past, one a period, the oldest first; timestamps in milliseconds since 1970.
    pub(crate) history: Vec<Sample>,
}

/// One chip of a board.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Chip {
    pub(crate) hashrate_ghs: f64,
    pub(crate) errors: u64,
}

/// The past of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) unix_ms: u64,
    pub(crate) hashrate_10m_ghs: f64,
    pub(crate) hashrate_1h_ghs: f64,
    pub(crate) hashrate_1d_ghs: f64,
    pub(crate) hashrate_ghs: f64,
    pub(crate) temp_celsius: f64,
    pub(crate) vr_temp_celsius: f64,
    pub(crate) power_w: f64,
    pub(crate) voltage_v: f64,
    pub(crate) current_a: f64,
    pub(crate) core_voltage_v: f64,
    pub(crate) fan_percent: f64,
    pub(crate) fan_rpm: f64,
    pub(crate) wifi_rssi_dbm: i32,
    pub(crate) free_heap_bytes: u64,
    pub(crate) response_time_ms: f64,
    pub(crate) error_percent: f64,
}
