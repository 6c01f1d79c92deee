//! The store: whether it can write.

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use shiftboss_farm::store::Condition;

use crate::metrics::Format;
use crate::metrics::gauges::lone;

/// Says nothing of a store that did not answer.
pub(super) fn encode(
    condition: Option<Condition>,
    format: Format,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let Some(Condition { is_writable, failures }) = condition else { return Ok(()) };
    let help = "Whether the last write of the store was done: 1, or 0 while it tries again";
    lone(encoder, "shiftboss_store_writable", "", help, Some(u32::from(is_writable)))?;
    let (name, help) = (format.counter("shiftboss_store_failures"), "Writes of the store that were not done");
    format.count(&mut encoder.encode_descriptor(&name, help, None, MetricType::Counter)?, failures)
}
