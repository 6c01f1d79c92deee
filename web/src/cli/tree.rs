//! The command line of `shiftboss tree`.

use clap::Args;
use shiftboss_kernel::Action;

/// Flags of `tree`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    override_usage = "shiftboss tree [OPTIONS]\n       shiftboss tree [OPTIONS] <ACTION> <ACTOR>",
    after_help = EXAMPLES
)]
pub struct Tree {
    /// Where the controller serves its API
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7776")]
    pub url: String,

    /// Show what is parked, down, failing or overloaded before the rest
    #[arg(long)]
    pub problems: bool,

    /// Show this actor and those below it only, with how it ended each time if it has no children
    #[arg(long, value_name = "ACTOR")]
    pub path: Option<String>,

    /// Show so many levels below the first actor
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,

    /// Show how each actor ended the last 32 times
    #[arg(long)]
    pub exits: bool,

    /// Instead of showing anything: terminate, restart, park or resume one actor
    #[arg(requires = "actor", conflicts_with_all = ["problems", "path", "depth", "exits"])]
    pub action: Option<Action>,

    /// Whom, by the ids that lead to it below the top: controller/outside/discovery
    pub actor: Option<String>,
}

const EXAMPLES: &str = "\
Actions:
  terminate  stop it; it stays down until it is restarted
  restart    start it when it is down, in back-off or parked, with its failures forgiven
  park       stop it and hold it, over restarts of its siblings too, until it is resumed
  resume     start it after it was parked, by somebody or for its failures

Examples:
  shiftboss tree --problems
  shiftboss tree --path controller/devices --depth 1
  shiftboss tree park controller/devices/pool:0/device:aa:bb:cc:dd:ee:05";

#[cfg(test)]
mod tests {
    use clap::Parser;
    use clap::error::ErrorKind;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(line: &str) -> Result<Tree, clap::Error> {
        match Cli::try_parse_from(line.split(' '))?.command {
            Command::Tree(tree) => Ok(tree),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_an_action_the_tree_is_shown() {
        let tree = parsed("shiftboss tree --problems --path a/b --depth 2 --exits").unwrap();
        assert_eq!((tree.action, tree.problems, tree.exits), (None, true, true));
        assert_eq!((tree.path.as_deref(), tree.depth), (Some("a/b"), Some(2)));
        assert_eq!(parsed("shiftboss tree").unwrap().url, "http://127.0.0.1:7776");
    }

    #[test]
    fn an_action_takes_an_actor_and_the_url_before_or_after_it() {
        for line in ["shiftboss tree --url http://x park a/b", "shiftboss tree park a/b --url http://x"] {
            let tree = parsed(line).unwrap();
            assert_eq!((tree.action, tree.actor.as_deref()), (Some(Action::Park), Some("a/b")), "{line}");
            assert_eq!(tree.url, "http://x", "{line}");
        }
    }

    #[test]
    fn an_action_without_an_actor_an_unknown_one_or_one_with_a_view_is_a_usage_error() {
        for (line, kind) in [
            ("shiftboss tree park", ErrorKind::MissingRequiredArgument),
            ("shiftboss tree explode a", ErrorKind::ValueValidation),
            ("shiftboss tree park a --problems", ErrorKind::ArgumentConflict),
            ("shiftboss tree --depth 1 park a", ErrorKind::ArgumentConflict),
            ("shiftboss tree --depth deep", ErrorKind::ValueValidation),
        ] {
            let error = parsed(line).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (kind, 2), "{line}: {error}");
        }
    }
}
