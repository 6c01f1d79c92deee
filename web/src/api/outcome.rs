//! What came of a command, as it is shown: in the answer to it, in the device's view and in a rollout.

use std::borrow::Cow;

use serde::Serialize;
use shiftboss_axeos::Setting;
use shiftboss_farm::command::{CommandKind, LastCommand, Outcome, Stage, Verdict};
use utoipa::ToSchema;

use crate::api::device::Iso;
use crate::api::schema;

/// What a device made of a command.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Came<'a> {
    /// `verified` (it shows what was asked), `drifted` (it took it, and shows something else), `acknowledged` (it took
    /// it), `failed`, `unchanged` (there was nothing to ask), or how far it is: `running`, `confirmed` (it has
    /// restarted), `unconfirmed`, `interrupted`, `cancelled`.
    result: &'static str,
    /// Settings that it shows otherwise than asked.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    drift: Cow<'a, [Setting]>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<Cow<'a, str>>,
}

impl<'a> Came<'a> {
    pub(super) fn plain(result: &'static str) -> Self {
        Self { result, ..Self::default() }
    }

    pub(super) fn failed(reason: impl Into<Cow<'a, str>>) -> Self {
        Self { reason: Some(reason.into()), ..Self::plain("failed") }
    }

    pub(super) fn result(&self) -> &'static str {
        self.result
    }
}

impl<'a> From<&'a Verdict> for Came<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        match verdict {
            Verdict::Verified => Self::plain("verified"),
            Verdict::Acknowledged => Self::plain("acknowledged"),
            Verdict::Drifted(settings) => Self { drift: settings.into(), ..Self::plain("drifted") },
            Verdict::Failed(failure) => Self::failed(failure.reason.as_str()),
        }
    }
}

impl<'a> From<&'a Stage> for Came<'a> {
    fn from(stage: &'a Stage) -> Self {
        match stage {
            Stage::Running => Self::plain("running"),
            Stage::Done(verdict) => verdict.into(),
            Stage::Confirmed => Self::plain("confirmed"),
            Stage::Unconfirmed(why) => Self { reason: Some((&**why).into()), ..Self::plain("unconfirmed") },
            Stage::Interrupted => Self::plain("interrupted"),
        }
    }
}

/// The last command that a device was given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commanded<'a> {
    /// `configure`, `restart`, `pause`, `resume` or `identify`.
    #[schema(value_type = String)]
    kind: CommandKind,
    /// When it was begun.
    #[schema(schema_with = schema::time)]
    at: Iso,
    /// Whether the device must be restarted before it acts on all of it.
    needs_restart: bool,
    #[serde(flatten)]
    came: Came<'a>,
}

impl<'a> From<&'a LastCommand> for Commanded<'a> {
    fn from(LastCommand { kind, at_ms, stage, needs_restart }: &'a LastCommand) -> Self {
        Self { kind: *kind, at: Iso(*at_ms), needs_restart: *needs_restart, came: stage.into() }
    }
}

/// What came of settings that were just asked for.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configured<'a> {
    #[serde(flatten)]
    came: Came<'a>,
    /// The settings that were sent; those that the device showed already are not.
    #[schema(value_type = Vec<String>)]
    sent: &'a [Setting],
    /// Whether the device must be restarted before it acts on all of them.
    needs_restart: bool,
}

impl Configured<'_> {
    /// Nothing was asked.
    pub(super) fn unchanged() -> Self {
        Self { came: Came::plain("unchanged"), ..Self::default() }
    }
}

impl<'a> From<&'a Outcome> for Configured<'a> {
    fn from(Outcome { verdict, sent, needs_restart, .. }: &'a Outcome) -> Self {
        Self { came: verdict.into(), sent, needs_restart: *needs_restart }
    }
}
