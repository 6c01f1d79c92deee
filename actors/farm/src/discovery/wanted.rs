//! Which of the devices that were found are wanted: any item of a list matches, and every list that has items.

use shiftboss_axeos::Mac;

use crate::record::Found;

/// How an item meets a value. Letters meet in either case: neither MACs nor hostnames tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meets {
    /// It is the value.
    Whole,
    /// The value ends with it.
    End,
    /// The value starts with it.
    Start,
    /// The value contains it.
    #[default]
    Part,
}

/// Items of which any may match; none at all match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnyOf {
    items: Vec<String>,
    meets: Meets,
}

impl AnyOf {
    /// Items as they are typed; blank ones say nothing.
    pub fn new<'a>(items: impl IntoIterator<Item = &'a str>, meets: Meets) -> Self {
        let items = items.into_iter().map(|item| item.trim().to_lowercase());
        Self { items: items.filter(|item| !item.is_empty()).collect(), meets }
    }

    fn accepts(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        let met = |item: &String| match self.meets {
            Meets::Whole => value == *item,
            Meets::End => value.ends_with(item),
            Meets::Start => value.starts_with(item),
            Meets::Part => value.contains(item),
        };
        self.items.is_empty() || self.items.iter().any(met)
    }
}

/// What is looked for among the devices that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// By MAC.
    pub macs: AnyOf,
    /// By address, with its port if it has one.
    pub addresses: AnyOf,
    /// By the name that the device says it has.
    pub hostnames: AnyOf,
}

impl Wanted {
    /// Whether every list accepts the device.
    pub fn accepts(&self, Found { mac, address, seen }: &Found) -> bool {
        self.accepts_mac(*mac) && self.addresses.accepts(address) && self.hostnames.accepts(&seen.hostname)
    }

    /// Most searches name no MAC; then none is written out.
    fn accepts_mac(&self, mac: Mac) -> bool {
        self.macs.items.is_empty() || self.macs.accepts(&mac.to_string())
    }
}

#[cfg(test)]
mod tests;
