//! One file per verb.

pub(crate) mod about;
pub(crate) mod decode;
