//! Senders that compete for the places of one mailbox.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::SeqCst};
use loom::thread::{self, JoinHandle};

use crate::check;
use crate::seats::Seats;

fn elsewhere<T: 'static>(seats: &Arc<Seats>, what: impl FnOnce(&Seats) -> T + 'static) -> JoinHandle<T> {
    let seats = Arc::clone(seats);
    thread::spawn(move || what(&seats))
}

#[test]
fn a_mailbox_admits_as_many_as_its_capacity() {
    check(|| {
        let seats = Seats::new(2);
        assert_eq!([seats.take(), seats.take(), seats.take()], [Some(1), Some(2), None]);
        assert_eq!(seats.taken(), 2);
        seats.release();
        assert_eq!(seats.take(), Some(2));
    });
}

#[test]
fn no_more_are_accepted_at_any_time_than_there_are_places_and_no_place_is_lost() {
    for capacity in [1, 2] {
        check(move || {
            let seats = Arc::new(Seats::new(capacity));
            let accepted = Arc::new(AtomicU32::new(0));
            let come_and_go = |accepted: &Arc<AtomicU32>| {
                let accepted = Arc::clone(accepted);
                move |seats: &Seats| {
                    let Some(depth) = seats.take() else { return };
                    assert!(depth <= capacity);
                    assert!(accepted.fetch_add(1, SeqCst) < capacity, "more than there are places");
                    accepted.fetch_sub(1, SeqCst);
                    seats.release();
                }
            };
            let others = [0; 2].map(|_| elsewhere(&seats, come_and_go(&accepted)));
            come_and_go(&accepted)(&seats);
            for other in others {
                other.join().expect("joined");
            }
            assert_eq!(seats.taken(), 0);
        });
    }
}

#[test]
fn a_mailbox_never_shows_more_than_it_has_places() {
    check(|| {
        let seats = Arc::new(Seats::new(1));
        let other = elsewhere(&seats, |seats| seats.take().is_some());
        let mine = seats.take().is_some();
        assert!(seats.taken() <= 1);
        assert_ne!(mine, other.join().expect("joined"), "the one place is had by one");
    });
}

#[test]
fn a_message_is_refused_only_when_all_places_are_taken() {
    check(|| {
        let seats = Arc::new(Seats::new(1));
        assert_eq!(seats.take(), Some(1));
        let other = elsewhere(&seats, |seats| seats.take().is_some());
        seats.release();
        let mine = seats.take().is_some();
        assert!(mine || other.join().expect("joined"), "both were refused, and nobody has the place");
    });
}
