//! A connection to a pool that stands: what goes over it, and the shares that are found meanwhile.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::choice::Choice;
use super::pace;
use super::session::{Event, Login, Session};
use super::share::{Draft, Share};
use super::tally::Tally;
use crate::axe::Axe;
use crate::draw::Draw;
use crate::pool::lines::{self, Lines};

/// A pool that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(180);

/// The longest line of a pool that is read.
const LINE_BYTES: usize = 64 * 1_024;

/// What the pool leaves unread of what it was sent.
const UNSENT_BYTES: usize = 64 * 1_024;

/// Nonces that are tried before the neighbours have their turn.
const NONCES: u32 = 256;

/// A connection that stands.
pub(super) struct Talk {
    stream: TcpStream,
    lines: Lines,
    session: Session,
    unsent: Vec<u8>,
    heard: Instant,
    /// When the next share is found; none while there is nothing to mine.
    due: Option<Instant>,
    search: Option<Draft>,
}

/// What became of the work that was due.
#[derive(PartialEq, Eq)]
pub(super) enum Working {
    Submitted,
    StillSearching,
}

impl Talk {
    /// A connection that has just come about, with the words that begin it.
    pub(super) fn new(stream: TcpStream, login: Login) -> Self {
        let session = Session::new(login);
        let mut unsent = Vec::new();
        session.greet(&mut unsent);
        Self {
            stream,
            lines: Lines::default(),
            session,
            unsent,
            heard: Instant::now(),
            due: None,
            search: None,
        }
    }

    /// When it is given up, if nothing more is heard.
    pub(super) fn patience(&self) -> Instant {
        self.heard + SILENCE
    }

    /// When the next share is found.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| self.session.mines_at().is_some())
    }

    /// Sends what is there to send, and takes what the pool says, until it has to wait.
    pub(super) fn exchange(
        &mut self,
        axe: &mut Axe,
        choice: &mut Choice,
        cx: &mut Context<'_>,
    ) -> Poll<String> {
        loop {
            if let Poll::Ready(Err(error)) = lines::send(&self.stream, &mut self.unsent, cx) {
                return Poll::Ready(error.to_string());
            }
            if let Err(error) = ready!(self.stream.poll_read_ready(cx)) {
                return Poll::Ready(error.to_string());
            }
            if let Err(ended) = self.read(axe, choice) {
                return Poll::Ready(ended);
            }
        }
    }

    fn read(&mut self, axe: &mut Axe, choice: &mut Choice) -> Result<(), String> {
        let Self { stream, lines, session, unsent, .. } = self;
        let (now_ms, mut events) = (axe.unix_ms(), Vec::new());
        let read = lines.read(LINE_BYTES, stream, |line| session.line(line, now_ms, unsent, &mut events));
        let ended = match read {
            Ok(None) => {
                self.heard = Instant::now();
                Ok(())
            }
            Ok(Some(farewell)) => Err(format!("the device {}", farewell.0)),
            // It was not ready after all.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        if self.unsent.len() > UNSENT_BYTES {
            return Err("it does not take what it is sent".to_owned());
        }
        for event in events {
            self.follow(event, axe, choice);
        }
        ended
    }

    fn follow(&mut self, event: Event, axe: &mut Axe, choice: &mut Choice) {
        if event == Event::Authorised {
            choice.succeeded();
        }
        if matches!(event, Event::Retold { .. }) {
            // Chance has no memory: it is drawn anew for the new work.
            (self.due, self.search) = (None, None);
        }
        axe.body().mined().note(event);
    }

    /// Finds shares as they are due; what it did, if anything.
    pub(super) fn mine(&mut self, axe: &mut Axe, draw: &mut Draw, now: Instant) -> Option<Working> {
        let difficulty = self.session.mines_at()?;
        if let Some(draft) = &mut self.search {
            let Some(share) = draft.search(NONCES) else { return Some(Working::StillSearching) };
            let worth = share.difficulty.unwrap_or(difficulty);
            self.submit(&share, worth, axe.unix_ms());
            return Some(Working::Submitted);
        }
        if self.due.is_none_or(|due| due <= now) {
            let is_due = self.due.is_some();
            let pause = pace::next(draw, axe.mining_ghs(), difficulty);
            // Of a device that hashes nothing no share is due.
            self.due = Some(now + pause.unwrap_or(pace::LOOK_AGAIN));
            if is_due && pause.is_some() {
                let draft = self.session.draft()?;
                match draft.marked() {
                    Some(share) => self.submit(&share, pace::by_chance(draw, difficulty), axe.unix_ms()),
                    None => self.search = Some(draft),
                }
                return Some(Working::Submitted);
            }
        }
        None
    }

    fn submit(&mut self, share: &Share, worth: f64, now_ms: u64) {
        self.search = None;
        self.session.submit(share, worth, now_ms, &mut self.unsent);
    }
}

impl Tally {
    /// Books what a pool has said.
    fn note(&mut self, event: Event) {
        match event {
            Event::Authorised => {}
            Event::Retold { difficulty } => self.asked_for(difficulty),
            Event::Accepted { difficulty, after_ms } => self.accepted(difficulty, after_ms),
            Event::Rejected { reason, after_ms } => self.rejected(&reason, after_ms),
        }
    }
}
