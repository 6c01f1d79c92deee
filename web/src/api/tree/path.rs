//! The way to one actor: ids below the top of the tree, with slashes between.

use shiftboss_kernel::{ChildError, ControlError, Node, Phase, Refused, Role};

use crate::api::problem::{Flaw, Problem};
use crate::api::request::excerpt;

/// Longer than the way to any actor.
const BYTES_AT_MOST: usize = 512;

/// A path that is fit to be followed, and to be shown in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActorPath(String);

impl ActorPath {
    pub(super) fn parse(text: String) -> Result<Self, Problem> {
        if text.len() > BYTES_AT_MOST || text.contains(char::is_control) {
            let beginning = excerpt(&text);
            let told = format!("path: {beginning:?} cannot be the way to an actor");
            return Err(Flaw::parameter("path", told).into());
        }
        if text.split('/').any(str::is_empty) {
            let told = format!("path: {}", ControlError::NoPath(text));
            return Err(Flaw::parameter("path", told).into());
        }
        Ok(Self(text))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        self.0.split('/').collect()
    }

    /// The actor that it leads to, in the words of the kernel if it leads nowhere.
    pub(super) fn find(&self, root: Node) -> Result<Node, ControlError> {
        let ids = self.ids();
        let mut actor = root;
        for (depth, id) in ids.iter().enumerate() {
            let so_far = if depth == 0 { actor.id.to_string() } else { ids[..depth].join("/") };
            let (role, phase, answers) = (actor.role, actor.phase, actor.answers);
            actor = match actor.children.into_iter().find(|child| *child.id == **id) {
                Some(child) => child,
                None if role == Role::Worker => return Err(ControlError::NoBranch { path: so_far }),
                None if !answers => {
                    return Err(ControlError::Silent { path: so_far, refused: Refused::Late });
                }
                None if matches!(phase, Phase::Down | Phase::Backoff | Phase::Parked) => {
                    return Err(ControlError::Down { path: so_far });
                }
                None => {
                    let path = ids[..=depth].join("/");
                    return Err(ControlError::Refused { path, cause: ChildError::NotFound });
                }
            };
        }
        Ok(actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tree::testing::{branch, worker};

    fn found(path: &str, root: &Node) -> Result<String, String> {
        let path = ActorPath::parse(path.to_owned()).unwrap();
        path.find(root.clone()).map(|actor| actor.id.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_actor_is_found_by_the_ids_that_lead_to_it() {
        let root = branch("top", vec![branch("a", vec![worker("b"), worker("device:aa:bb")])]);
        assert_eq!(found("a", &root).unwrap(), "a");
        assert_eq!(found("a/device:aa:bb", &root).unwrap(), "device:aa:bb");
    }

    #[test]
    fn the_part_that_leads_nowhere_is_named_with_what_is_wrong_with_it() {
        let silent = Node { answers: false, ..branch("silent", vec![]) };
        let parked = Node { phase: Phase::Parked, ..branch("parked", vec![]) };
        let root = branch("top", vec![worker("b"), silent, parked]);
        for (path, told) in [
            ("c/d/e", "c: there is no child with this id"),
            ("b/d", "b: it has no children"),
            ("silent/d/e", "silent: it did not answer in time"),
            ("parked/d", "parked: it is down, and all below it; start it first"),
        ] {
            assert_eq!(found(path, &root).unwrap_err(), told, "{path}");
        }
        let mute = Node { answers: false, ..branch("top", vec![]) };
        assert_eq!(found("a", &mute).unwrap_err(), "top: it did not answer in time");
    }

    #[test]
    fn what_cannot_be_a_path_is_refused_in_one_short_line() {
        for text in [String::new(), "/".into(), "a//b".into(), "a/".into(), "a\nb".into(), "x".repeat(600)] {
            let refused = ActorPath::parse(text.clone()).unwrap_err().to_string();
            assert!(!refused.contains('\n') && refused.len() < 200, "{text:?}: {refused}");
        }
    }
}
