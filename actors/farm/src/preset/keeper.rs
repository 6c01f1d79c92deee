//! Keeps the presets: all of them in memory, each change on the disk before it is answered, one after another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, AtomicResponse, Handler, Message, MessageResult, WrapFuture,
};
use shiftboss_kernel::{Ctx, Exit, Tx, supervised};

use super::{Alteration, Configuration, PRESETS_AT_MOST, Preset, PresetId, check_name};
use crate::clock::Clock;
use crate::error::Error;
use crate::record::UnixMs;
use crate::store::{DropPreset, KeepPreset, LoadPresets, Store};

/// The time that the store has for its part.
const STORE_WITHIN: Duration = Duration::from_secs(10);

/// All presets, the latest first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Arc<Preset>>")]
pub struct ListPresets;

/// One preset.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Option<Arc<Preset>>")]
pub struct LookPreset(pub PresetId);

/// Makes a preset; answered when it is on the disk.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Arc<Preset>, Error>")]
pub struct CreatePreset {
    /// What people call it.
    pub name: String,
    /// What it gives.
    pub configuration: Configuration,
}

/// Changes a preset; answered with what it is when that is on the disk, with none if there is no such preset.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Arc<Preset>>, Error>")]
pub struct AlterPreset {
    /// Which.
    pub id: PresetId,
    /// Its new name; none leaves it.
    pub name: Option<String>,
    /// What becomes of its configuration; none leaves it.
    pub configuration: Option<Alteration>,
}

/// Removes a preset; answered with it when it is gone from the disk. Devices that it was given to keep what they have.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Option<Arc<Preset>>, Error>")]
pub struct RemovePreset(pub PresetId);

/// The actor.
pub struct Presets {
    store: Tx<Store>,
    clock: Clock,
    presets: BTreeMap<PresetId, Arc<Preset>>,
}

impl Presets {
    /// A keeper without presets; it loads them when it starts.
    pub fn new(store: Tx<Store>, clock: Clock) -> Self {
        Self { store, clock, presets: BTreeMap::new() }
    }

    /// Keeps a preset in place of the one before, once it is on the disk.
    fn keep<T: 'static>(
        &self,
        preset: Result<Arc<Preset>, Error>,
        answer: impl FnOnce(Arc<Preset>) -> T + 'static,
    ) -> AtomicResponse<Self, Result<T, Error>> {
        let store = self.store.clone();
        let work = async move {
            let preset = preset?;
            store
                .ask(KeepPreset(Arc::clone(&preset)), STORE_WITHIN)
                .await
                .map_err(Error::busy("store"))??;
            Ok(preset)
        };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|kept, this, _| {
            let preset: Arc<Preset> = kept?;
            this.presets.insert(preset.id, Arc::clone(&preset));
            Ok(answer(preset))
        })))
    }
}

impl Actor for Presets {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let store = self.store.clone();
        let loading =
            async move { store.ask(LoadPresets, STORE_WITHIN).await.map_err(Error::busy("store"))? };
        ctx.wait(loading.into_actor(self).map(|loaded, this: &mut Self, ctx| match loaded {
            Ok(presets) => {
                this.presets = presets.into_iter().map(|preset| (preset.id, Arc::new(preset))).collect();
            }
            Err(error) => ctx.exit(Exit::failed(error.to_string())),
        }));
    }
}

supervised!(Presets);

impl Handler<ListPresets> for Presets {
    type Result = MessageResult<ListPresets>;

    fn handle(&mut self, _: ListPresets, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.presets.values().rev().cloned().collect())
    }
}

impl Handler<LookPreset> for Presets {
    type Result = MessageResult<LookPreset>;

    fn handle(&mut self, LookPreset(id): LookPreset, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.presets.get(&id).cloned())
    }
}

impl Handler<CreatePreset> for Presets {
    type Result = AtomicResponse<Self, Result<Arc<Preset>, Error>>;

    fn handle(&mut self, create: CreatePreset, _: &mut Ctx<Self>) -> Self::Result {
        let now_ms = self.clock.now_ms();
        let CreatePreset { name, configuration } = create;
        let preset =
            Preset { id: PresetId::draw(), name, configuration, created_ms: now_ms, updated_ms: now_ms };
        let has_room = self.presets.len() < PRESETS_AT_MOST;
        let full = Error::ManyPresets { most: PRESETS_AT_MOST };
        let checked = check_name(&preset.name).and(if has_room { Ok(Arc::new(preset)) } else { Err(full) });
        self.keep(checked, |preset| preset)
    }
}

impl Handler<AlterPreset> for Presets {
    type Result = AtomicResponse<Self, Result<Option<Arc<Preset>>, Error>>;

    fn handle(&mut self, alter: AlterPreset, _: &mut Ctx<Self>) -> Self::Result {
        let Some(before) = self.presets.get(&alter.id) else {
            return AtomicResponse::new(Box::pin(actix::fut::ready(Ok(None))));
        };
        self.keep(altered(before, alter, self.clock.now_ms()).map(Arc::new), Some)
    }
}

impl Handler<RemovePreset> for Presets {
    type Result = AtomicResponse<Self, Result<Option<Arc<Preset>>, Error>>;

    fn handle(&mut self, RemovePreset(id): RemovePreset, _: &mut Ctx<Self>) -> Self::Result {
        let (store, known) = (self.store.clone(), self.presets.contains_key(&id));
        let work = async move {
            if known {
                store.ask(DropPreset(id), STORE_WITHIN).await.map_err(Error::busy("store"))??;
            }
            Ok(())
        };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(
            move |dropped: Result<(), Error>, this, _| {
                dropped?;
                Ok(this.presets.remove(&id))
            },
        )))
    }
}

fn altered(before: &Preset, alter: AlterPreset, now_ms: UnixMs) -> Result<Preset, Error> {
    let AlterPreset { id, name, configuration } = alter;
    name.as_deref().map_or(Ok(()), check_name)?;
    let name = name.unwrap_or_else(|| before.name.clone());
    let configuration = match configuration {
        Some(alteration) => before.configuration.altered(&alteration)?,
        None => before.configuration.clone(),
    };
    Ok(Preset { id, name, configuration, created_ms: before.created_ms, updated_ms: now_ms })
}
