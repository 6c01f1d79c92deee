//! The room of the Stratum V1 relay: its codec and session book, and the actors that relay through them.
//!
//! It is empty until the relay moves in.
