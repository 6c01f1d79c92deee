//! What an operator may do to one child, addressed by its path of ids below the top of the tree.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use actix::{Message, ResponseFuture};

use crate::child::{Child, ChildError};
use crate::spec::Branch;
use crate::supervisor::Supervisor;
use crate::tx::{Refused, Tx};

/// What to do to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stop it. A static child keeps its place and stays down; a dynamic one is forgotten.
    Terminate,
    /// Start it, when it is down, in back-off or parked, with its failures forgiven.
    Restart,
    /// Stop it, and hold it: it is neither retried nor brought back with its siblings.
    Park,
    /// Start it again after it was parked, by an operator or for its failures.
    Resume,
}

impl Action {
    const ALL: [Self; 4] = [Self::Terminate, Self::Restart, Self::Park, Self::Resume];

    /// The verb in one word: terminate, restart, park or resume.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Restart => "restart",
            Self::Park => "park",
            Self::Resume => "resume",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is not an [`Action`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not something to do to an actor; say terminate, restart, park or resume")]
pub struct NoAction(String);

impl FromStr for Action {
    type Err = NoAction;

    fn from_str(word: &str) -> Result<Self, NoAction> {
        Self::ALL.into_iter().find(|action| action.name() == word).ok_or_else(|| NoAction(word.to_owned()))
    }
}

/// Why an operator's wish was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The path has no id in it, or an empty one.
    #[error("{0:?} is not a path; give the ids below the top of the tree with slashes between")]
    NoPath(String),
    /// The path leads through a child that has no children.
    #[error("{path}: it has no children")]
    NoBranch {
        /// The part of the path that leads to it.
        path: String,
    },
    /// A supervisor on the way is down, and its children with it.
    #[error("{path}: it is down, and all below it; start it first")]
    Down {
        /// The part of the path that leads to it.
        path: String,
    },
    /// A supervisor on the way does not answer.
    #[error("{path}: {refused}")]
    Silent {
        /// The part of the path that leads to it.
        path: String,
        /// How it does not answer.
        refused: Refused,
    },
    /// The child's supervisor refuses.
    #[error("{path}: {cause}")]
    Refused {
        /// The part of the path that leads to the child.
        path: String,
        /// Why it refuses.
        cause: ChildError,
    },
}

/// Terminates, restarts, parks and resumes single children of a tree.
///
/// A path is made of ids below the top, with slashes between: `controller/devices/pool:0`.
#[derive(Clone, Debug)]
pub struct Operator {
    root: Tx<Supervisor>,
}

impl Operator {
    /// An operator of the tree below `root`.
    pub fn new(root: Tx<Supervisor>) -> Self {
        Self { root }
    }

    /// Does it, and answers when it is done: a child that was stopped has ended. One that was started is starting.
    ///
    /// # Errors
    /// Names the part of the path that is wrong, does not answer within `within`, or refuses, and why.
    pub async fn order(&self, path: &str, action: Action, within: Duration) -> Result<(), ControlError> {
        let ids: Arc<[Arc<str>]> = path.split('/').map(Arc::from).collect();
        if ids.iter().any(|id| id.is_empty()) {
            return Err(ControlError::NoPath(path.to_owned()));
        }
        let control = Control { path: ids, depth: 0, action, within };
        let silent = |refused| ControlError::Silent { path: self.root.id().to_owned(), refused };
        self.root.ask(control, within).await.map_err(silent)?
    }
}

/// A wish on its way down the tree.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ControlError>")]
pub(crate) struct Control {
    path: Arc<[Arc<str>]>,
    /// How many ids of the path lead to whoever has it now.
    depth: usize,
    pub(crate) action: Action,
    within: Duration,
}

pub(crate) type Controlled = ResponseFuture<Result<(), ControlError>>;

impl Control {
    /// The child of whoever has it now that the path leads to or through.
    pub(crate) fn id(&self) -> &Arc<str> {
        &self.path[self.depth]
    }

    /// Whether it is that child that is meant.
    pub(crate) fn is_here(&self) -> bool {
        self.depth + 1 == self.path.len()
    }

    /// The answer for a child that was asked here.
    pub(crate) fn answered(
        self,
        answer: impl Future<Output = Result<(), ChildError>> + 'static,
    ) -> Controlled {
        Box::pin(async move { answer.await.map_err(|cause| self.refusal(cause)) })
    }

    /// The answer of the branch that the path leads through, if the child there is one that can be asked.
    pub(crate) fn passed_on(mut self, through: Option<&Child>) -> Controlled {
        let branch = match self.way(through) {
            Ok(branch) => branch,
            Err(refusal) => return Box::pin(async { Err(refusal) }),
        };
        let path = self.path_to_here();
        // Each level has a little less time than the one above, so that its own answer is not lost.
        self.within = self.within.mul_f64(0.9);
        self.depth += 1;
        Box::pin(async move {
            let within = self.within;
            let answer = branch.control.ask(self, within).await;
            answer.map_err(|refused| ControlError::Silent { path, refused })?
        })
    }

    /// One that is down is not asked: it would keep the question until it runs again.
    fn way(&self, through: Option<&Child>) -> Result<Arc<Branch>, ControlError> {
        let path = || self.path_to_here();
        let child = through.ok_or_else(|| self.refusal(ChildError::NotFound))?;
        let branch = child.bound.branch.as_ref().ok_or_else(|| ControlError::NoBranch { path: path() })?;
        if child.is_alive() { Ok(Arc::clone(branch)) } else { Err(ControlError::Down { path: path() }) }
    }

    fn refusal(&self, cause: ChildError) -> ControlError {
        ControlError::Refused { path: self.path_to_here(), cause }
    }

    fn path_to_here(&self) -> String {
        self.path[..=self.depth].join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_from_its_own_name_and_from_no_other() {
        for action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        let refused = "explode".parse::<Action>().unwrap_err().to_string();
        assert_eq!(
            refused,
            r#""explode" is not something to do to an actor; say terminate, restart, park or resume"#
        );
    }
}
