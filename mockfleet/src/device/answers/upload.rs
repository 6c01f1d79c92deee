//! Firmware and pages that are sent to a device: taken, thrown away, and answered as if they had been written.

use super::{REBOOT, message};
use crate::device::firmware::Firmware;
use crate::device::reply::{HTML, Reply, TEXT};

/// The size of a slot for a firmware, and of the one for the pages.
const FIRMWARE_BYTES: u64 = 4 << 20;
const WWW_BYTES: u64 = 3 << 20;

/// What comes without a length has none, and nothing is no firmware.
pub(super) fn firmware(firmware: Firmware, content_length: Option<u64>) -> Reply {
    match content_length {
        None | Some(0) => refusal(firmware, 500, "Validation / Activation Error"),
        Some(length) if length > FIRMWARE_BYTES => refusal(firmware, 500, "Write Error"),
        Some(_) => Reply::text(HTML, "Firmware update complete, rebooting now!\n").then(REBOOT),
    }
}

/// Pages are not looked at. Since 2.15, which has its own, the device restarts to show others.
pub(super) fn www(firmware: Firmware, content_length: Option<u64>) -> Reply {
    if content_length.is_some_and(|length| length > WWW_BYTES) {
        return refusal(firmware, 400, "File provided is too large for device");
    }
    if firmware.is_esp_miner_from((2, 15, 0)) {
        return Reply::text(TEXT, "WWW update complete, rebooting now!\n").then(REBOOT);
    }
    Reply::text(HTML, "WWW update complete\n")
}

/// In JSON since the printer of 2.14.
fn refusal(firmware: Firmware, code: u16, text: &'static str) -> Reply {
    let plain = Reply::error(code, text);
    if !firmware.is_esp_miner_from((2, 14, 0)) {
        return plain;
    }
    Reply { status: plain.status, ..message(firmware, text) }
}
