//! The ledger: keeps the books of all shares, and writes each of them to the share log when there is one.
//!
//! A share is here before its miner has an answer. Over a panic the books stay, and nothing is counted twice.

use std::fs::File;
use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, Handler, Message, MessageResult};
use shiftboss_kernel::{Ctx, Refused, Spec, Tx, supervised};

use super::books::{Accounts, Books, Record};

#[cfg(test)]
mod tests;

/// Batches of shares that wait: one for each connection, and more.
const CAPACITY: u32 = 65_536;

/// The time that it has to book a batch, and the attempts when it did not.
const BOOK_WITHIN: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 5;

/// The pause before another attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// The keeper of the books.
pub struct Ledger {
    books: Arc<Mutex<Books>>,
    log: Option<Arc<File>>,
    /// Whether it was told that the log cannot be written.
    is_reported: bool,
}

/// Books these shares.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Book(pub(crate) Arc<[Record]>);

/// Asks for all sums.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Accounts")]
pub struct Sums;

/// Asks for so many of the latest records; no more than a few thousand are kept.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Record>")]
pub struct Latest(pub usize);

impl Ledger {
    pub(crate) fn spec(log: Option<File>) -> Spec<Self> {
        // The books belong to the child, not to one value of it.
        let (books, log) = (Arc::<Mutex<Books>>::default(), log.map(Arc::new));
        let make = move || Self { books: Arc::clone(&books), log: log.clone(), is_reported: false };
        Spec::new("ledger", make).capacity(CAPACITY)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the records to the log in one write, so that no line of it is ever cut by another.
    fn write(&mut self, records: &[Record]) {
        let Some(mut log) = self.log.as_deref() else { return };
        let mut lines = Vec::with_capacity(256 * records.len());
        let written = records.iter().try_for_each(|record| {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
            std::io::Result::Ok(())
        });
        let Err(error) = written.and_then(|()| log.write_all(&lines)) else { return };
        if !self.is_reported {
            self.is_reported = true;
            log::error!(target: "shiftboss::mockpool", "mockpool.share_log cannot be written: {error}; its sums stay right, the log does not");
        }
    }
}

impl Actor for Ledger {
    type Context = Ctx<Self>;

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        let Accounts { total, workers, .. } = self.books().accounts();
        log::info!(
            target: "shiftboss::mockpool",
            "{} shares of {} workers were accepted, {} of them synthetic, and {} rejected",
            total.accepted, workers.len(), total.synthetic, total.rejected_total()
        );
    }
}

supervised!(Ledger);

impl Handler<Book> for Ledger {
    type Result = ();

    fn handle(&mut self, Book(records): Book, _: &mut Ctx<Self>) {
        self.write(&records);
        let mut books = self.books();
        records.iter().for_each(|record| books.add(record.clone()));
    }
}

impl Handler<Sums> for Ledger {
    type Result = MessageResult<Sums>;

    fn handle(&mut self, _: Sums, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.books().accounts())
    }
}

impl Handler<Latest> for Ledger {
    type Result = Vec<Record>;

    fn handle(&mut self, Latest(count): Latest, _: &mut Ctx<Self>) -> Vec<Record> {
        self.books().recent(count)
    }
}

/// A batch of shares on its way into the books.
pub(crate) type Booking = Pin<Box<dyn Future<Output = Result<(), Refused>>>>;

/// Books these shares, and tries again when they were refused: what was refused has not been booked.
pub(crate) fn book(ledger: Tx<Ledger>, records: Arc<[Record]>) -> Booking {
    Box::pin(async move {
        for _ in 1..ATTEMPTS {
            if ledger.ask(Book(Arc::clone(&records)), BOOK_WITHIN).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        ledger.ask(Book(records), BOOK_WITHIN).await
    })
}
