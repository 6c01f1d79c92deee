//! A million messages through a tree that is struck all the while, on three threads: each of them is accounted for.
//!
//! Actors panic over messages, lose some on purpose, lag, end, and are parked, resumed and terminated; their supervisor
//! panics, too. The senders' own count, the end of every message and the kernel's accounts must agree to the last one.
//! A process of its own, because kinds of actors are counted over the whole process.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod disturbance;
#[path = "../support/ledger.rs"]
mod ledger;
mod sender;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use shiftboss_kernel::{
    Chaos, Exit, Fault, KindStats, PoolSpec, StartChild, Strategy, SupervisorSpec, Tree, Tx, kinds,
};
use tokio::sync::{Semaphore, mpsc};

use disturbance::Disturbance;
use ledger::Ledger;
use sender::{Sender, Sent};
use worker::{Do, Job, Worker};

/// Messages that are to be accepted.
const MESSAGES: u64 = 1_000_000;

const SENDERS: u64 = 8;

/// Actors in each of the two houses.
const WORKERS: usize = 100;

/// Of the pool's, those that are terminated in the course. They are only told, never asked: of an ask that is answered
/// `Gone` nobody could say whether it had been accepted.
const DOOMED: usize = 10;

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(60);

const FAULTS: [&str; 3] =
    ["panic share=0.003 kind=Worker", "drop share=0.003 kind=Worker", "delay=1ms share=0.001 kind=Worker"];

/// More restarts than there are: whoever fails comes back, and is struck again.
const RESTARTS: u32 = 10_000_000;

#[actix_rt::test]
async fn each_of_a_million_messages_is_accounted_for() {
    let threads = [Arbiter::new(), Arbiter::new()];
    let (mut tree, workers) = boot(&threads).await;
    let ledger = Arc::new(Ledger::default());

    let quiet = Arc::new(Semaphore::new(0));
    let disturbed = actix_rt::spawn(Disturbance::new(&tree).go_on_until(Arc::clone(&quiet)));
    let mut sent = send_all(&threads, &workers, &ledger).await;
    quiet.close();
    let terminated = disturbed.await.expect("the disturbance ends");
    assert_eq!(terminated, DOOMED);
    for worker in &workers[..2 * WORKERS - DOOMED] {
        sent += flush(worker, &ledger).await;
    }
    let top = tree.observer().snapshot(SOON).await;
    assert!(top.find(["house"]).is_some_and(|house| house.restarts > 0), "the supervisor was to panic");
    tree.shutdown();
    assert_eq!(tokio::time::timeout(SOON, tree.ended()).await, Ok(Exit::Shutdown));
    drop((tree, workers));
    for thread in threads {
        thread.stop();
        thread.join().expect("the thread ends");
    }
    balance(&sent, &ledger);
}

/// A supervisor with static children and a pool with dynamic ones, a thread each. Those that are terminated come last.
async fn boot(threads: &[Arbiter; 2]) -> (Tree, Vec<Tx<Worker>>) {
    let (mut workers, bounds): (Vec<_>, Vec<_>) =
        (0..2 * WORKERS).map(|index| Worker::spec(index).bind()).unzip();
    let mut bounds = bounds.into_iter();
    let house = SupervisorSpec::new(Strategy::OneForOne).intensity(RESTARTS, SOON).on(threads[0].handle());
    let house = bounds.by_ref().take(WORKERS).fold(house, SupervisorSpec::child);
    let (_, house) = house.bind("house").expect("sound");
    let pool = PoolSpec::default().budget(RESTARTS, SOON);
    let (pool, pool_bound) = pool.bind("pool", Some(threads[1].handle())).expect("sound");
    let top = SupervisorSpec::new(Strategy::OneForOne).intensity(RESTARTS, SOON);
    let chaos = Chaos::new(1, FAULTS.map(|fault| fault.parse::<Fault>().expect("a sound fault")));
    let tree = Tree::start_with("top", top.child(house).child(pool_bound), chaos).await.expect("it starts");
    for bound in bounds {
        pool.ask(StartChild(bound), SOON).await.expect("it answers").expect("it starts");
    }
    workers.shrink_to_fit();
    (tree, workers)
}

/// Sends them all, from both threads of the actors; what became of them as their senders see it.
async fn send_all(threads: &[Arbiter; 2], workers: &[Tx<Worker>], ledger: &Arc<Ledger>) -> Sent {
    let (report, mut reports) = mpsc::unbounded_channel();
    for (seed, thread) in (0..SENDERS).zip(threads.iter().cycle()) {
        let sender = Sender::new(seed, workers.to_vec(), Arc::clone(ledger));
        let report = report.clone();
        thread.spawn(async move {
            report.send(sender.send(MESSAGES / SENDERS).await).expect("the test waits");
        });
    }
    drop(report);
    let mut sum = Sent::default();
    while let Some(sent) = reports.recv().await {
        sum += sent;
    }
    sum
}

/// Asks until there is an answer: all that was queued before has met its end then.
async fn flush(worker: &Tx<Worker>, ledger: &Arc<Ledger>) -> Sent {
    let mut sent = Sent::default();
    loop {
        let answer = worker.ask(Do(Job::Work, ledger.issue()), SOON).await;
        sent.count_ask(answer);
        if answer.is_ok() {
            return sent;
        }
    }
}

/// Compares the three books: the senders', the messages' own, and the kernel's.
fn balance(sent: &Sent, ledger: &Ledger) {
    let all = kinds();
    let KindStats { messages, refused, .. } =
        all.iter().find(|stats| stats.kind == "Worker").expect("it is known");
    println!("{sent:?}\n{ledger:?}\n{messages:?}\n{refused:?}");
    let [handled, lost, abandoned, discarded, dropped] = messages.map(|(_, count)| count);
    let count_of = |name| refused.iter().find(|counted| counted.0 == name).expect("known").1;

    assert!(sent.accepted() >= MESSAGES, "{} were accepted", sent.accepted());
    assert_eq!(handled + lost + abandoned + discarded + dropped, sent.accepted(), "each has one end");
    assert_eq!(ledger.open(), 0, "messages that are nowhere");
    assert_eq!(handled, ledger.handled(), "handled, as their handlers saw it");
    assert_eq!(
        ledger.unseen(),
        sent.refused() + (lost - ledger.lost()) + abandoned + discarded + dropped,
        "those that no handler saw were refused, struck before it, or ended without it"
    );
    assert_eq!([count_of("full"), count_of("gone"), count_of("late")], [sent.full, sent.gone, sent.late]);
    assert!(sent.answered <= handled, "whoever was answered was handled");
    let happened = [lost, abandoned, discarded, dropped, ledger.lost(), sent.full, sent.gone, sent.late];
    assert!(happened.iter().all(|count| *count > 0), "not all that was to be tried happened");
}
