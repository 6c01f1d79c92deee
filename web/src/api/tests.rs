//! The routes over a real small farm.

mod commands;
mod contract;
mod devices;
mod health;
mod openapi;
mod orders;
mod refusals;
mod tree;
