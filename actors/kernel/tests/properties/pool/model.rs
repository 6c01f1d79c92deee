//! A pool as the contract describes it.

use std::sync::Arc;

use shiftboss_kernel::{Backoff, ChildError, Phase, Restart};
use tokio::time::Instant;

use super::{RETRY, Scene, WINDOW};
use crate::kid::Kid;
use crate::play::{Answer, LATE, Model, Moves, Row};
use crate::trace::{Entry, Moment};
use crate::worker::Name;

pub(super) struct Reference {
    max: u32,
    share: f64,
    at_least: usize,
    again: bool,
    /// In the order of their start.
    members: Vec<Member>,
    ended: bool,
    moves: Moves,
}

struct Member {
    name: Name,
    kid: Kid,
    /// Running, in back-off or parked.
    phase: Phase,
    starts: u32,
    began: Instant,
    failures: u32,
    restarts: Vec<Instant>,
    /// Times in a row that it was parked for its failures; one that was is on probation.
    parkings: u32,
    parked_at: Option<Instant>,
    held: bool,
    /// Between when and when its delay is over, if it has one.
    delay: Option<(Instant, Instant)>,
}

impl Member {
    fn wait(&mut self, phase: Phase, backoff: Backoff, times: u32) {
        let (least, most) = (backoff.delay(times, 0.0), backoff.delay(times, 1.0));
        self.phase = phase;
        self.delay = Some((Instant::now() + least, Instant::now() + most + LATE));
    }
}

impl Reference {
    pub(super) fn new(scene: &Scene) -> Self {
        let Scene { max, share, at_least, again, .. } = *scene;
        Self { max, share, at_least, again, members: Vec::new(), ended: false, moves: Vec::new() }
    }

    fn find(&mut self, id: &str) -> Result<&mut Member, ChildError> {
        self.members.iter_mut().find(|member| member.name.id == id).ok_or(ChildError::NotFound)
    }

    fn start(&mut self, id: &str) {
        self.moves.push(vec![format!("+{id}")]);
        if let Ok(member) = self.find(id) {
            member.phase = Phase::Running;
            member.starts += 1;
            member.delay = None;
        }
    }

    fn stop(&mut self, id: &str) {
        if self.find(id).is_ok_and(|member| member.phase == Phase::Running) {
            self.moves.push(vec![format!("-{id}")]);
        }
    }

    fn remove(&mut self, id: &str) {
        self.members.retain(|member| member.name.id != id);
    }

    /// Past its budget, or on probation: it is parked, and the pool may be in an outage.
    fn park_failed(&mut self, id: &str) {
        let now = Instant::now();
        if let Ok(member) = self.find(id) {
            member.parkings += 1;
            member.restarts.clear();
            member.parked_at = Some(now);
            member.wait(Phase::Parked, RETRY, member.parkings);
        }
        let of_late = |member: &&Member| member.parked_at.is_some_and(|at| now - at <= WINDOW);
        let parked = self.members.iter().filter(of_late).count();
        if parked >= self.at_least && parked as f64 >= self.share * self.members.len() as f64 {
            self.end(self.again);
        }
    }

    /// All members end together; the pool may start again, without any.
    fn end(&mut self, again: bool) {
        let running = self.members.iter().filter(|member| member.phase == Phase::Running);
        self.moves.push(running.map(|member| format!("-{}", member.name.id)).collect());
        self.members.clear();
        self.ended = !again;
    }
}

impl Model for Reference {
    fn observe(&mut self, entry: &Entry) {
        let known = self.members.iter_mut().find(|member| member.name == entry.who);
        if let Some(member) = known.filter(|_| entry.moment == Moment::Begun) {
            member.began = entry.at;
        }
    }

    fn take_moves(&mut self) -> Moves {
        std::mem::take(&mut self.moves)
    }

