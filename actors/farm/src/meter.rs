//! Keeps the rows that a scrape copies: one for each polled device of one thread.
//!
//! A device that is not polled has no row; one that is offline has a row without a reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::{Actor, Handler, Message, MessageResult};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, supervised};

use crate::directory::{Clear, Delist, Report};
use crate::freshness::Freshness;
use crate::record::{Observation, State};

/// What a scrape shows of one device.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its identity.
    pub mac: Mac,
    /// Where it is.
    pub state: State,
    /// Polls missed in a row.
    pub misses: u32,
    /// What it said last. Of an offline device it names and does not measure.
    pub seen: Option<Arc<Observation>>,
}

/// All rows, ordered by MAC.
#[derive(Debug, Message)]
#[rtype(result = "Vec<Row>")]
pub struct Rows;

/// The actor.
pub struct Meter {
    rows: BTreeMap<Mac, Row>,
    freshness: Freshness,
}

impl Meter {
    /// A meter without rows.
    pub fn new(freshness: Freshness) -> Self {
        Self { rows: BTreeMap::new(), freshness }
    }

    fn shown(&self, row: &Row) -> Row {
        let over = self.freshness.over_since_ms(row.state, row.seen.as_deref()).is_some();
        Row { state: if over { State::Offline } else { row.state }, ..row.clone() }
    }
}

impl Actor for Meter {
    type Context = Ctx<Self>;
}

supervised!(Meter);

impl Handler<Report> for Meter {
    type Result = ();

    fn handle(&mut self, report: Report, _: &mut Ctx<Self>) {
        let Report { mac, status, seen } = report;
        if !status.state.is_listened() {
            self.rows.remove(&mac);
            return;
        }
        let row = self.rows.entry(mac).or_insert(Row { mac, state: status.state, misses: 0, seen: None });
        row.state = status.state;
        row.misses = status.misses;
        if seen.is_some() {
            row.seen = seen;
        }
    }
}

impl Handler<Delist> for Meter {
    type Result = ();

    fn handle(&mut self, Delist(mac): Delist, _: &mut Ctx<Self>) {
        self.rows.remove(&mac);
    }
}

impl Handler<Clear> for Meter {
    type Result = ();

    fn handle(&mut self, _: Clear, _: &mut Ctx<Self>) {
        self.rows.clear();
    }
}

impl Handler<Rows> for Meter {
    type Result = MessageResult<Rows>;

    fn handle(&mut self, _: Rows, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.rows.values().map(|row| self.shown(row)).collect())
    }
}
