//! Faults on purpose, before a tree starts with them: whether they are accepted, and those of the demo.

use std::net::SocketAddr;

use shiftboss_kernel::Chaos;

use crate::fault::Fault;
use crate::settings::{self, Settings};

/// What `demo --chaos` shows when the settings name no faults. None of them strikes while the fleet is taken on, but
/// the delay, which discovery bears; none is so frequent that the budget of an actor's restarts is used up.
const DEMO: [&str; 4] = [
    "panic share=0.02 kind=Device message=Poll",
    "panic every=6 kind=Miner id=miner:*1 message=Info",
    "drop every=5 kind=Miner id=miner:*2 message=Info",
    "delay=500ms share=0.1 kind=Miner message=Info",
];

/// The faults of the settings, where others rely on what runs.
///
/// # Errors
/// A release build refuses them, unless they were allowed by a flag.
pub(super) fn accepted(settings: &Settings, is_allowed: bool) -> Result<Chaos, Fault> {
    let settings::Chaos { seed, faults } = &settings.chaos;
    judge(!cfg!(debug_assertions), is_allowed, faults)?;
    if !faults.is_empty() {
        log::warn!("faults on purpose strike, from seed {seed}: {}", faults.join("; "));
    }
    Ok(settings.chaos())
}

fn judge(is_release: bool, is_allowed: bool, faults: &[String]) -> Result<(), Fault> {
    if is_release && !is_allowed && !faults.is_empty() { Err(Fault::OnPurpose) } else { Ok(()) }
}

/// The faults of a demo that is to show some: those of the settings, or its own.
pub(super) fn of_demo(faults: Vec<String>) -> Vec<String> {
    if faults.is_empty() { DEMO.map(str::to_owned).into() } else { faults }
}

/// The end of a banner: what strikes, and where to watch it. Nothing without faults.
pub(super) fn told(chaos: &settings::Chaos, address: SocketAddr) -> String {
    let settings::Chaos { seed, faults } = chaos;
    if faults.is_empty() {
        return String::new();
    }
    format!(
        "\nFaults on purpose strike, from seed {seed}; watch http://{address}/tree?format=text and /metrics:\n  {}\n",
        faults.join("\n  ")
    )
}

#[cfg(test)]
mod tests {
    use shiftboss_farm::device::{Device, Poll};

    use super::*;

    fn faults() -> Vec<String> {
        vec!["drop nth=3".to_owned(), "panic share=1 kind=Router".to_owned()]
    }

    #[test]
    fn a_release_build_refuses_faults_without_the_flag_that_allows_them() {
        let line = "chaos.faults: faults on purpose are refused by a release build; \
                    take them out of the settings, or allow them with --allow-chaos";
        let fault = judge(true, false, &faults()).unwrap_err();
        assert_eq!((fault.to_string().as_str(), fault.exit_code()), (line, 78));
        assert!(judge(true, true, &faults()).is_ok());
        assert!(judge(true, false, &[]).is_ok());
    }

    #[test]
    fn a_debug_build_accepts_faults() {
        assert!(judge(false, false, &faults()).is_ok() && judge(false, true, &faults()).is_ok());
    }

    #[test]
    fn a_demo_that_shows_faults_has_its_own_only_when_the_settings_name_none() {
        assert_eq!(of_demo(faults()), faults());
        assert_eq!(of_demo(Vec::new()), DEMO);
    }

    #[test]
    fn the_demo_s_own_faults_are_faults_and_name_actors_and_messages_that_exist() {
        for text in DEMO {
            assert_eq!(text.parse::<shiftboss_kernel::Fault>().unwrap().to_string(), text);
        }
        let named = |kind: &str, message: &str| DEMO[0].contains(&format!("kind={kind} message={message}"));
        let short = |path: &'static str| path.rsplit("::").next().unwrap();
        assert!(named(short(std::any::type_name::<Device>()), short(std::any::type_name::<Poll>())));
    }

    #[test]
    fn a_banner_tells_what_strikes_and_where_to_watch_it() {
        let address = SocketAddr::from(([127, 0, 0, 1], 7776));
        let told_of = |faults| told(&settings::Chaos { seed: 7, faults }, address);
        assert_eq!(told_of(Vec::new()), "");
        let expected = "\nFaults on purpose strike, from seed 7; watch http://127.0.0.1:7776/tree?format=text \
                        and /metrics:\n  drop nth=3\n  panic share=1 kind=Router\n";
        assert_eq!(told_of(faults()), expected);
    }
}