    fn rows(&self) -> Vec<Row> {
        let row = |member: &Member| (Arc::from(member.name.id), member.phase, member.starts - 1);
        self.members.iter().map(row).collect()
    }

    fn bearer(&self, id: &str) -> Option<Name> {
        self.members.iter().map(|member| member.name).find(|name| name.id == id)
    }

    fn runs(&self, name: Name) -> bool {
        self.members.iter().any(|member| member.name == name && member.phase == Phase::Running)
    }

    fn has_ended(&self) -> bool {
        self.ended
    }

    fn ends(&mut self, id: &'static str, failed: bool) {
        self.stop(id);
        let (now, max) = (Instant::now(), self.max);
        let Ok(member) = self.find(id) else { return };
        let (ran, backoff) = (now - member.began, member.kid.backoff());
        match member.kid.restart {
            Restart::Permanent => {}
            Restart::Transient if failed => {}
            Restart::Transient | Restart::Temporary => return self.remove(id),
        }
        member.failures = if ran >= backoff.healthy_after { 1 } else { member.failures + 1 };
        if ran >= WINDOW {
            member.parkings = 0;
        }
        member.restarts.push(now);
        let within = member.restarts.iter().filter(|at| now - **at <= WINDOW).count();
        if member.parkings > 0 || within > max as usize {
            self.park_failed(id);
        } else if backoff.base.is_zero() {
            self.start(id);
        } else {
            member.wait(Phase::Backoff, backoff, member.failures);
        }
    }

    fn starts(&mut self, name: Name, kid: Kid) -> Answer {
        match self.find(name.id) {
            Ok(member) if member.phase == Phase::Running => return Err(ChildError::AlreadyStarted),
            Ok(_) => return Err(ChildError::AlreadyPresent),
            Err(_) => {}
        }
        self.members.push(Member {
            name,
            kid,
            phase: Phase::Down,
            starts: 0,
            began: Instant::now(),
            failures: 0,
            restarts: Vec::new(),
            parkings: 0,
            parked_at: None,
            held: false,
            delay: None,
        });
        self.start(name.id);
        Ok(())
    }

    fn terminate(&mut self, id: &'static str) -> Answer {
        self.find(id)?;
        self.stop(id);
        self.remove(id);
        Ok(())
    }

    fn park(&mut self, id: &'static str) -> Answer {
        let member = self.find(id)?;
        if member.kid.restart == Restart::Temporary {
            return Err(ChildError::Temporary);
        }
        if std::mem::replace(&mut member.held, true) {
            return Err(ChildError::Held);
        }
        self.stop(id);
        let member = self.find(id)?;
        (member.phase, member.delay) = (Phase::Parked, None);
        Ok(())
    }

    fn resume(&mut self, id: &'static str) -> Answer {
        if self.find(id)?.phase != Phase::Parked {
            return Err(ChildError::NotParked);
        }
        self.restart(id)
    }

    fn restart(&mut self, id: &'static str) -> Answer {
        let member = self.find(id)?;
        if member.phase == Phase::Running {
            return Err(ChildError::Running);
        }
        (member.held, member.failures, member.parkings) = (false, 0, 0);
        member.restarts.clear();
        self.start(id);
        Ok(())
    }

    fn panics(&mut self) {
        self.end(self.again);
    }

    fn shut_down(&mut self) {
        self.end(false);
    }

    fn unsure_until(&self) -> Option<Instant> {
        let now = Instant::now();
        let delays = self.members.iter().filter_map(|member| member.delay);
        delays.filter(|(least, most)| *least <= now && now <= *most).map(|(_, most)| most).max()
    }

    fn come_back(&mut self) -> usize {
        let now = Instant::now();
        let over = |member: &&Member| member.delay.is_some_and(|(_, most)| most < now);
        let ids: Vec<_> = self.members.iter().filter(over).map(|member| member.name.id).collect();
        ids.iter().for_each(|id| self.start(id));
        ids.len()
    }
}
