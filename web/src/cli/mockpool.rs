//! Flags of `mockpool`.

use std::net::SocketAddr;

use clap::Args;

use super::flag;
use crate::settings::Flag;

/// Flags of `mockpool`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Mockpool {
    /// Let miners connect to this address and port, such as 0.0.0.0:3333 [setting: mockpool.listen]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// Whose manners: ckpool, classic, public-pool, nicehash or object [setting: mockpool.style]
    #[arg(long, value_name = "S")]
    pub style: Option<String>,

    /// Difficulty of all miners, or 0 to fit it to each [setting: mockpool.difficulty]
    #[arg(long, value_name = "D")]
    pub difficulty: Option<String>,

    /// Accept faults on purpose, which a release build refuses otherwise [setting: chaos.faults]
    #[arg(long)]
    pub allow_chaos: bool,
}

impl Mockpool {
    pub(super) fn flags(&self) -> Vec<Flag> {
        let listen = self.listen.map(|listen| flag("--listen", "mockpool.listen", listen.to_string()));
        let style = self.style.as_ref().map(|style| flag("--style", "mockpool.style", style));
        let difficulty = self.difficulty.as_ref();
        let difficulty = difficulty.map(|number| flag("--difficulty", "mockpool.difficulty", number));
        [listen, style, difficulty].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn each_flag_is_a_setting() {
        let line = "shiftboss mockpool --listen 127.0.0.1:1 --style nicehash --difficulty 1e-6";
        let flags = Cli::try_parse_from(line.split(' ')).unwrap().flags().values;
        let given: Vec<_> = flags.iter().map(|flag| (flag.name, &*flag.key, &*flag.text)).collect();
        let expected = [
            ("--listen", "mockpool.listen", "127.0.0.1:1"),
            ("--style", "mockpool.style", "nicehash"),
            ("--difficulty", "mockpool.difficulty", "1e-6"),
        ];
        assert_eq!(given, expected);
    }
}
