//! What became of every share: one record each, and sums by worker that miss none.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::share::Reason;

/// Records that are kept in memory, the latest ones.
pub(crate) const RECORDS_KEPT: usize = 4_096;

/// Workers with sums of their own; what others do is summed together.
pub(crate) const WORKERS_KEPT: usize = 100_000;

/// What became of one share.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When it came.
    #[serde(serialize_with = "iso")]
    pub time: Timestamp,
    /// Connections are numbered on from 1.
    pub connection: u32,
    /// As the miner named it, shortened when it is very long; empty when it could not be read.
    pub worker: Arc<str>,
    /// As the miner named it, shortened too.
    pub job: Box<str>,
    /// In force when the job was told; absent when there is no such job.
    pub difficulty: Option<f64>,
    /// The share's own; absent when it was not looked at, or is synthetic.
    pub share_difficulty: Option<f64>,
    /// Whether it was accepted for its mark, and not for work.
    pub synthetic: bool,
    /// Why it was not accepted; absent when it was.
    pub reason: Option<Reason>,
}

/// Sums over shares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Shares accepted, the synthetic ones among them.
    pub accepted: u64,
    /// Those accepted for their mark.
    pub synthetic: u64,
    /// The difficulties that the accepted ones were credited with, summed: times 2 to the 32nd, the hashes behind them.
    pub accepted_difficulty: f64,
    rejected: [u64; Reason::ALL.len()],
}

/// The books of a pool.
#[derive(Debug, Default)]
pub(crate) struct Books {
    total: Tally,
    workers: HashMap<Arc<str>, Tally>,
    others: Tally,
    recent: VecDeque<Record>,
}

/// All sums at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accounts {
    /// Over all workers.
    pub total: Tally,
    /// By worker, in the order of their names.
    pub workers: Vec<(Arc<str>, Tally)>,
    /// Of the workers that came when there were too many for sums of their own.
    pub others: Tally,
}

impl Tally {
    /// Shares refused for this reason.
    #[must_use]
    pub fn rejected(&self, reason: Reason) -> u64 {
        self.rejected[reason as usize]
    }

    /// All shares refused.
    #[must_use]
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().sum()
    }

    fn add(&mut self, record: &Record) {
        match record.reason {
            Some(reason) => self.rejected[reason as usize] += 1,
            None => {
                self.accepted += 1;
                self.synthetic += u64::from(record.synthetic);
                self.accepted_difficulty += record.difficulty.unwrap_or_default();
            }
        }
    }
}

impl Books {
    pub(crate) fn add(&mut self, record: Record) {
        self.total.add(&record);
        let has_room = self.workers.len() < WORKERS_KEPT;
        match self.workers.get_mut(&record.worker) {
            Some(tally) => tally.add(&record),
            None if has_room => self.workers.entry(Arc::clone(&record.worker)).or_default().add(&record),
            None => self.others.add(&record),
        }
        if self.recent.len() == RECORDS_KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(record);
    }

    pub(crate) fn accounts(&self) -> Accounts {
        let mut workers: Vec<_> =
            self.workers.iter().map(|(name, tally)| (Arc::clone(name), tally.clone())).collect();
        workers.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Accounts { total: self.total.clone(), workers, others: self.others.clone() }
    }

    /// The latest records, the newest last.
    pub(crate) fn recent(&self, count: usize) -> Vec<Record> {
        self.recent.iter().skip(self.recent.len().saturating_sub(count)).cloned().collect()
    }
}

/// `2024-01-15T10:30:45.123Z`
fn iso<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(worker: &str, reason: Option<Reason>) -> Record {
        Record {
            time: Timestamp::UNIX_EPOCH,
            connection: 1,
            worker: worker.into(),
            job: "1".into(),
            difficulty: Some(2.0),
            share_difficulty: Some(3.0),
            synthetic: false,
            reason,
        }
    }

    #[test]
    fn a_record_is_one_line_of_json_that_says_all_of_it() {
        let accepted = Record { share_difficulty: None, synthetic: true, ..record("a.b", None) };
        let expected = r#"{"time":"1970-01-01T00:00:00.000Z","connection":1,"worker":"a.b","job":"1","difficulty":2.0,"shareDifficulty":null,"synthetic":true,"reason":null}"#;
        assert_eq!(serde_json::to_string(&accepted).unwrap(), expected);
        let refused = serde_json::to_value(record("a", Some(Reason::AboveTarget))).unwrap();
        assert_eq!(refused["reason"], "above_target");
    }

    #[test]
    fn the_sums_of_the_workers_are_the_sum_of_all() {
        let mut books = Books::default();
        for worker in ["b", "a", "b"] {
            books.add(record(worker, None));
            books.add(record(worker, Some(Reason::Stale)));
        }
        books.add(Record { synthetic: true, ..record("a", None) });
        let Accounts { total, workers, others } = books.accounts();
        assert_eq!((total.accepted, total.synthetic, total.accepted_difficulty), (4, 1, 8.0));
        assert_eq!((total.rejected(Reason::Stale), total.rejected_total()), (3, 3));
        let rows: Vec<_> = workers.iter().map(|(name, tally)| (&**name, tally.accepted)).collect();
        assert_eq!(rows, [("a", 2), ("b", 2)]);
        assert_eq!(others, Tally::default());
    }

    #[test]
    fn of_too_many_records_the_latest_are_kept_and_all_are_counted() {
        let mut books = Books::default();
        for number in 0..=RECORDS_KEPT as u32 {
            books.add(Record { connection: number, ..record("a", None) });
        }
        let recent = books.recent(usize::MAX);
        assert_eq!((recent.len(), recent[0].connection), (RECORDS_KEPT, 1));
        assert_eq!(books.recent(1)[0].connection, RECORDS_KEPT as u32);
        assert_eq!(books.accounts().total.accepted, RECORDS_KEPT as u64 + 1);
    }

    #[test]
    fn workers_beyond_the_limit_are_summed_together() {
        let mut books = Books::default();
        for number in 0..WORKERS_KEPT + 3 {
            books.add(record(&number.to_string(), None));
        }
        books.add(record("0", None));
        let accounts = books.accounts();
        assert_eq!((accounts.workers.len(), accounts.others.accepted), (WORKERS_KEPT, 3));
        assert_eq!(accounts.total.accepted, WORKERS_KEPT as u64 + 4);
    }
}
