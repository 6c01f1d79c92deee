//! Stand-in until the real one is merged.
use std::time::Duration;
#[derive(Clone, Debug, Default)]
pub struct Chaos;
impl Chaos {
    pub(crate) fn aim(&self, _: &str, _: &str) -> Option<Aim> {
        None
    }
    pub fn is_off(&self) -> bool {
        true
    }
}
pub(crate) enum Strike {
    Panic,
    Drop,
    Delay(Duration),
}
pub(crate) struct Aim;
impl Aim {
    pub(crate) fn strike(&mut self, _: &str) -> Option<Strike> {
        None
    }
}
