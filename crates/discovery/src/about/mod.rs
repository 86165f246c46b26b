//! What is told of an endpoint beyond its counts: when it is listed, exported or saved. Nothing here is done for each call.
//!
//! | module | what it tells |
//! |---|---|
//! | [`lifecycle`] | new, active, dormant, gone, returned |
//! | [`function`] | what it is for: log-in, payment, export … |
//! | [`product`] | the packaged product it is of |

pub mod function;
pub mod lifecycle;
pub(crate) mod product;
pub(crate) mod version;
