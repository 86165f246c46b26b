//! What is told of an endpoint beyond its counts, when it is listed or exported: nothing here is done for each call.
//!
//! | module | what it tells |
//! |---|---|
//! | [`lifecycle`] | new, active, dormant, gone, returned |

pub mod lifecycle;
