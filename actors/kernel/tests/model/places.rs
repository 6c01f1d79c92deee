//! Senders that compete for the places of one mailbox, and the actor that empties it.

use std::future::poll_fn;
use std::task::Poll;

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::SeqCst};
use loom::thread::{self, JoinHandle};

use crate::check;
use crate::mailbox::{Accepted, InHand, Mailbox, Turned};
use crate::orders::Orders;

/// A depth that nobody has to be told of.
const KNOWN: u32 = 100;

/// A mailbox and what its actor has in hand.
struct Letters {
    mailbox: Mailbox<u32>,
    in_hand: InHand,
}

impl Letters {
    fn new(capacity: u32) -> Self {
        let letters = Self { mailbox: Mailbox::new(capacity), in_hand: InHand::new() };
        assert_eq!(letters.mailbox.capacity(), capacity);
        letters
    }

    fn push(&self, letter: u32, known: u32) -> Result<Accepted, (Turned, u32)> {
        self.mailbox.push(letter, known, &self.in_hand)
    }

    fn take(&self) -> Option<Vec<u32>> {
        self.mailbox.take(&self.in_hand)
    }

    fn release(&self) {
        self.in_hand.release();
    }

    fn depth(&self) -> u32 {
        self.mailbox.depth(&self.in_hand)
    }
}

fn elsewhere<T: 'static>(
    mailbox: &Arc<Letters>,
    what: impl FnOnce(&Letters) -> T + 'static,
) -> JoinHandle<T> {
    let mailbox = Arc::clone(mailbox);
    thread::spawn(move || what(&mailbox))
}

fn push(mailbox: &Letters) -> bool {
    match mailbox.push(1, KNOWN) {
        Ok(_) => true,
        Err((turned, _)) => {
            assert_eq!(turned, Turned::Full);
            false
        }
    }
}

/// Handles all that has come; how many that were.
fn handle_all(mailbox: &Letters) -> u32 {
    std::iter::from_fn(|| mailbox.take()).flatten().inspect(|_| mailbox.release()).sum()
}

#[test]
fn a_mailbox_accepts_as_many_as_its_capacity_and_tells_their_depth() {
    check(|| {
        let mailbox = Letters::new(2);
        let accepted = |depth, wakes| Ok(Accepted { depth, wakes });
        assert_eq!(mailbox.push(1, 0), accepted(1, true));
        assert_eq!(mailbox.push(2, 0), accepted(2, false), "it is awake by now");
        assert_eq!(mailbox.push(3, 0), Err((Turned::Full, 3)));
        assert_eq!(mailbox.mailbox.force(4), Ok(false), "needs no place");
        assert_eq!(mailbox.take(), Some(vec![1, 2, 4]));
        assert_eq!(
            (mailbox.depth(), mailbox.push(5, 0)),
            (2, Err((Turned::Full, 5))),
            "taken out, not handled"
        );
        mailbox.release();
        assert_eq!(mailbox.push(6, 0), accepted(2, false));
        mailbox.release();
        assert_eq!((mailbox.take(), mailbox.depth()), (Some(vec![6]), 1));
        mailbox.release();
        assert_eq!((mailbox.take(), mailbox.depth()), (None, 0));
        assert_eq!(mailbox.push(7, 0), accepted(1, true), "it sleeps");
    });
}

#[test]
fn no_more_are_accepted_at_any_time_than_there_are_places_and_no_place_is_lost() {
    for capacity in [1, 2] {
        check(move || {
            let mailbox = Arc::new(Letters::new(capacity));
            let accepted = Arc::new(AtomicU32::new(0));
            let others = [0; 2].map(|_| {
                let accepted = Arc::clone(&accepted);
                elsewhere(&mailbox, move |mailbox| {
                    if push(mailbox) {
                        accepted.fetch_add(1, SeqCst);
                    }
                })
            });
            let mut handled = 0;
            for letters in std::iter::from_fn(|| mailbox.take()) {
                assert!(letters.len() <= capacity as usize && mailbox.depth() <= capacity);
                for letter in letters {
                    mailbox.release();
                    handled += letter;
                }
            }
            for other in others {
                other.join().expect("joined");
            }
            handled += handle_all(&mailbox);
            assert_eq!((handled, mailbox.depth()), (accepted.load(SeqCst), 0));
        });
    }
}

#[test]
fn a_message_is_refused_only_when_all_places_are_taken() {
    check(|| {
        let mailbox = Arc::new(Letters::new(1));
        assert!(push(&mailbox));
        let other = elsewhere(&mailbox, push);
        let handled = handle_all(&mailbox);
        let mine = push(&mailbox);
        assert!(
            handled == 2 || mine || other.join().expect("joined"),
            "both were refused, and nobody has the place"
        );
    });
}

#[test]
fn an_actor_that_sleeps_is_woken_by_whoever_queues_a_message() {
    check(|| {
        let mailbox = Arc::new(Letters::new(2));
        let orders = Arc::new(Orders::new());
        let senders = [0; 2].map(|_| {
            let orders = Arc::clone(&orders);
            elsewhere(&mailbox, move |mailbox| {
                if mailbox.push(1, KNOWN).expect("there is room").wakes {
                    orders.wake();
                }
            })
        });
        let mut handled = 0;
        // As a cell turns: it listens, works off what there is, and sleeps. The checker finds a sleep without end.
        block_on(poll_fn(|cx| {
            orders.listen(cx.waker());
            handled += handle_all(&mailbox);
            if handled == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        for sender in senders {
            sender.join().expect("joined");
        }
    });
}

#[test]
fn what_comes_too_late_for_an_actor_that_goes_is_handed_back_and_the_rest_to_the_actor() {
    check(|| {
        let mailbox = Arc::new(Letters::new(2));
        let sender = elsewhere(&mailbox, |mailbox| mailbox.push(1, KNOWN));
        let (taken, left) = (mailbox.take(), mailbox.mailbox.clear(&mailbox.in_hand));
        let in_time = taken.unwrap_or_default().len() + left.len();
        match sender.join().expect("joined") {
            Ok(_) => assert_eq!(in_time, 1),
            Err(refused) => assert_eq!((in_time, refused), (0, (Turned::Shut, 1))),
        }
        assert_eq!((mailbox.depth(), mailbox.push(2, KNOWN)), (0, Err((Turned::Shut, 2))));
    });
}

#[test]
fn a_mailbox_that_is_shut_keeps_what_it_has() {
    check(|| {
        let mailbox = Letters::new(2);
        assert!(push(&mailbox));
        mailbox.mailbox.shut();
        assert_eq!(mailbox.push(2, KNOWN), Err((Turned::Shut, 2)));
        assert_eq!(mailbox.mailbox.force(3), Err(3));
        assert_eq!(handle_all(&mailbox), 1);
    });
}
