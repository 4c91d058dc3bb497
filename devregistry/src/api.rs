//! Short names for the messages of the Cloud Ops API as Temporal publishes them.

pub(crate) use prost_wkt_types::{Any, Duration, Timestamp};
pub(crate) use temporalio_protos::temporal::api::cloud::{
    account::v1 as account, cloudservice::v1 as cloudservice, connectivityrule::v1 as connectivityrule,
    identity::v1 as identity, namespace::v1 as namespace, nexus::v1 as nexus, operation::v1 as operation,
    region::v1 as region, resource::v1::ResourceState,
};
pub(crate) use temporalio_protos::temporal::api::common::v1::Payload;
