//! The command line of `shiftboss mockfleet`.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;

use super::{flag, numbered, setting};
use crate::settings::Flag;

/// Flags of `mockfleet`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Mockfleet {
    /// Number of miners [setting: mockfleet.count]
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,

    /// Port of the first miner, the others follow it [setting: mockfleet.base_port]
    #[arg(long, value_name = "P", conflicts_with = "ports")]
    pub base_port: Option<u16>,

    /// The miners' ports one by one; their number is the number of miners [setting: mockfleet.ports]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub ports: Vec<u16>,

    /// Give each miner an address of its own, from this one on, such as 127.0.1.1 [setting: mockfleet.addresses]
    #[arg(long, value_name = "IPV4", conflicts_with_all = ["base_port", "ports"])]
    pub addresses: Option<Ipv4Addr>,

    /// Port of the miners that have addresses of their own [setting: mockfleet.port]
    #[arg(long, value_name = "P", conflicts_with_all = ["base_port", "ports"])]
    pub port: Option<u16>,

    /// How much the miners are like real ones: seed or device [setting: mockfleet.fidelity]
    #[arg(long, value_name = "F")]
    pub fidelity: Option<String>,

    /// Mine at --pool; the miners are devices then, unless --fidelity says otherwise [setting: mockfleet.mine]
    #[arg(long)]
    pub mine: bool,

    /// Put this pool into the flash of the devices, such as 127.0.0.1:3333 [setting: mockfleet.pool]
    #[arg(long, value_name = "ADDR")]
    pub pool: Option<SocketAddr>,

    /// Port of the listing server [setting: mockfleet.listing_port]
    #[arg(long, value_name = "P")]
    pub listing_port: Option<u16>,

    /// Draw this fleet; the same seed gives the same one [setting: mockfleet.seed]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Accept faults on purpose, which a release build refuses otherwise [setting: chaos.faults]
    #[arg(long)]
    pub allow_chaos: bool,
}

impl Mockfleet {
    /// What was typed about settings.
    pub(super) fn flags(&self) -> Vec<Flag> {
        let mut flags = numbered("--count", "mockfleet.count", self.count);
        flags.extend(numbered("--base-port", "mockfleet.base_port", self.base_port));
        if self.base_port.is_some() {
            flags.push(flag("--base-port", "mockfleet.addresses", ""));
        }
        if !self.ports.is_empty() {
            let ports: Vec<_> = self.ports.iter().map(ToString::to_string).collect();
            flags.push(flag("--ports", "mockfleet.addresses", ""));
            flags.push(flag("--ports", "mockfleet.ports", ports.join(",")));
        }
        flags.extend(setting("--addresses", "mockfleet.addresses", self.addresses));
        flags.extend(setting("--port", "mockfleet.port", self.port));
        if self.mine {
            flags.push(flag("--mine", "mockfleet.mine", "true"));
            flags.push(flag("--mine", "mockfleet.fidelity", "device"));
        }
        flags.extend(setting("--pool", "mockfleet.pool", self.pool));
        flags.extend(setting("--fidelity", "mockfleet.fidelity", self.fidelity.as_ref()));
        flags.extend(setting("--listing-port", "mockfleet.listing_port", self.listing_port));
        flags.extend(setting("--seed", "mockfleet.seed", self.seed));
        flags
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use clap::error::ErrorKind;

    use crate::cli::Cli;
    use crate::cli::tests::{of, values};

    #[test]
    fn every_flag_of_mockfleet_becomes_its_setting() {
        let values = values("shiftboss mockfleet --ports 8001,8002 --listing-port 0 --seed 7");
        let ports = of("--ports", "mockfleet.ports", "8001,8002");
        let listing = of("--listing-port", "mockfleet.listing_port", "0");
        let none = of("--ports", "mockfleet.addresses", "");
        assert_eq!(values, [none, ports, listing, of("--seed", "mockfleet.seed", "7")]);
    }

    #[test]
    fn miners_may_have_addresses_of_their_own_and_then_no_ports() {
        let line = "shiftboss mockfleet --addresses 127.0.1.1 --port 80 --fidelity device";
        let addresses = of("--addresses", "mockfleet.addresses", "127.0.1.1");
        let fidelity = of("--fidelity", "mockfleet.fidelity", "device");
        assert_eq!(values(line), [addresses, of("--port", "mockfleet.port", "80"), fidelity]);
        let error = Cli::try_parse_from(format!("{line} --ports 8001").split(' ')).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
    }

    #[test]
    fn miners_that_mine_are_devices_unless_it_is_said_otherwise() {
        let mine = of("--mine", "mockfleet.mine", "true");
        let device = of("--mine", "mockfleet.fidelity", "device");
        let pool = of("--pool", "mockfleet.pool", "127.0.0.1:3333");
        let told = values("shiftboss mockfleet --mine --pool 127.0.0.1:3333 --fidelity seed");
        assert_eq!(told, [mine, device, pool, of("--fidelity", "mockfleet.fidelity", "seed")]);
    }
}
