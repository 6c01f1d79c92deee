//! Polls a future only when it has asked for that.
//!
//! An actor polls all its futures whenever it has a message. One that waits for hours, as for the next connection, would
//! be polled, and all that it looks at fetched from memory, for each of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// What a future rings when it wants to be polled.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    /// Whoever polls it.
    outer: Mutex<Option<Waker>>,
}

impl Bell {
    fn belongs_to(&self, outer: &Waker) {
        *self.outer.lock().unwrap_or_else(PoisonError::into_inner) = Some(outer.clone());
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        if let Some(outer) = &*self.outer.lock().unwrap_or_else(PoisonError::into_inner) {
            outer.wake_by_ref();
        }
    }
}

/// A future that does not notice that it is polled for others.
pub(crate) struct Apart<F> {
    /// In a box: an `async fn` that took it would have room for it twice.
    future: Pin<Box<F>>,
    bell: Arc<Bell>,
    inner: Waker,
    outer: Option<Waker>,
}

impl<F: Future> Apart<F> {
    pub(crate) fn new(future: F) -> Self {
        let bell = Arc::new(Bell { rung: true.into(), ..Bell::default() });
        let inner = Waker::from(Arc::clone(&bell));
        Self { future: Box::pin(future), bell, inner, outer: None }
    }
}

impl<F: Future> Future for Apart<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, bell, inner, outer } = &mut *self;
        if !outer.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            bell.belongs_to(cx.waker());
            *outer = Some(cx.waker().clone());
        }
        // Only now: what rings before may have woken another.
        if bell.rung.swap(false, Ordering::AcqRel) {
            future.as_mut().poll(&mut Context::from_waker(inner))
        } else {
            Poll::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicU32;

    use tokio::sync::mpsc;

    use super::*;

    /// A task that counts how often it is woken.
    #[derive(Default)]
    struct Task(AtomicU32);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_is_polled_when_it_was_woken_and_not_when_others_were() {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let (polls, task) = (Cell::new(0), Arc::<Task>::default());
        let mut all = pin!(Apart::new(poll_fn(|cx| {
            polls.set(polls.get() + 1);
            while let Some(number) = std::task::ready!(receiver.poll_recv(cx)) {
                if number == 3 {
                    break;
                }
            }
            Poll::Ready(())
        })));
        let waker = Waker::from(Arc::clone(&task));
        let mut poll = || all.as_mut().poll(&mut Context::from_waker(&waker));
        for number in 1..=3 {
            assert!(poll().is_pending() && poll().is_pending());
            assert_eq!(polls.get(), number);
            sender.try_send(number).unwrap();
            assert_eq!(task.0.load(Ordering::Relaxed), u32::from(number));
        }
        assert!(poll().is_ready());
    }

    #[test]
    fn it_wakes_the_task_that_polled_it_last() {
        let (sender, mut receiver) = mpsc::channel::<u8>(1);
        let mut all = pin!(Apart::new(receiver.recv()));
        let [first, second] = [(); 2].map(|()| Arc::<Task>::default());
        for task in [&first, &second] {
            let waker = Waker::from(Arc::clone(task));
            assert!(all.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        sender.try_send(7).unwrap();
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
    }
}
