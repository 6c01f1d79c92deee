//! The page at `/`. Tools know a device by its title; people are told what they see.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::firmware::Firmware;
use super::reply::{HTML, Reply};

/// Words that tools look for in the page of each family.
const AXEOS: &str = "AxeOS";
const NERD: &str = "Nerd* Dashboard";

/// The page, always compressed, whatever the client accepts: a device has no other. Since 2.15 it is a part of the
/// firmware and has a length; before, a file that is read in pieces.
pub(crate) fn page(firmware: Firmware) -> Reply {
    static PAGES: [OnceLock<Vec<u8>>; 2] = [const { OnceLock::new() }; 2];
    let is_nerd = firmware.is_nerdqaxe_from((1, 0, 37));
    let body = PAGES[usize::from(is_nerd)].get_or_init(|| gzip(&html(if is_nerd { NERD } else { AXEOS })));
    let mut reply = Reply::ok(HTML, body.as_slice());
    reply.chunked = !firmware.is_esp_miner_from((2, 15, 0));
    reply.headers.push(("Content-Encoding", "gzip"));
    reply.closing(firmware)
}

/// Where a device sends everybody who asks for what it does not have.
pub(crate) fn redirect(firmware: Firmware) -> Reply {
    let mut reply = Reply::text(HTML, "Redirect to the captive portal");
    reply.status = (302, "Temporary Redirect");
    reply.headers.push(("Location", "/"));
    reply.closing(firmware)
}

/// The page for a device whose own has been lost.
pub(crate) fn recovery(firmware: Firmware) -> Reply {
    Reply { chunked: true, ..Reply::ok(HTML, html("AxeOS Recovery").into_bytes()) }.closing(firmware)
}

fn html(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
         <body>\n<p>A mock device: it answers at <a href=\"/api/system/info\">/api/system/info</a>.</p>\n\
         </body>\n</html>\n"
    )
}

fn gzip(page: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into a `Vec` cannot fail; were it to, the page would be empty.
    encoder.write_all(page.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::device::firmware::SUPPORTED;

    #[test]
    fn the_page_is_gzip_and_has_the_title_that_tools_look_for() {
        for firmware in SUPPORTED {
            let reply = page(firmware);
            let mut text = String::new();
            GzDecoder::new(&*reply.body).read_to_string(&mut text).unwrap();
            let title = if firmware == Firmware::nerdqaxe(1, 0, 37) { NERD } else { AXEOS };
            assert!(text.contains(&format!("<title>{title}</title>")), "{firmware:#}");
            assert!(reply.headers.contains(&("Content-Encoding", "gzip")));
            assert_eq!(reply.chunked, firmware != Firmware::esp_miner(2, 15, 0));
        }
    }
}
