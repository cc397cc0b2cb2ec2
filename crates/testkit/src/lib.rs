//! What tests stand on: the simulated clock, a started application, recording channels. Never shipped.
