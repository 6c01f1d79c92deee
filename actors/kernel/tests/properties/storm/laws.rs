//! The laws. Each is judged from what was seen alone, and knows nothing of how the kernel goes about it.

use std::time::Duration;

use shiftboss_kernel::{Backoff, Exit, Phase, Refused, Restart};

use super::run::{Answer, Order, Report};
use super::{FIRST, House, Scene, WINDOW};
use crate::kid::{STOP_WITHIN, Stop};
use crate::op::Op;
use crate::play::LATE;
use crate::trace::{Entry, Moment};
use crate::worker::{Name, Outside, Worker};

/// When a parked child is tried again: never within the window.
pub(super) const RETRY: Backoff = Backoff::new(Duration::from_secs(30), Duration::from_secs(60));

type Verdict = Result<(), String>;

pub(super) fn judge(scene: &Scene, report: &Report) -> Verdict {
    for worker in &report.workers {
        one_value_at_a_time(worker, &report.trace)?;
        messages_are_accounted_for(worker)?;
        restarts_are_bearable(scene, worker, report)?;
        unwanted_children_stay_down(scene, worker, report)?;
        those_asked_to_stop_have_their_time(scene, worker, &report.trace)?;
    }
    starts_are_not_waited_for(scene, report)?;
    if let House::Supervisor(_) = scene.house {
        nobody_is_stopped_for_nothing(report)?;
        one_starts_at_a_time(&report.trace)?;
        one_stops_at_a_time(&report.trace)?;
        stops_in_reverse(report)?;
    }
    all_orders_are_answered(&report.orders)?;
    wanted_children_are_up(scene, report)?;
    match &report.exit {
        Exit::Shutdown => Ok(()),
        exit if report.after.is_none() && !scene.again && exit.is_failure() => Ok(()),
        exit => Err(format!("the tree ended by {exit}")),
    }
}

fn is_static(name: Name) -> bool {
    name.number < FIRST.len() && FIRST.contains(&name.id)
}

