//! A cell and those who give it orders, from other threads.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use loom::thread::{self, JoinHandle};

use crate::check;
use crate::orders::{Order, Orders};

/// Does something with the orders on a thread of its own.
fn elsewhere<T: 'static>(orders: &Arc<Orders>, what: impl FnOnce(&Orders) -> T + 'static) -> JoinHandle<T> {
    let orders = Arc::clone(orders);
    thread::spawn(move || what(&orders))
}

/// Turns as a cell does: listens, looks, and sleeps when `obey` has not had its last order yet.
fn turn_until(orders: &Orders, mut obey: impl FnMut(Order) -> bool) {
    block_on(poll_fn(|cx| {
        orders.listen(cx.waker());
        if obey(orders.latest()) { Poll::Ready(()) } else { Poll::Pending }
    }));
}

#[test]
fn a_later_order_is_never_lost_to_an_earlier_one() {
    check(|| {
        let orders = Orders::new();
        for order in [Order::Start(1), Order::Stop(1), Order::Kill(1), Order::Start(2)] {
            orders.give(order);
            assert_eq!(orders.latest(), order);
        }
        assert_eq!(orders.incarnation(), 2);
        orders.give(Order::Kill(1));
        assert_eq!(orders.latest(), Order::Start(2));
        orders.give(Order::Forget);
        orders.give(Order::Start(3));
        assert_eq!(orders.latest(), Order::Forget);
    });
}

#[test]
fn a_cell_that_sleeps_is_woken_by_every_order_and_never_goes_back_to_an_earlier_one() {
    check(|| {
        let orders = Arc::new(Orders::new());
        let supervisor = elsewhere(&orders, |orders| {
            orders.give(Order::Start(1));
            orders.give(Order::Stop(1));
        });
        let rank =
            |order| [Order::Start(0), Order::Start(1), Order::Stop(1)].iter().position(|it| *it == order);
        let mut last = Some(0);
        turn_until(&orders, |order| {
            assert!(rank(order) >= last, "{order:?} after a later one");
            last = rank(order);
            order == Order::Stop(1)
        });
        supervisor.join().expect("joined");
    });
}

#[test]
fn of_two_givers_at_once_the_later_order_wins() {
    check(|| {
        let orders = Arc::new(Orders::new());
        orders.give(Order::Start(1));
        let timer = elsewhere(&orders, |orders| orders.give(Order::Kill(1)));
        let owner = elsewhere(&orders, |orders| orders.give(Order::Forget));
        turn_until(&orders, |order| order == Order::Forget);
        timer.join().expect("joined");
        owner.join().expect("joined");
        assert_eq!(orders.latest(), Order::Forget);
    });
}

#[test]
fn who_sees_an_order_sees_what_was_done_before_it_was_given() {
    check(|| {
        let orders = Arc::new(Orders::new());
        let done = Arc::new(AtomicU32::new(0));
        let before = Arc::clone(&done);
        let supervisor = elsewhere(&orders, move |orders| {
            before.store(1, Relaxed);
            orders.give(Order::Start(1));
        });
        if orders.latest() == Order::Start(1) {
            assert_eq!(done.load(Relaxed), 1);
        }
        if orders.incarnation() == 1 {
            assert_eq!(done.load(Relaxed), 1);
        }
        supervisor.join().expect("joined");
    });
}

#[test]
fn who_sees_a_cell_ended_or_gone_sees_what_it_did_before() {
    check(|| {
        let orders = Arc::new(Orders::new());
        let done = Arc::new(AtomicU32::new(0));
        let before = Arc::clone(&done);
        let cell = elsewhere(&orders, move |orders| {
            before.store(1, Relaxed);
            orders.mark_ended(1);
            before.store(2, Relaxed);
            orders.mark_gone();
        });
        if orders.is_gone() {
            assert_eq!((done.load(Relaxed), orders.ended()), (2, 1));
        }
        if orders.ended() == 1 {
            assert!(done.load(Relaxed) >= 1);
        }
        cell.join().expect("joined");
    });
}

#[test]
fn the_end_of_a_cell_whose_thread_ends_is_reported_by_it_or_by_the_one_who_starts_it_again() {
    check(|| {
        let orders = Arc::new(Orders::new());
        orders.give(Order::Start(1));
        orders.mark_ended(1);
        let cell = elsewhere(&orders, Orders::close);
        orders.give(Order::Start(2));
        let found_gone = orders.is_gone();
        let reports = cell.join().expect("joined");
        assert!(reports.is_none_or(|incarnation| incarnation == 2), "{reports:?}");
        assert!(found_gone || reports.is_some(), "nobody reports the end of what was started");
    });
}

#[test]
fn a_cell_reports_one_end_once_and_none_when_it_is_forgotten() {
    check(|| {
        let orders = Orders::new();
        orders.give(Order::Start(1));
        assert_eq!(orders.close(), Some(1));
        orders.mark_ended(1);
        assert_eq!(orders.close(), None);
        orders.give(Order::Forget);
        assert_eq!(orders.close(), None);
    });
}

#[test]
fn an_end_that_is_noted_late_does_not_hide_a_later_one() {
    check(|| {
        let orders = Arc::new(Orders::new());
        let cell = elsewhere(&orders, |orders| orders.mark_ended(1));
        orders.mark_ended(2);
        cell.join().expect("joined");
        assert_eq!(orders.ended(), 2);
    });
}
