//! How many children of a pool fail at the same time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::Member;

/// The children that were parked for their failures of late.
#[derive(Default)]
pub(super) struct Outage {
    /// When each of them was; an entry that its member does not know any more counts for nothing.
    parkings: VecDeque<(Instant, u64)>,
    /// How many members were parked within the window.
    members: usize,
}

impl Outage {
    /// Counts a member that is parked now; how many were within the window.
    pub(super) fn parked(&mut self, key: u64, members: &mut HashMap<u64, Member>, window: Duration) -> usize {
        let now = Instant::now();
        while let Some((at, key)) =
            self.parkings.front().copied().filter(|(at, _)| now.duration_since(*at) > window)
        {
            self.parkings.pop_front();
            if let Some(member) = members.get_mut(&key).filter(|member| member.parked_at == Some(at)) {
                member.parked_at = None;
                self.members -= 1;
            }
        }
        self.parkings.push_back((now, key));
        if members.get_mut(&key).is_some_and(|member| member.parked_at.replace(now).is_none()) {
            self.members += 1;
        }
        self.members
    }

    /// A member is gone.
    pub(super) fn forget(&mut self, member: &Member) {
        if member.parked_at.is_some() {
            self.members -= 1;
        }
    }
}
