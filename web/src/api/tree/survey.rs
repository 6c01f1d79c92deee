//! A tree as it is shown: each actor with what is wrong with it and below it, in the order and to the depth wanted.
//! Its JSON is an interface, told field by field in `docs/tree.md`.

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::Serialize;
use shiftboss_kernel::{Node, Role};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::endpoint::Schemas;
use crate::api::tree::trouble::{Trouble, trouble};

/// One actor, and those below it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// Itself; its children are not here.
    #[serde(flatten)]
    pub(super) actor: Node,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<Trouble>,
    /// Of one that can have children.
    #[serde(flatten)]
    pub(super) below: Option<Below>,
    /// None where they are too deep, or where there cannot be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) children: Option<Vec<Shown>>,
    #[serde(skip)]
    worst: Option<Trouble>,
}

/// What is below an actor, in numbers, also where it is not shown.
#[derive(Debug, Serialize)]
pub(super) struct Below {
    /// Its children, in whatever phase.
    pub(super) children_count: usize,
    /// Those of them that start, run or stop.
    pub(super) children_active: usize,
    /// Actors with a problem, on all levels below it.
    pub(super) problems_below: usize,
}

impl Shown {
    /// Judges an actor and those below it; now is in seconds since 1970. Of the exits only the last one stays, unless
    /// `all_exits` are wanted.
    pub(super) fn of(mut actor: Node, now_seconds: f64, all_exits: bool) -> Self {
        let (counts, problem) = (actor.counts(), trouble(&actor, now_seconds));
        let children = std::mem::take(&mut actor.children);
        let children: Vec<_> =
            children.into_iter().map(|child| Self::of(child, now_seconds, all_exits)).collect();
        if !all_exits {
            actor.exits.truncate(1);
        }
        let worst = children.iter().map(|child| child.worst).max().flatten().max(problem);
        let has_children = actor.role != Role::Worker;
        let below = has_children.then(|| Below {
            children_count: counts.specs,
            children_active: counts.active,
            problems_below: children.iter().map(Self::problems).sum(),
        });
        Self { actor, problem, below, children: has_children.then_some(children), worst }
    }

    /// Actors with a problem, itself included.
    pub(super) fn problems(&self) -> usize {
        let below = self.below.as_ref().map_or(0, |below| below.problems_below);
        below + usize::from(self.problem.is_some())
    }

    /// Puts what has the worst problem, in itself or below it, before its siblings; else they keep their order.
    pub(super) fn worst_first(&mut self) {
        if let Some(children) = &mut self.children {
            children.sort_by_key(|child| Reverse(child.worst));
            children.iter_mut().for_each(Self::worst_first);
        }
    }

    /// Hides what is more than `levels` below it.
    pub(super) fn cut(&mut self, levels: usize) {
        match levels.checked_sub(1) {
            Some(levels) => self.children.iter_mut().flatten().for_each(|child| child.cut(levels)),
            None => self.children = None,
        }
    }
}

/// The fields that every actor has; docs/tree.md tells them all.
impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        let actor = ObjectBuilder::new().description(Some("An actor; docs/tree.md tells every field."));
        let actor = ["id", "kind", "role", "phase"]
            .into_iter()
            .fold(actor, |actor, name| actor.property(name, String::schema()).required(name));
        let actor = ["restarts", "mailbox_depth", "mailbox_capacity", "messages_handled"]
            .into_iter()
            .fold(actor, |actor, name| actor.property(name, u64::schema()).required(name));
        let children = ArrayBuilder::new().items(Ref::from_schema_name(Self::name()));
        actor.property("problem", String::schema()).property("children", children).into()
    }
}

