//! Which difficulty was in force when each job was told.
//!
//! A change holds for the jobs after it: a share of an older job is credited with what was asked of it.

/// The difficulties of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grades {
    /// Job number and difficulty from it on, in growing order.
    steps: Vec<(u32, f64)>,
}

impl Grades {
    /// The one in force for the next job.
    pub(crate) fn now(&self) -> f64 {
        self.steps.last().map_or(0.0, |(_, difficulty)| *difficulty)
    }

    /// Sets it from this job on.
    pub(crate) fn set(&mut self, job: u32, difficulty: f64) {
        self.steps.retain(|(from, _)| *from < job);
        self.steps.push((job, difficulty));
    }

    /// The one that was in force for this job.
    pub(crate) fn at(&self, job: u32) -> f64 {
        let step = self.steps.iter().rev().find(|(from, _)| *from <= job).or(self.steps.first());
        step.map_or(0.0, |(_, difficulty)| *difficulty)
    }

    /// Forgets what held for no job from this one on.
    pub(crate) fn forget_before(&mut self, job: u32) {
        let last = self.steps.iter().rposition(|(from, _)| *from <= job).unwrap_or_default();
        self.steps.drain(..last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_for_later_jobs_and_leaves_the_older_ones() {
        let mut grades = Grades::default();
        grades.set(0, 1.0);
        grades.set(5, 4.0);
        grades.set(9, 2.0);
        assert_eq!([1, 4, 5, 8, 9, 100].map(|job| grades.at(job)), [1.0, 1.0, 4.0, 4.0, 2.0, 2.0]);
        grades.set(9, 8.0);
        assert_eq!((grades.at(9), grades.now(), grades.steps.len()), (8.0, 8.0, 3));
    }

    #[test]
    fn what_holds_for_a_job_that_is_still_mined_is_kept() {
        let mut grades = Grades::default();
        [(0, 1.0), (5, 4.0), (9, 2.0)].into_iter().for_each(|(job, difficulty)| grades.set(job, difficulty));
        grades.forget_before(7);
        assert_eq!((grades.steps.len(), grades.at(7), grades.at(9)), (2, 4.0, 2.0));
        grades.forget_before(9);
        assert_eq!((grades.steps.len(), grades.now()), (1, 2.0));
    }
}
