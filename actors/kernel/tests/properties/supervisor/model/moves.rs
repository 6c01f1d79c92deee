//! What the events of a supervisor are made of: starts and stops, of one child and of many.

use shiftboss_kernel::Phase;

use super::{Child, Reference};

impl Reference {
    pub(super) fn find(&mut self, id: &str) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| child.name.id == id)
    }

    pub(super) fn child(&mut self, id: &str) -> &mut Child {
        self.find(id).expect("a child of this id")
    }

    pub(super) fn position(&self, id: &str) -> usize {
        self.children.iter().position(|child| child.name.id == id).expect("a child of this id")
    }

    pub(super) fn running(&self, which: impl Fn(&Child) -> bool) -> Vec<&'static str> {
        let those = self.children.iter().filter(|child| child.runs() && which(child));
        those.map(|child| child.name.id).collect()
    }

    pub(super) fn take_comeback(&mut self, owner: &str) -> Option<Vec<&'static str>> {
        let position = self.comebacks.iter().position(|comeback| comeback.owner == owner)?;
        Some(self.comebacks.swap_remove(position).group)
    }

    /// Starts those of a group that are down and may come back, in order.
    pub(super) fn start(&mut self, group: Vec<&'static str>) {
        for id in group {
            if self.find(id).is_some_and(|child| child.may_start()) {
                self.start_one(id);
            }
        }
    }

    pub(super) fn start_one(&mut self, id: &'static str) {
        let child = self.child(id);
        child.phase = Phase::Running;
        child.starts += 1;
        self.moves.push(vec![format!("+{id}")]);
    }

    /// These end at the same time.
    pub(super) fn stop_together(&mut self, ids: &[&'static str]) {
        for id in ids {
            self.child(id).phase = Phase::Down;
        }
        self.moves.push(ids.iter().map(|id| format!("-{id}")).collect());
    }

    /// A member of a group that is restarted is stopped. One that is temporary is not brought back.
    pub(super) fn stop_member(&mut self, id: &'static str) {
        match self.child(id).phase {
            Phase::Running => self.stop_asked(id),
            Phase::Parked => return,
            _ => self.child(id).phase = Phase::Down,
        }
        self.children.retain(|child| child.name.id != id || !child.is_temporary());
    }

    /// A child ends because it was asked to, which is no failure.
    pub(super) fn stop_asked(&mut self, id: &'static str) {
        self.child(id).was_asked = true;
        self.stop_together(&[id]);
    }

    pub(super) fn take_away(&mut self, id: &'static str, to: Phase) {
        self.child(id).unwanted = true;
        if self.child(id).runs() {
            self.stop_asked(id);
        } else if let Some(group) = self.take_comeback(id) {
            self.start(group);
        }
        self.child(id).phase = to;
    }

    /// Forgets a child that ended and will not come back, unless it keeps its place.
    pub(super) fn retire(&mut self, id: &str) {
        self.children.retain(|child| child.name.id != id || !(child.dynamic || child.is_temporary()));
    }

    pub(super) fn stop_all(&mut self) {
        self.comebacks.clear();
        self.stop_together(&self.running(|child| child.dynamic));
        for id in self.running(|child| !child.dynamic).into_iter().rev() {
            self.stop_together(&[id]);
        }
    }

    /// More restarts than are bearable.
    pub(super) fn escalate(&mut self) {
        self.stop_all();
        self.start_again(self.again);
    }

    /// The supervisor has ended, and may start again: with its static children, except for temporary ones that have run.
    pub(super) fn start_again(&mut self, again: bool) {
        self.comebacks.clear();
        self.restarts.clear();
        self.children.retain(|child| !child.dynamic && !child.is_temporary());
        self.ended = !again;
        if again {
            for child in &mut self.children {
                (child.phase, child.unwanted, child.failures) = (Phase::Down, false, 0);
            }
            self.start(self.children.iter().map(|child| child.name.id).collect());
        }
    }
}
