//! Records: what a findings file holds. MessagePack maps with named fields, end to end, no outer framing.
//!
//! First a `header`, last a `trailer`; a file without trailer was cut. Readers skip fields and kinds they do not know.
//! `v` changes only when a meaning changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coverage::ServiceCoverage;
use crate::endpoint::EndpointRecord;
use crate::finding::{Attempt, Finding};
use crate::id::Id;
use crate::time::PacketTime;

/// Version of the meaning of all records.
pub const RECORD_VERSION: u8 = 1;

/// One value of a findings file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_VERSION`].
    pub v: u8,
    /// Packet time it was written at.
    #[serde(rename = "timestamp")]
    pub at: PacketTime,
    /// What it is.
    #[serde(flatten)]
    pub body: Body,
}

/// The kinds of record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// What the file is about; the first record.
    Header(Header),
    /// A finding as it stood then.
    Finding(Box<Finding>),
    /// One call of a finding whose calls are attacks each by itself.
    Attempt(Box<Attempt>),
    /// An endpoint as it stood at the end of the run.
    Endpoint(Box<EndpointRecord>),
    /// What became of the payload of a service, hour by hour.
    Coverage(Box<ServiceCoverage>),
    /// Changes of the ledger since the last such record.
    Loss(Loss),
    /// Totals; the last record.
    Trailer(Trailer),
    /// A kind this version does not know.
    #[serde(other)]
    Unknown,
}

/// What a findings file is about. Holds no host name, wall clock or thread count, so that a replay gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Hash of inputs and configuration.
    pub run_id: Id,
    /// Name of the record schema.
    pub schema: String,
    /// Version of apitap.
    pub version: String,
    /// Digest of the configuration.
    pub config_digest: Id,
    /// The inputs.
    pub inputs: Vec<InputRecord>,
}

/// One input of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRecord {
    /// File name without directories, or the interface.
    pub name: String,
    /// Digest of the first and last 64 KiB and the length; zero for interfaces and pipes.
    pub digest: Id,
    /// Bytes; zero when not known.
    pub bytes: u64,
}

/// Changes of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Counters that changed, by name.
    pub counters: BTreeMap<String, u64>,
}

/// Totals of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trailer {
    /// Every counter that is not zero, by name.
    pub counters: BTreeMap<String, u64>,
    /// Packet time of the first frame.
    #[serde(rename = "first_seen")]
    pub first_at: PacketTime,
    /// Packet time of the last frame.
    #[serde(rename = "last_seen")]
    pub last_at: PacketTime,
    /// Totals that are not losses.
    pub totals: Totals,
    /// Oddities of the capture as a whole, and limits of the state that were reached, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anomalies: Vec<String>,
}

/// What a run found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Transactions seen, whole or in part.
    pub transactions: u64,
    /// Of these, with request and response whole.
    pub whole: u64,
    /// Transactions that name no endpoint.
    pub noise: u64,
    /// Services.
    pub services: u64,
    /// Endpoints.
    pub endpoints: u64,
    /// Identities known, addresses not counted.
    pub identities: u64,
    /// Findings ever opened.
    pub findings: u64,
}

impl Totals {
    /// Adds every total of `other`.
    pub const fn add(&mut self, other: &Self) {
        self.transactions += other.transactions;
        self.whole += other.whole;
        self.noise += other.noise;
        self.services += other.services;
        self.endpoints += other.endpoints;
        self.identities += other.identities;
        self.findings += other.findings;
    }
}

impl Record {
    /// The record in MessagePack.
    pub fn to_bytes(&self) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        rmp_serde::to_vec_named(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::HourCoverage;

    #[test]
    fn records_round_trip_with_named_fields() {
        let bodies = [
            Body::Header(Header { schema: "apitap".into(), ..Header::default() }),
            Body::Finding(Box::new(Finding { title: "t".into(), confidence: 0.5, ..Finding::default() })),
            Body::Endpoint(Box::new(EndpointRecord { template: "/a/{int}".into(), ..EndpointRecord::default() })),
            Body::Coverage(Box::new(ServiceCoverage {
                hours: vec![HourCoverage::default()],
                ..ServiceCoverage::default()
            })),
            Body::Loss(Loss::default()),
            Body::Trailer(Trailer::default()),
        ];
        for body in bodies {
            let record = Record { v: RECORD_VERSION, at: PacketTime(7), body };
            let bytes = record.to_bytes().unwrap();
            assert!(matches!(bytes[0], 0x80..=0x8f | 0xde), "a map");
            assert_eq!(rmp_serde::from_slice::<Record>(&bytes).unwrap(), record);
        }
    }

    #[test]
    fn unknown_kinds_and_fields_are_skipped() {
        let text = r#"{"v":1,"kind":"novelty","timestamp":3,"more":[1,2]}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(record.body, Body::Unknown);
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let bytes = rmp_serde::to_vec_named(&value).unwrap();
        assert_eq!(rmp_serde::from_slice::<Record>(&bytes).unwrap().body, Body::Unknown);
    }
}
