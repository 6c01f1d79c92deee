//! The threads of the process: how late each is.

use prometheus_client::encoding::DescriptorEncoder;
use shiftboss_kernel::Pulse;

use crate::metrics::gauges::{family, named};

pub(super) fn encode(pulses: &[Pulse], encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    let lag =
        "How late the last beat of an arbiter ran, or by how much the next is late; each beats once a second";
    let lag_max = "The largest lag of an arbiter since it started";
    let families: [(_, _, fn(&Pulse) -> _); 2] = [
        ("shiftboss_arbiter_lag", lag, |pulse| pulse.lag),
        ("shiftboss_arbiter_lag_max", lag_max, |pulse| pulse.lag_max),
    ];
    for (name, help, of) in families {
        let unit = named("seconds");
        let mut family = family(encoder, name, &unit, help)?;
        for pulse in pulses {
            let labels = [("arbiter", &*pulse.arbiter)];
            family.encode_family(&labels)?.encode_gauge(&of(pulse).as_secs_f64())?;
        }
    }
    Ok(())
}
