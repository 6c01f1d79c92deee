//! Our families of the actors that all of this runs in, by kind and never by id: ten thousand devices are one kind.
//!
//! Every kind has all its series from its first start on, also those that are zero: a rate needs a value before.

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use shiftboss_kernel::{BUCKETS_SECONDS, Counted, Histogram, KindStats};

use crate::metrics::Format;
use crate::metrics::gauges::{family, named};

/// About the text of one kind.
pub(super) const BYTES_PER_KIND: usize = 3 * 1024;

/// The buckets that end somewhere, and the one that does not.
const BUCKETS: usize = BUCKETS_SECONDS.len() + 1;

pub(super) fn encode(
    kinds: &[KindStats],
    format: Format,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let help = "Starts of an actor after its first, by how it had ended";
    counts(kinds, ("shiftboss_actor_restarts", "reason", help), |kind| &kind.restarts, format, encoder)?;
    let help = "Actors that are parked: past their failure budget, or held by an operator";
    let mut parked = family(encoder, "shiftboss_actor_parked", &None, help)?;
    for kind in kinds {
        parked.encode_family(&[("kind", kind.kind)])?.encode_gauge(&kind.parked)?;
    }
    let help = "The most messages that ever waited in one mailbox";
    let mut depth = family(encoder, "shiftboss_actor_mailbox_depth_max", &None, help)?;
    for kind in kinds {
        depth.encode_family(&[("kind", kind.kind)])?.encode_gauge(&kind.mailbox_depth_max)?;
    }
    let help = "Messages that were accepted, by what became of them";
    counts(kinds, ("shiftboss_actor_messages", "outcome", help), |kind| &kind.messages, format, encoder)?;
    let help = "Messages that were not accepted (full, gone), and questions without an answer in time (late)";
    counts(kinds, ("shiftboss_actor_refused", "reason", help), |kind| &kind.refused, format, encoder)?;
    let help = "The time that messages waited in a mailbox before they were handled";
    times(kinds, ("shiftboss_actor_queue_wait", help), |kind| &kind.queue_wait, encoder)?;
    let help = "The time for which an actor kept its thread at one turn";
    times(kinds, ("shiftboss_actor_busy", help), |kind| &kind.busy, encoder)
}

/// A family of counters: its name without `_total`, the label beside the kind, its help.
fn counts(
    kinds: &[KindStats],
    (name, label, help): (&str, &'static str, &str),
    of: impl Fn(&KindStats) -> &[Counted],
    format: Format,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let name = format.counter(name);
    let mut counters = encoder.encode_descriptor(&name, help, None, MetricType::Counter)?;
    for kind in kinds {
        for (what, count) in of(kind) {
            let labels = [("kind", kind.kind), (label, *what)];
            format.count(&mut counters.encode_family(&labels)?, *count)?;
        }
    }
    Ok(())
}

/// A family of histograms in seconds: its name without the unit, its help.
fn times(
    kinds: &[KindStats],
    (name, help): (&str, &str),
    of: impl Fn(&KindStats) -> &Histogram,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let unit = named("seconds");
    let mut times = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Histogram)?;
    for kind in kinds {
        let histogram = of(kind);
        let end = |bucket| BUCKETS_SECONDS.get(bucket).copied().unwrap_or(f64::INFINITY);
        let buckets: [_; BUCKETS] = std::array::from_fn(|bucket| (end(bucket), histogram.counts[bucket]));
        times.encode_family(&[("kind", kind.kind)])?.encode_histogram::<NoLabelSet>(
            histogram.sum_seconds,
            histogram.count(),
            &buckets,
            None,
        )?;
    }
    Ok(())
}
