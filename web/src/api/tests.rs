//! The routes over a real small farm.

mod devices;
mod health;
mod openapi;
mod orders;
mod refusals;
mod tree;
