//! Owns the presets, so that they are listed without the disk and changed one at a time.
//!
//! A change is answered when it is on the disk. Whatever comes meanwhile waits for it, no longer than the store may take.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, AtomicResponse, Handler, Message, MessageResult, ResponseActFuture,
    WrapFuture,
};
use serde_json::{Map, Value as Json};
use shiftboss_kernel::{Ctx, Exit, Tx, supervised};

use crate::clock::Clock;
use crate::error::Error;
use crate::preset::{Preset, PresetId};
use crate::store::{LoadPresets, PutPreset, RemovePreset, Store};

/// As many as are kept.
pub const PRESETS: usize = 1_000;

/// The time that the store has to tell what presets there are.
const LOAD_WITHIN: Duration = Duration::from_secs(10);

/// The time that the store has to write a change.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Makes a preset.
#[derive(Message)]
#[rtype(result = "Result<Arc<Preset>, Error>")]
pub struct CreatePreset {
    /// What it is called.
    pub name: String,
    /// What it sets.
    pub configuration: Map<String, Json>,
}

/// Changes a preset: its name, its configuration, or both. A secret that is not given stays. `None` if there is none.
#[derive(Message)]
#[rtype(result = "Result<Option<Arc<Preset>>, Error>")]
pub struct UpdatePreset {
    /// Which.
    pub id: PresetId,
    /// What it is called from now on.
    pub name: Option<String>,
    /// What it sets from now on, in whole.
    pub configuration: Option<Map<String, Json>>,
}

/// Removes a preset, and answers with it. Records that name it go on to.
#[derive(Debug, Message)]
#[rtype(result = "Result<Option<Arc<Preset>>, Error>")]
pub struct DeletePreset(pub PresetId);

/// One preset.
#[derive(Debug, Message)]
#[rtype(result = "Option<Arc<Preset>>")]
pub struct FindPreset(pub PresetId);

/// All presets, the newest first.
#[derive(Debug, Message)]
#[rtype(result = "Vec<Arc<Preset>>")]
pub struct ListPresets;

/// The actor.
pub struct Presets {
    store: Tx<Store>,
    clock: Clock,
    presets: BTreeMap<PresetId, Arc<Preset>>,
}

impl Presets {
    /// Presets that `store` keeps.
    pub fn new(store: Tx<Store>, clock: Clock) -> Self {
        Self { store, clock, presets: BTreeMap::new() }
    }

    /// Learns from the store what there is; nothing is answered before.
    fn load(&self, ctx: &mut Ctx<Self>) {
        let store = self.store.clone();
        let loading = async move { store.ask(LoadPresets, LOAD_WITHIN).await.map_err(Error::busy("store"))? };
        ctx.wait(loading.into_actor(self).map(|loaded, this: &mut Self, ctx| match loaded {
            Ok(presets) => {
                let presets = presets.into_iter().map(Arc::new);
                this.presets = presets.map(|preset| (preset.id, preset)).collect();
            }
            Err(error) => ctx.exit(Exit::failed(error.to_string())),
        }));
    }

    /// Writes a preset, and then holds it.
    fn put(
        &self,
        checked: Result<Arc<Preset>, Error>,
    ) -> ResponseActFuture<Self, Result<Arc<Preset>, Error>> {
        let store = self.store.clone();
        let writing = async move {
            let preset = checked?;
            let written = store.ask(PutPreset(Arc::clone(&preset)), WRITE_WITHIN).await;
            written.map_err(Error::busy("store"))??;
            Ok(preset)
        };
        Box::pin(writing.into_actor(self).map(|written, this: &mut Self, ctx| {
            match &written {
                Ok(preset) => {
                    this.presets.insert(preset.id, Arc::clone(preset));
                }
                Err(error) => this.doubt(error, ctx),
            }
            written
        }))
    }

    /// After a write of which nobody knows whether it was done, the store is asked what there is.
    fn doubt(&self, error: &Error, ctx: &mut Ctx<Self>) {
        if matches!(error, Error::Busy { .. } | Error::Store(_)) {
            self.load(ctx);
        }
    }
}

impl Actor for Presets {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.load(ctx);
    }
}

supervised!(Presets);

impl Handler<CreatePreset> for Presets {
    type Result = AtomicResponse<Self, Result<Arc<Preset>, Error>>;

    fn handle(&mut self, create: CreatePreset, _: &mut Ctx<Self>) -> Self::Result {
        let made = if self.presets.len() >= PRESETS {
            Err(Error::EnoughPresets(PRESETS))
        } else {
            Preset::new(&create.name, create.configuration, self.clock.now_ms()).map(Arc::new)
        };
        AtomicResponse::new(self.put(made))
    }
}

impl Handler<UpdatePreset> for Presets {
    type Result = AtomicResponse<Self, Result<Option<Arc<Preset>>, Error>>;

    fn handle(&mut self, update: UpdatePreset, _: &mut Ctx<Self>) -> Self::Result {
        let UpdatePreset { id, name, configuration } = update;
        let now_ms = self.clock.now_ms();
        let Some(known) = self.presets.get(&id) else {
            return AtomicResponse::new(Box::pin(actix::fut::ready(Ok(None))));
        };
        let changed = known.changed(name.as_deref(), configuration, now_ms).map(Arc::new);
        AtomicResponse::new(Box::pin(self.put(changed).map(|written, _, _| written.map(Some))))
    }
}

impl Handler<DeletePreset> for Presets {
    type Result = AtomicResponse<Self, Result<Option<Arc<Preset>>, Error>>;

    fn handle(&mut self, DeletePreset(id): DeletePreset, _: &mut Ctx<Self>) -> Self::Result {
        let (store, is_known) = (self.store.clone(), self.presets.contains_key(&id));
        let removing = async move {
            if is_known {
                store.ask(RemovePreset(id), WRITE_WITHIN).await.map_err(Error::busy("store"))??;
            }
            Ok(())
        };
        AtomicResponse::new(Box::pin(removing.into_actor(self).map(move |removed, this: &mut Self, ctx| {
            removed.inspect_err(|error| this.doubt(error, ctx))?;
            Ok(this.presets.remove(&id))
        })))
    }
}

impl Handler<FindPreset> for Presets {
    type Result = MessageResult<FindPreset>;

    fn handle(&mut self, FindPreset(id): FindPreset, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.presets.get(&id).cloned())
    }
}

impl Handler<ListPresets> for Presets {
    type Result = MessageResult<ListPresets>;

    fn handle(&mut self, _: ListPresets, _: &mut Ctx<Self>) -> Self::Result {
        let mut presets: Vec<_> = self.presets.values().cloned().collect();
        presets.sort_by_key(|preset| Reverse((preset.created_ms, preset.id)));
        MessageResult(presets)
    }
}

#[cfg(test)]
mod tests;
