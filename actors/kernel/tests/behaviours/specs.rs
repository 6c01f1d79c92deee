//! Specs that make no sense are refused with a precise error; defaults are as documented.

use std::time::Duration;

use shiftboss_kernel::testkit::{Journal, Script, Scripted};
use shiftboss_kernel::{AutoShutdown, PoolSpec, Restart, SpecError, Strategy};

use crate::supervisor;

fn refused(children: impl IntoIterator<Item = shiftboss_kernel::Bound>) -> SpecError {
    supervisor(Strategy::OneForOne, 1, children).bind("s").expect_err("refused")
}

#[actix_rt::test]
async fn an_id_must_be_given_and_unique() {
    let journal = Journal::default();
    let plain = |id| Scripted::plain(id, &journal).1;
    assert_eq!(refused([plain("")]), SpecError::EmptyId);
    assert_eq!(refused([plain("a"), plain("b"), plain("a")]), SpecError::DuplicateId { id: "a".into() });
}

#[actix_rt::test]
async fn a_mailbox_must_hold_a_message() {
    let none = Scripted::spec("a", &Journal::default(), Script::default()).capacity(0).bind().1;
    assert_eq!(refused([none]), SpecError::NoCapacity { id: "a".into() });
}

#[actix_rt::test]
async fn a_significant_child_must_be_able_to_end_and_its_supervisor_must_care() {
    let spec = || Scripted::spec("a", &Journal::default(), Script::default()).significant();
    assert_eq!(refused([spec().bind().1]), SpecError::SignificantPermanent { id: "a".into() });
    let transient = || spec().restart(Restart::Transient).bind().1;
    assert_eq!(refused([transient()]), SpecError::SignificantInVain { id: "a".into() });
    let caring =
        supervisor(Strategy::OneForOne, 1, [transient()]).auto_shutdown(AutoShutdown::AnySignificant);
    assert!(caring.bind("s").is_ok());
}

#[actix_rt::test]
async fn a_window_must_have_a_length_and_a_share_must_be_one() {
    let spec = supervisor(Strategy::OneForOne, 1, []).intensity(1, Duration::ZERO);
    assert_eq!(spec.bind("s").err(), Some(SpecError::ZeroWindow { id: "s".into() }));
    let spec = PoolSpec::default().budget(1, Duration::ZERO);
    assert_eq!(spec.bind("p", None).err(), Some(SpecError::ZeroWindow { id: "p".into() }));
    for share in [0.0, 1.5, f64::NAN] {
        let refused = PoolSpec::default().escalate(share, 1).bind("p", None).err();
        assert!(matches!(refused, Some(SpecError::Share { .. })), "{share}");
    }
}
