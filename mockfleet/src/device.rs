//! What a device of each firmware says and accepts, by family and version.
//!
//! Pure: a request and the moment's [`vitals`] go in, a description of the reply comes out. Facts are from the
//! firmwares' own sources and devices; where they are silent, the nearest version's habit is taken and said so.

pub(crate) mod board;
pub(crate) mod fields;
pub(crate) mod firmware;
mod json;
mod number;
pub(crate) mod nvs;
pub(crate) mod patch;
pub(crate) mod pool;
pub(crate) mod reply;
pub(crate) mod told;
pub(crate) mod vitals;

#[cfg(test)]
mod tests;
