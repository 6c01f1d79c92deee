//! A supervisor as the contract describes it.

use std::sync::Arc;

use shiftboss_kernel::{ChildError, Phase, Restart, Strategy};
use tokio::time::Instant;

use super::{Scene, WINDOW};
use crate::kid::Kid;
use crate::play::{Answer, LATE, Model, Moves, Row};
use crate::trace::{Entry, Moment};
use crate::worker::Name;

mod moves;

pub(super) struct Reference {
    strategy: Strategy,
    max: u32,
    again: bool,
    /// Static children in the order of their spec, then dynamic ones in that of their start.
    children: Vec<Child>,
    comebacks: Vec<Comeback>,
    restarts: Vec<Instant>,
    ended: bool,
    moves: Moves,
}

struct Child {
    name: Name,
    kid: Kid,
    dynamic: bool,
    /// Down, running, in back-off or parked.
    phase: Phase,
    starts: u32,
    /// An operator wants it down, or held.
    unwanted: bool,
    failures: u32,
    began: Instant,
    /// It ends because it was asked to.
    was_asked: bool,
}

/// A back-off, and those who come back when it is over.
struct Comeback {
    owner: &'static str,
    group: Vec<&'static str>,
    earliest: Instant,
    latest: Instant,
}

impl Child {
    fn new(name: Name, kid: Kid, dynamic: bool) -> Self {
        let (phase, began) = (Phase::Down, Instant::now());
        Self { name, kid, dynamic, phase, starts: 0, unwanted: false, failures: 0, began, was_asked: false }
    }

    fn runs(&self) -> bool {
        self.phase == Phase::Running
    }

    fn may_start(&self) -> bool {
        let has_had_its_run = self.is_temporary() && self.starts > 0;
        !self.unwanted && !self.runs() && !has_had_its_run
    }

    fn is_temporary(&self) -> bool {
        self.kid.restart == Restart::Temporary
    }
}

impl Reference {
    pub(super) fn new(scene: &Scene, names: &[Name]) -> Self {
        let kids = names.iter().zip(&scene.children);
        let mut model = Self {
            strategy: scene.strategy,
            max: scene.max,
            again: scene.again,
            children: kids.map(|(name, kid)| Child::new(*name, *kid, false)).collect(),
            comebacks: Vec::new(),
            restarts: Vec::new(),
            ended: false,
            moves: Vec::new(),
        };
        model.start(names.iter().map(|name| name.id).collect());
        model
    }
}

impl Model for Reference {
    fn take_moves(&mut self) -> Moves {
        std::mem::take(&mut self.moves)
    }

    fn rows(&self) -> Vec<Row> {
        let row = |child: &Child| (Arc::from(child.name.id), child.phase, child.starts - 1);
        self.children.iter().map(row).collect()
    }

    fn bearer(&self, id: &str) -> Option<Name> {
        self.children.iter().map(|child| child.name).find(|name| name.id == id)
    }

    fn runs(&self, name: Name) -> bool {
        self.children.iter().any(|child| child.name == name && child.runs())
    }

    fn has_ended(&self) -> bool {
        self.ended
    }

    fn observe(&mut self, entry: &Entry) {
        let Some(child) = self.children.iter_mut().find(|child| child.name == entry.who) else { return };
        match entry.moment {
            Moment::Begun => child.began = entry.at,
            Moment::Ended if std::mem::take(&mut child.was_asked) => {
                if entry.at - child.began >= child.kid.backoff().healthy_after {
                    child.failures = 0;
                }
            }
            Moment::Ready | Moment::Asked | Moment::Ended => {}
        }
    }

    fn ends(&mut self, id: &'static str, failed: bool) {
        let now = Instant::now();
        self.stop_together(&[id]);
        let (strategy, position) = (self.strategy, self.position(id));
        let child = &mut self.children[position];
        let backoff = child.kid.backoff();
        let healthy = now - child.began >= backoff.healthy_after;
        child.failures = if healthy { 1 } else { child.failures + 1 };
        let (delay, ceiling) = (backoff.delay(child.failures, 0.0), backoff.delay(child.failures, 1.0));
        match child.kid.restart {
            Restart::Permanent => {}
            Restart::Transient if failed => {}
            Restart::Transient | Restart::Temporary => return self.retire(id),
        }
        self.restarts.push(now);
        let within = self.restarts.iter().filter(|at| now - **at <= WINDOW);
        if within.count() > self.max as usize {
            return self.escalate();
        }
        let range = match strategy {
            Strategy::OneForOne => position..position + 1,
            Strategy::RestForOne => position..self.children.len(),
            Strategy::OneForAll => 0..self.children.len(),
        };
        let group: Vec<_> = self.children[range].iter().map(|child| child.name.id).collect();
        self.comebacks.retain(|comeback| !group.contains(&comeback.owner));
        for member in group.iter().rev() {
            self.stop_member(member);
        }
        if ceiling.is_zero() {
            return self.start(group);
        }
        self.child(id).phase = Phase::Backoff;
        self.comebacks.push(Comeback {
            owner: id,
            group,
            earliest: now + delay,
            latest: now + ceiling + LATE,
        });
    }

    fn panics(&mut self) {
        self.stop_together(&self.running(|_| true));
        self.start_again(self.again);
    }

    fn shut_down(&mut self) {
        self.stop_all();
        self.start_again(false);
    }

    fn starts(&mut self, name: Name, kid: Kid) -> Answer {
        match self.find(name.id) {
            Some(child) if child.runs() => return Err(ChildError::AlreadyStarted),
            Some(_) => return Err(ChildError::AlreadyPresent),
            None => {}
        }
        self.children.push(Child::new(name, kid, true));
        self.start_one(name.id);
        Ok(())
    }

    fn terminate(&mut self, id: &'static str) -> Answer {
        self.find(id).ok_or(ChildError::NotFound)?;
        self.take_away(id, Phase::Down);
        self.retire(id);
        Ok(())
    }

    fn park(&mut self, id: &'static str) -> Answer {
        let child = self.find(id).ok_or(ChildError::NotFound)?;
        if child.is_temporary() {
            return Err(ChildError::Temporary);
        }
        if child.phase == Phase::Parked {
            return Err(ChildError::Held);
        }
        self.take_away(id, Phase::Parked);
        Ok(())
    }

    fn resume(&mut self, id: &'static str) -> Answer {
        let child = self.find(id).ok_or(ChildError::NotFound)?;
        if child.phase != Phase::Parked {
            return Err(ChildError::NotParked);
        }
        self.restart(id)
    }

    fn restart(&mut self, id: &'static str) -> Answer {
        let child = self.find(id).ok_or(ChildError::NotFound)?;
        if child.runs() {
            return Err(ChildError::Running);
        }
        (child.unwanted, child.failures) = (false, 0);
        let group = self.take_comeback(id).unwrap_or_else(|| vec![id]);
        self.start(group);
        Ok(())
    }

    fn unsure_until(&self) -> Option<Instant> {
        let now = Instant::now();
        let unsure =
            self.comebacks.iter().filter(|comeback| comeback.earliest <= now && now <= comeback.latest);
        unsure.map(|comeback| comeback.latest).max()
    }

    fn come_back(&mut self) -> usize {
        let now = Instant::now();
        let mut over = 0;
        while let Some(due) = self.comebacks.iter().position(|comeback| comeback.latest < now) {
            let Comeback { group, .. } = self.comebacks.swap_remove(due);
            self.start(group);
            over += 1;
        }
        over
    }
}