fn law(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

/// No value of a worker is alive beside another one, and none when the tree has ended. A temporary one has but one.
fn one_value_at_a_time(worker: &Outside, trace: &[Entry]) -> Verdict {
    let moments = trace.iter().filter(|entry| entry.who == worker.name).map(|entry| entry.moment);
    let mut last = Moment::Ended;
    let mut begun = 0;
    for moment in moments {
        let may_follow = match moment {
            Moment::Begun => last == Moment::Ended,
            Moment::Ready => matches!(last, Moment::Begun | Moment::Asked),
            Moment::Asked | Moment::Ended => last != Moment::Ended,
        };
        begun += u32::from(moment == Moment::Begun);
        law(may_follow, || format!("{:?}: {moment:?} after {last:?}", worker.name))?;
        last = moment;
    }
    law(last == Moment::Ended, || format!("{:?} is alive after the end", worker.name))?;
    let once = worker.kid.restart != Restart::Temporary || begun <= 1;
    law(once, || format!("{:?} is temporary and began {begun} times", worker.name))
}

/// Handled, lost (one at a crash) or discarded: each that was accepted is one of them.
fn messages_are_accounted_for(worker: &Outside) -> Verdict {
    let Outside { name, ledger, accepted, refused, crashes, .. } = worker;
    law(ledger.open() == 0, || format!("{} messages of {name:?} are nowhere", ledger.open()))?;
    let [handled, lost, unseen] = [ledger.handled(), ledger.lost(), ledger.unseen()];
    law(lost <= *crashes, || format!("{name:?}: {lost} messages lost in {crashes} crashes"))?;
    law(handled + lost + unseen == accepted + refused, || {
        format!("{name:?}: {ledger:?}, {accepted} accepted")
    })?;
    law(unseen >= *refused, || format!("{name:?}: a message was refused and handled, {ledger:?}"))
}

/// A child does not start more often within a window than its supervisor bears.
fn restarts_are_bearable(scene: &Scene, worker: &Outside, report: &Report) -> Verdict {
    let operated = |order: &Order| matches!(order.op, Op::Resume(_) | Op::Restart(_));
    if scene.may_start_again() || report.orders.iter().any(operated) {
        return Ok(());
    }
    let begins: Vec<_> = report
        .trace
        .iter()
        .filter(|entry| entry.who == worker.name && entry.moment == Moment::Begun)
        .map(|entry| entry.at)
        .collect();
    let restarts = scene.max as usize + 1;
    begins.windows(restarts + 1).try_for_each(|of| {
        let took = of[restarts] - of[0];
        law(took > WINDOW, || format!("{:?}: {restarts} restarts within {took:?}", worker.name))
    })
}

/// What an operator terminated or parked does not begin again before an operator wants it to.
fn unwanted_children_stay_down(scene: &Scene, worker: &Outside, report: &Report) -> Verdict {
    let Name { id, .. } = worker.name;
    if scene.may_start_again() && is_static(worker.name) {
        return Ok(());
    }
    for (index, order) in report.orders.iter().enumerate() {
        let for_good = match order.op {
            Op::Terminate(target) if target == id => !is_static(worker.name) || scene.house == House::Pool,
            Op::Park(target) if target == id => false,
            _ => continue,
        };
        let Some((from, Answer::Done)) = order.answer else { continue };
        let frees = |later: &&Order| {
            let is_about = matches!(later.op, Op::Resume(target) | Op::Restart(target) if target == id);
            is_about && matches!(later.answer, Some((_, Answer::Done)))
        };
        let freed = report.orders[index..].iter().find(frees).filter(|_| !for_good);
        let until = freed.map_or(report.trace.len(), |later| later.asked);
        let began = |entry: &Entry| entry.who == worker.name && entry.moment == Moment::Begun;
        let again = report.trace[from..until.max(from)].iter().any(began);
        law(!again, || format!("{id} began after {:?} was done", order.op))?;
    }
    Ok(())
}

/// Children start one after another, each when the one before is done.
fn one_starts_at_a_time(trace: &[Entry]) -> Verdict {
    let mut starting: Option<Name> = None;
    for Entry { who, moment, .. } in trace {
        match moment {
            Moment::Begun => {
                if let Some(other) = starting {
                    return Err(format!("{} began while {} was starting", who.id, other.id));
                }
                starting = Some(*who);
            }
            Moment::Ready | Moment::Ended => {
                starting.take_if(|name| name == who);
            }
            Moment::Asked => {}
        }
    }
    Ok(())
}

/// Children stop one after another, except that dynamic ones may stop together.
fn one_stops_at_a_time(trace: &[Entry]) -> Verdict {
    let mut stopping: Vec<Name> = Vec::new();
    for Entry { who, moment, .. } in trace {
        match moment {
            Moment::Asked => {
                let alone = |other: &Name| is_static(*who) || is_static(*other);
                if let Some(other) = stopping.iter().find(|other| alone(other)) {
                    return Err(format!("{} was asked to stop while {} was stopping", who.id, other.id));
                }
                stopping.push(*who);
            }
            Moment::Ended => stopping.retain(|name| name != who),
            Moment::Begun | Moment::Ready => {}
        }
    }
    Ok(())
}

/// A child is asked to stop because of an order, or because another one is down that was there before.
fn nobody_is_stopped_for_nothing(report: &Report) -> Verdict {
    let is_meant = |order: &Order, name: Name| match order.op {
        Op::Terminate(id) | Op::Park(id) => id == name.id,
        _ => false,
    };
    let mut down: Vec<Name> = Vec::new();
    for (index, Entry { who, moment, .. }) in report.trace[..report.until].iter().enumerate() {
        match moment {
            Moment::Begun => down.retain(|name| name != who),
            Moment::Ended => down.push(*who),
            Moment::Asked => {
                let mut orders = report.orders.iter().filter(|order| order.asked <= index);
                let reason = !down.is_empty() || orders.any(|order| is_meant(order, *who));
                law(reason, || format!("{} was asked to stop, and all others ran", who.id))?;
            }
            Moment::Ready => {}
        }
    }
    Ok(())
}

/// A child that is asked to stop is not killed before its time is over, and then it is.
fn those_asked_to_stop_have_their_time(scene: &Scene, worker: &Outside, trace: &[Entry]) -> Verdict {
    let needs = match worker.kid.stop {
        Stop::Slow => Worker::SLOW_STOP,
        Stop::Stubborn => STOP_WITHIN,
        Stop::AtOnce | Stop::Killed => Duration::ZERO,
    };
    let is_left_alone = worker.crashes == 0 && worker.quits == 0 && !scene.may_start_again();
    let mut asked = None;
    for Entry { at, moment, .. } in trace.iter().filter(|entry| entry.who == worker.name && is_left_alone) {
        match moment {
            Moment::Asked => asked = Some(*at),
            Moment::Ended => {
                let Some(asked) = asked.take() else { continue };
                let had = *at - asked;
                let in_time = had >= needs && had <= needs + LATE;
                law(in_time, || format!("{:?} needs {needs:?} to stop, and had {had:?}", worker.name))?;
            }
            Moment::Begun | Moment::Ready => {}
        }
    }
    Ok(())
}

/// A child that is terminated or parked while it starts is stopped there and then.
fn starts_are_not_waited_for(scene: &Scene, report: &Report) -> Verdict {
    for order in report.orders.iter().filter(|_| !scene.may_start_again()) {
        let (Op::Terminate(id) | Op::Park(id)) = order.op else { continue };
        let of_it = |entry: &&Entry| entry.who.id == id;
        let (before, after) = report.trace.split_at(order.asked);
        let starts = before.iter().rfind(of_it).is_some_and(|entry| entry.moment == Moment::Begun);
        let next =
            after.iter().find(of_it).filter(|entry| entry.moment == Moment::Ready && entry.at > order.at);
        let done = matches!(order.answer, Some((_, Answer::Done)));
        law(!(starts && done && next.is_some()), || format!("{:?} waited for the end of a start", order.op))?;
    }
    Ok(())
}

/// At the end, dynamic children stop first, and static ones in the reverse of their order.
fn stops_in_reverse(report: &Report) -> Verdict {
    let ends = report.trace[report.until..].iter().filter(|entry| entry.moment == Moment::Ended);
    let order: Vec<_> = ends.map(|entry| (is_static(entry.who), entry.who)).collect();
    let rank = |(is_static, name): &(bool, Name)| if *is_static { FIRST.len() - name.number } else { 0 };
    let ids = || order.iter().map(|(_, name)| name.id).collect::<Vec<_>>().join(" -");
    law(order.is_sorted_by_key(rank), || format!("stopped at the end: -{}", ids()))
}

/// A house answers, or has gone; it keeps nobody waiting.
fn all_orders_are_answered(orders: &[Order]) -> Verdict {
    orders.iter().try_for_each(|order| {
        let answered = matches!(&order.answer, Some((_, answer)) if *answer != Answer::Silent(Refused::Late));
        law(answered, || format!("{:?} was not answered, or late", order.op))
    })
}

/// When all is calm, nothing is under way, and a permanent child that nobody stopped runs.
fn wanted_children_are_up(scene: &Scene, report: &Report) -> Verdict {
    let Some(children) = &report.after else { return Ok(()) };
    for node in children {
        let calm = match node.phase {
            Phase::Running | Phase::Down | Phase::Parked => true,
            Phase::Starting | Phase::Stopping | Phase::Backoff => false,
        };
        law(calm, || format!("{} is {:?} when all is calm", node.id, node.phase))?;
    }
    for worker in report.workers.iter().filter(|worker| worker.kid.restart == Restart::Permanent) {
        let of_static = is_static(worker.name) && scene.house != House::Pool;
        let is_about = |order: &&Order| match order.op {
            Op::Terminate(id) | Op::Park(id) | Op::Start(id, _) => id == worker.name.id,
            _ => false,
        };
        let mut about = report.orders.iter().filter(is_about);
        let wanted = if is_static(worker.name) {
            about.next().is_none() && (of_static || !scene.may_start_again())
        } else {
            let started = about.next().is_some_and(|order| matches!(order.answer, Some((_, Answer::Done))));
            started && about.next().is_none() && !scene.may_start_again()
        };
        let phase = children.iter().find(|node| *node.id == *worker.name.id).map(|node| node.phase);
        let up = match scene.house {
            House::Supervisor(_) => phase == Some(Phase::Running),
            House::Pool => matches!(phase, Some(Phase::Running | Phase::Parked)),
        };
        law(up || !wanted, || format!("{} is {phase:?} when all is calm", worker.name.id))?;
    }
    Ok(())
}
