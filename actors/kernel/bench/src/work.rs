//! The measurements, written once for all libraries.

use tokio::time::Instant;

use crate::Outcome;
use crate::meter::{Figures, Heap, Memory, Meter, percentiles};
use crate::peer::{Peer, Threads};

/// Messages told before an answer is awaited, at most.
const BURST: usize = 100_000;

/// What comes before a measurement, so that caches and allocators are warm: one part in so many of it.
const WARM_UP: usize = 10;

async fn family<P: Peer>(threads: Threads, children: usize, with_timer: bool) -> Outcome<P> {
    let mut family = P::start(threads).await?;
    for _ in 0..children {
        family.child(with_timer).await?;
    }
    Ok(family)
}

/// What one more idle child takes.
///
/// # Errors
/// A child does not start.
pub async fn memory<P: Peer>(children: usize, with_timer: bool, heap: fn() -> Heap) -> Outcome<Figures> {
    let mut family = family::<P>(Threads::One, 1, with_timer).await?;
    let before = Memory::now(heap)?;
    for _ in 0..children {
        family.child(with_timer).await?;
    }
    Ok(Memory::now(heap)?.since(&before, children))
}

/// Children started one after another.
///
/// # Errors
/// A child does not start.
pub async fn spawn<P: Peer>(children: usize) -> Outcome<Figures> {
    let mut family = family::<P>(Threads::One, children / WARM_UP, false).await?;
    let meter = Meter::start()?;
    for _ in 0..children {
        family.child(false).await?;
    }
    meter.stop(children)
}

/// Messages told to one child in bursts, each until the last one is handled.
///
/// # Errors
/// A message is refused, or lost.
pub async fn tell<P: Peer>(threads: Threads, messages: usize) -> Outcome<Figures> {
    let family = family::<P>(threads, 1, false).await?;
    let way = family.way(0);
    tell_in_bursts::<P>(&way, messages / WARM_UP).await?;
    let meter = Meter::start()?;
    tell_in_bursts::<P>(&way, messages).await?;
    meter.stop(messages)
}

async fn tell_in_bursts<P: Peer>(way: &P::Way, messages: usize) -> Outcome<()> {
    let before = P::ask(way).await.ok_or("an ask was not answered")?;
    let mut told = 0;
    while told < messages {
        let burst = BURST.min(messages - told);
        for _ in 0..burst {
            P::tell(way, 1)?;
        }
        told += burst;
        if P::ask(way).await != Some(before + told as u64) {
            return Err("a message was lost".into());
        }
    }
    Ok(())
}

/// Asks of one child, each after the answer to the one before.
///
/// # Errors
/// An ask is not answered.
pub async fn ask<P: Peer>(threads: Threads, with_deadline: bool, asks: usize) -> Outcome<Figures> {
    let family = family::<P>(threads, 1, false).await?;
    let way = family.way(0);
    asks_in_a_row::<P>(&way, asks / WARM_UP, with_deadline).await?;
    let meter = Meter::start()?;
    asks_in_a_row::<P>(&way, asks, with_deadline).await?;
    meter.stop(asks)
}

async fn asks_in_a_row<P: Peer>(way: &P::Way, asks: usize, with_deadline: bool) -> Outcome<()> {
    for _ in 0..asks {
        let answer = if with_deadline { P::ask(way).await } else { P::ask_without_deadline(way).await };
        answer.ok_or("an ask was not answered")?;
    }
    Ok(())
}

/// From the message that makes a child panic to an answer of the fresh one, again and again.
///
/// # Errors
/// The child does not take the message.
pub async fn panics<P: Peer>(panics: usize) -> Outcome<Figures> {
    let family = family::<P>(Threads::One, 1, false).await?;
    let mut samples = Vec::with_capacity(panics);
    for _ in 0..panics / WARM_UP {
        P::boom(&family.way(0))?;
        serving(&family, 0).await;
    }
    let meter = Meter::start()?;
    for _ in 0..panics {
        let began = Instant::now();
        P::boom(&family.way(0))?;
        serving(&family, 0).await;
        samples.push(began.elapsed());
    }
    let each = meter.stop(panics)?;
    Ok(percentiles(samples).with("cpu_ns", each.get("cpu_ns").unwrap_or_default()))
}

/// Waits until a child has answered. Where an address ends with its actor, the new one is looked up.
async fn serving<P: Peer>(family: &P, nth: usize) {
    while P::ask(&family.way(nth)).await.is_none() {
        tokio::task::yield_now().await;
    }
}

/// All children panic; until every one has answered again.
///
/// # Errors
/// A child does not take the message.
pub async fn storm<P: Peer>(children: usize) -> Outcome<Figures> {
    let family = family::<P>(Threads::One, children, false).await?;
    let meter = Meter::start()?;
    for nth in 0..children {
        P::boom(&family.way(nth))?;
    }
    for nth in 0..children {
        serving(&family, nth).await;
    }
    meter.stop(1)
}

/// A snapshot of all children.
///
/// # Errors
/// It does not show all of them.
pub async fn snapshot<P: Peer>(children: usize) -> Outcome<Figures> {
    let family = family::<P>(Threads::One, children, false).await?;
    let meter = Meter::start()?;
    match family.snapshot().await? {
        Some(shown) if shown != children => Err(format!("the snapshot shows {shown} of {children}").into()),
        Some(_) => meter.stop(1),
        None => Ok(Figures::default()),
    }
}

/// The stop of all children and their supervisor.
///
/// # Errors
/// They do not stop.
pub async fn shutdown<P: Peer>(children: usize) -> Outcome<Figures> {
    let family = family::<P>(Threads::One, children, false).await?;
    let meter = Meter::start()?;
    family.stop().await?;
    meter.stop(1)
}
