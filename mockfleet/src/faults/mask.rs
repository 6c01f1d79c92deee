//! What a device says that is not so: laid over what it measures and what it is, so that all its documents agree.

use shiftboss_axeos::Mac;

use super::lies::Lies;
use crate::device::Device;
use crate::device::vitals::{Chip, Vitals};

/// A device's lies, and what they hold on to.
pub(crate) struct Mask {
    lies: Lies,
    hashrates: Option<Hashrates>,
    /// Accepted and rejected.
    shares: Option<(u64, u64)>,
}

struct Hashrates {
    /// Of now, and over its windows.
    ghs: [f64; 5],
    chips: Vec<f64>,
}

impl Mask {
    /// What was held on to stays as long as it is to be.
    pub(crate) fn put_on(old: Option<Self>, lies: Lies) -> Self {
        let (hashrates, shares) = old.map_or((None, None), |old| (old.hashrates, old.shares));
        Self {
            hashrates: hashrates.filter(|_| lies.is_frozen),
            shares: shares.filter(|_| lies.is_silent),
            lies,
        }
    }

    /// The MAC of another.
    pub(crate) fn mac(&self) -> Option<Mac> {
        self.lies.mac
    }

    /// Whether it hashes, and no share comes of it.
    pub(crate) fn withholds_shares(&self) -> bool {
        self.lies.is_silent
    }

    /// Whether it mines at a pool that nobody has given it.
    pub(crate) fn mines_elsewhere(&self) -> bool {
        self.lies.pool.is_some()
    }

    /// What the device says that it measures.
    pub(crate) fn measure(&mut self, vitals: &mut Vitals) {
        if self.lies.is_frozen {
            self.hashrates.get_or_insert_with(|| Hashrates::of(vitals)).show(vitals);
        }
        if self.lies.is_silent {
            let counted = (vitals.shares_accepted, vitals.shares_rejected);
            (vitals.shares_accepted, vitals.shares_rejected) = *self.shares.get_or_insert(counted);
        }
        self.multiply(vitals);
        vitals.unix_ms = self.lies.skewed_ms(vitals.unix_ms);
        vitals.uptime_seconds = self.lies.skewed_seconds(vitals.uptime_seconds);
        for sample in &mut vitals.history {
            sample.unix_ms = self.lies.skewed_ms(sample.unix_ms);
        }
    }

    fn multiply(&self, vitals: &mut Vitals) {
        let factor = self.lies.factor;
        for ghs in rates(vitals) {
            *ghs *= factor;
        }
        for Chip { hashrate_ghs, .. } in &mut vitals.chips {
            *hashrate_ghs *= factor;
        }
        for sample in &mut vitals.history {
            sample.hashrate_ghs *= factor;
            sample.hashrate_10m_ghs *= factor;
            sample.hashrate_1h_ghs *= factor;
            sample.hashrate_1d_ghs *= factor;
        }
    }

    /// Who the device says that it is, and where it mines.
    pub(crate) fn wear(&self, device: &Device) -> Device {
        let mut shown = device.clone();
        if let Some(mac) = self.lies.mac {
            shown.identity.mac = mac;
        }
        if let Some(foreign) = &self.lies.pool {
            let slot =
                if shown.state.on_fallback { shown.nvs.secondary_slot() } else { shown.nvs.primary_slot() };
            shown.nvs.change_pool(slot, |pool| {
                pool.url = foreign.url.clone().into();
                pool.port = foreign.port;
                pool.user = foreign.user.clone().into();
            });
        }
        shown
    }
}

impl Hashrates {
    fn of(vitals: &mut Vitals) -> Self {
        Self {
            ghs: rates(vitals).map(|ghs| *ghs),
            chips: vitals.chips.iter().map(|chip| chip.hashrate_ghs).collect(),
        }
    }

    fn show(&self, vitals: &mut Vitals) {
        for (shown, held) in rates(vitals).into_iter().zip(self.ghs) {
            *shown = held;
        }
        for (shown, held) in vitals.chips.iter_mut().zip(&self.chips) {
            shown.hashrate_ghs = *held;
        }
    }
}

fn rates(vitals: &mut Vitals) -> [&mut f64; 5] {
    [
        &mut vitals.hashrate_ghs,
        &mut vitals.hashrate_1m_ghs,
        &mut vitals.hashrate_10m_ghs,
        &mut vitals.hashrate_1h_ghs,
        &mut vitals.hashrate_1d_ghs,
    ]
}
