//! Queries and form bodies: `name=value` pairs with percent-escapes, `+` for blanks.
//!
//! In: the bytes after `?`, or a form body. Out: parameters in the row, and the first credential among them.

use model::limits::PARAMS_MAX;
use model::{Anomaly, AuthKind, ParamPlace};

use crate::auth::Credentials;
use crate::class::{classify, is_opaque};
use crate::names::{certain_credential_query, credential_query, signature_query};
use crate::operations::Reader;
use crate::row::Row;
use crate::text::decoded;

/// Buffers for one decoded name and value.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    name: Vec<u8>,
    value: Vec<u8>,
}

/// Reads the pairs of `pairs` into the row; credentials only in the query.
pub(crate) fn read<'t>(
    row: &mut Row<'_>,
    pairs: &'t [u8],
    place: ParamPlace,
    credentials: &mut Credentials<'t>,
    scratch: &mut Scratch,
    operations: &mut Reader,
) {
    for (count, pair) in pairs.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).enumerate() {
        if count == PARAMS_MAX {
            row.odd(Anomaly::ContentLimit);
            return;
        }
        let split = pair.iter().position(|b| *b == b'=');
        let (raw_name, raw_value) = match split {
            Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
            None => (pair, &[][..]),
        };
        let name = decoded(raw_name, true, &mut scratch.name);
        let value = decoded(raw_value, true, &mut scratch.value);
        if place == ParamPlace::Query && credential_query(name) {
            let class = classify(value);
            if !value.is_empty() && (is_opaque(class) || certain_credential_query(name)) {
                credentials.query_key(raw_value, signature_query(name));
                row.seen.auth.insert(AuthKind::ApiKeyQuery);
            }
            row.param_shape(place, name, class);
        } else {
            operations.pair(name, value);
            row.param(place, name, value);
        }
    }
}
