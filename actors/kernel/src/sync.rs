//! The shared words of this crate. Here alone, so that a model checker can put its own in their place.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use futures_util::task::AtomicWaker;
