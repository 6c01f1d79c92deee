//! One pool as a device keeps it: in one of eight slots since ESP-Miner 2.15, as primary or fallback before.

use std::borrow::Cow;

/// A text that is borrowed as long as it is the factory's.
pub(crate) type Text = Cow<'static, str>;

/// How many slots there are.
pub(crate) const SLOTS: u8 = 8;

/// Where the pool is that all firmwares mine at first, and the one they fall back to.
pub(crate) const PRIMARY: u8 = 0;
pub(crate) const FALLBACK: u8 = 1;

/// What a pool's password looks like in an answer.
pub(crate) const HIDDEN: &str = "*****";

/// A pool and how to speak with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pool {
    /// A bare host, unless a tool has written more into it.
    pub(crate) url: Text,
    pub(crate) port: u16,
    pub(crate) user: Text,
    pub(crate) password: Text,
    pub(crate) suggested_difficulty: u32,
    pub(crate) extranonce_subscribe: bool,
    /// 0 is off, 1 with the system's certificates, 2 with `cert`.
    pub(crate) tls: u16,
    pub(crate) cert: Text,
    pub(crate) decode_coinbase: bool,
    pub(crate) is_v2: bool,
    pub(crate) v2_channel_type: Text,
    pub(crate) v2_authority_pubkey: Text,
    pub(crate) v2_require_auth: bool,
}

impl Pool {
    const fn at(url: &'static str, port: u16, user: &'static str) -> Self {
        Self {
            url: Cow::Borrowed(url),
            port,
            user: Cow::Borrowed(user),
            password: Cow::Borrowed("x"),
            suggested_difficulty: 1_000,
            extranonce_subscribe: false,
            tls: 0,
            cert: Cow::Borrowed(""),
            decode_coinbase: true,
            is_v2: false,
            v2_channel_type: Cow::Borrowed("extended"),
            v2_authority_pubkey: Cow::Borrowed(""),
            v2_require_auth: false,
        }
    }

    /// `stratumProtocol`.
    pub(crate) fn protocol(&self) -> &'static str {
        if self.is_v2 { "SV2" } else { "SV1" }
    }
}

const USER: &str = "bc1qexampleexampleexampleexampleexample0000.bitaxe";

/// The slots as the factory fills them.
pub(crate) static FACTORY: [Option<Pool>; SLOTS as usize] = [
    Some(Pool::at("solo.ckpool.org", 3333, USER)),
    Some(Pool::at("public-pool.io", 21_496, USER)),
    None,
    None,
    None,
    None,
    None,
    None,
];

/// What an empty slot tells of itself where a pool must be told.
pub(crate) static EMPTY: Pool = Pool::at("", 0, "");