impl ToSchema for Shown {
    fn name() -> Cow<'static, str> {
        "Actor".into()
    }

    fn schemas(schemas: &mut Schemas) {
        schemas.push((Self::name().into(), Self::schema()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shiftboss_kernel::Phase;

    use super::*;
    use crate::api::tree::testing::{branch, exit, worker};

    fn with(phase: Phase, id: &str) -> Node {
        Node { phase, ..worker(id) }
    }

    /// `top` over `calm`, `pool` with a parked child behind a sound one, and one that waits for its restart.
    fn farm() -> Node {
        let pool = branch("pool", vec![worker("sound"), with(Phase::Parked, "parked")]);
        branch("top", vec![branch("calm", vec![worker("x")]), pool, with(Phase::Backoff, "waits")])
    }

    fn ids(shown: &Shown) -> Vec<&str> {
        shown.children.iter().flatten().map(|child| &*child.actor.id).collect()
    }

    #[test]
    fn what_has_the_worst_problem_comes_first_and_the_rest_keeps_its_order() {
        let mut shown = Shown::of(farm(), 0.0, false);
        assert_eq!(ids(&shown), ["calm", "pool", "waits"]);
        shown.worst_first();
        assert_eq!(
            ids(&shown),
            ["pool", "waits", "calm"],
            "the branch of the parked one before the back-off"
        );
        assert_eq!(ids(&shown.children.as_ref().unwrap()[0]), ["parked", "sound"]);
    }

    #[test]
    fn problems_are_counted_on_all_levels_also_where_they_are_not_shown() {
        let mut shown = Shown::of(farm(), 0.0, false);
        shown.cut(1);
        assert_eq!(shown.problems(), 2);
        let pool = serde_json::to_value(&shown.children.as_ref().unwrap()[1]).unwrap();
        let numbers = ["children_count", "children_active", "problems_below"].map(|name| pool[name].clone());
        assert_eq!(numbers, [json!(2), json!(1), json!(1)]);
        assert_eq!(pool.get("children"), None);
        shown.cut(0);
        assert!(shown.children.is_none());
    }

    #[test]
    fn the_last_exit_is_told_and_the_others_on_request() {
        let exits = vec![exit("panic", 9.0).into(), exit("failed", 1.0).into()];
        let restarted = Node { exits, ..worker("a") };
        let last = Shown::of(restarted.clone(), 1e9, false).actor.exits;
        assert_eq!((last.len(), last[0].reason), (1, "panic"));
        assert_eq!(Shown::of(restarted, 1e9, true).actor.exits.len(), 2);
    }

    #[test]
    fn the_json_of_an_actor_has_these_fields_and_no_others() {
        let fields = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let always = [
            "id",
            "kind",
            "role",
            "phase",
            "restarts",
            "mailbox_depth",
            "mailbox_capacity",
            "messages_handled",
            "busy_seconds",
            "queue_wait_max_seconds",
            "answers",
        ];
        let expected = |more: &[&str]| -> Vec<String> {
            let mut all: Vec<_> = always.iter().chain(more).map(|name| (*name).to_owned()).collect();
            all.sort_unstable();
            all
        };
        let sorted = |node| {
            let mut fields = fields(&serde_json::to_value(Shown::of(node, 1.0, true)).unwrap());
            fields.sort_unstable();
            fields
        };
        assert_eq!(sorted(worker("a")), expected(&[]));
        let numbers = ["children", "children_count", "children_active", "problems_below"];
        assert_eq!(sorted(branch("a", vec![])), expected(&numbers));
        let failed = Node { exits: vec![exit("panic", 1.0).into()], ..worker("a") };
        assert_eq!(sorted(failed.clone()), expected(&["exits", "problem"]));

        let mut full = exit("panic", 1.0);
        (full.handling, full.place) = (Some("Poll"), Some("device.rs:7".to_owned()));
        let value = serde_json::to_value(&full).unwrap();
        let manual = include_str!("../../../../docs/tree.md");
        let all = always.iter().map(|name| (*name).to_owned()).chain(fields(&value));
        for name in all.chain(numbers.map(str::to_owned)) {
            assert!(manual.contains(&format!("`{name}`")), "docs/tree.md does not tell of {name}");
        }
        let expected = json!({"incarnation": 1, "at_seconds": 1.0, "ran_seconds": 2.5, "reason": "panic",
            "cause": "panic", "handling": "Poll", "place": "device.rs:7"});
        assert_eq!(value, expected);
    }
}
