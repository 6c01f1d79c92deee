//! What an operator corrects by hand.

use super::*;
use crate::Error;
use crate::preset::PresetId;
use crate::router::Revise;

fn revise(index: u16) -> Revise {
    Revise { mac: mac(index), address: None, preset: None }
}

#[actix_rt::test]
async fn a_corrected_address_is_polled_from_then_on_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.listen([1]).await;
    bench.net.answer(&address(9), Answer::Body(info("axe1")));
    let moved = Revise { address: Some(address(9)), ..revise(1) };
    let record = bench.farm.router.ask(moved, SOON).await.unwrap().unwrap().unwrap();
    bench.intervals(2).await;
    assert_eq!((record.address.as_str(), record.listening), (address(9).as_str(), true));
    assert_eq!((bench.net.asked(&address(1)), bench.net.asked(&address(9))), (0, 2));
}

#[actix_rt::test]
async fn a_preset_is_noted_taken_away_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    let id = PresetId::draw();
    for (preset, noted) in [(Some(Some(id)), Some(id)), (None, Some(id)), (Some(None), None)] {
        let record = bench.farm.router.ask(Revise { preset, ..revise(1) }, SOON).await.unwrap().unwrap();
        assert_eq!(record.unwrap().preset, noted);
    }
}

#[actix_rt::test]
async fn a_correction_that_changes_nothing_is_no_change_of_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    let before = bench.views().await.remove(0).record;
    bench.intervals(1).await;
    let same = Revise { address: Some(address(1)), ..revise(1) };
    assert_eq!(bench.farm.router.ask(same, SOON).await.unwrap().unwrap(), Some(before));
    assert_eq!(bench.farm.router.ask(revise(2), SOON).await.unwrap().unwrap(), None, "it is not imprinted");
}

#[actix_rt::test]
async fn nobody_is_put_where_another_is() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1, 2]).await;
    let taken = bench.farm.router.ask(Revise { address: Some(address(2)), ..revise(1) }, SOON).await.unwrap();
    assert!(matches!(taken, Err(Error::AddressTaken { known, .. }) if known == mac(2)), "{taken:?}");
    assert_eq!(bench.views().await[0].record.address, address(1));
}
