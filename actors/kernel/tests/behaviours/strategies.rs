//! Who shares the fate of a child that is restarted, and in which order.
//!
//! 15. `OneForOne` leaves the siblings alone.
//!     `one_for_one_leaves_the_siblings_alone`
//! 16. `OneForAll` stops all others in reverse and starts all in order; no old value is alive by then.
//!     `one_for_all_stops_the_others_in_reverse_and_starts_all_in_order`
//! 17. `RestForOne` replaces the later ones and leaves the earlier ones alone.
//!     `rest_for_one_replaces_the_later_ones_and_leaves_the_earlier_ones_alone`
//! 18. The first, the last and an only child have no special place.
//!     `the_first_the_last_and_an_only_child_have_no_special_place`
//! 19. Children start in the order of the spec and stop in reverse, whatever their ids.
//!     `children_start_in_the_order_of_the_spec_and_stop_in_reverse_whatever_their_ids`

use actix::{Actor, Handler};
use shiftboss_kernel::testkit::{Boom, Count, Journal, Scripted};
use shiftboss_kernel::{Bound, Ctx, Exit, Spec, Strategy, Tx, supervised};

use crate::support::{SOON, STRATEGIES, Watched, boot, ended, forget};

/// Notes its start, its stop, and as `~id` the end of its value.
struct Traced(&'static str, Journal);

impl Traced {
    fn bind(id: &'static str, journal: &Journal) -> (Tx<Self>, Bound) {
        let journal = journal.clone();
        Spec::new(id, move || Self(id, journal.clone())).bind()
    }
}

impl Actor for Traced {
    type Context = Ctx<Self>;

    fn started(&mut self, _: &mut Ctx<Self>) {
        self.1.note(format!("+{}", self.0));
    }

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.1.note(format!("-{}", self.0));
    }
}

supervised!(Traced);

impl Drop for Traced {
    fn drop(&mut self) {
        self.1.note(format!("~{}", self.0));
    }
}

impl Handler<Boom> for Traced {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        panic!("boom in {}", self.0);
    }
}

/// What happens when `failing`, one of the children with these ids, panics, up to the last start.
async fn round(strategy: Strategy, ids: &[&'static str], failing: &str, last: &str) -> String {
    let journal = Journal::default();
    let (ways, bounds): (Vec<_>, Vec<_>) = ids.iter().map(|id| Traced::bind(id, &journal)).unzip();
    let tree = boot(strategy, 1, bounds).await;
    let mut watched = Watched::new(&tree).await;
    forget(&journal);
    let victim = ways.iter().find(|way| way.id() == failing).expect("one of them");
    victim.tell(Boom).expect("accepted");
    watched.started(last).await;
    journal.take()
}

#[actix_rt::test]
async fn one_for_one_leaves_the_siblings_alone() {
    let journal = Journal::default();
    let [(a, a_bound), (b, b_bound), (c, c_bound)] = ["a", "b", "c"].map(|id| Scripted::plain(id, &journal));
    let _tree = boot(Strategy::OneForOne, 1, [a_bound, b_bound, c_bound]).await;
    for sibling in [&a, &c] {
        assert_eq!(sibling.ask(Count, SOON).await, Ok(1));
    }
    forget(&journal);
    b.tell(Boom).expect("accepted");
    assert_eq!(b.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+b");
    for sibling in [&a, &c] {
        assert_eq!(sibling.ask(Count, SOON).await, Ok(2), "the same value as before");
    }
}

#[actix_rt::test]
async fn one_for_all_stops_the_others_in_reverse_and_starts_all_in_order() {
    let journal = round(Strategy::OneForAll, &["z", "b", "m"], "b", "m").await;
    assert_eq!(journal, "~b -m ~m -z ~z +z +b +m", "every old value is gone before the first start");
}

#[actix_rt::test]
async fn rest_for_one_replaces_the_later_ones_and_leaves_the_earlier_ones_alone() {
    let journal = round(Strategy::RestForOne, &["z", "b", "m", "a"], "b", "a").await;
    assert_eq!(journal, "~b -a ~a -m ~m +b +m +a");
}

#[actix_rt::test]
async fn the_first_the_last_and_an_only_child_have_no_special_place() {
    use Strategy::{OneForAll, OneForOne, RestForOne};
    let three = ["a", "b", "c"];
    assert_eq!(round(OneForOne, &three, "a", "a").await, "~a +a");
    assert_eq!(round(OneForOne, &three, "c", "c").await, "~c +c");
    assert_eq!(round(RestForOne, &three, "a", "c").await, "~a -c ~c -b ~b +a +b +c");
    assert_eq!(round(RestForOne, &three, "c", "c").await, "~c +c");
    assert_eq!(round(OneForAll, &three, "a", "c").await, "~a -c ~c -b ~b +a +b +c");
    assert_eq!(round(OneForAll, &three, "c", "c").await, "~c -b ~b -a ~a +a +b +c");
    for strategy in STRATEGIES {
        assert_eq!(round(strategy, &["only"], "only", "only").await, "~only +only", "{strategy:?}");
    }
}

#[actix_rt::test]
async fn children_start_in_the_order_of_the_spec_and_stop_in_reverse_whatever_their_ids() {
    let journal = Journal::default();
    let children = ["z", "a", "10", "m", "2"].map(|id| Scripted::plain(id, &journal).1);
    let mut tree = boot(Strategy::OneForOne, 3, children).await;
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "+z +a +10 +m +2 -2 -m -10 -a -z");
}
