//! How many of those who ask are worked for at once. Others wait, for as long as what they ask for might take, and are then
//! told to come back.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::SharedClock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;

/// Places for those who are worked for.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    free: Arc<Semaphore>,
    places: usize,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "it is there to be dropped")] OwnedSemaphorePermit);

impl Turns {
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(places)), places }
    }

    /// How many of the places are taken.
    #[cfg(feature = "query")]
    pub(super) fn taken(&self) -> usize {
        self.places - self.free.available_permits()
    }

    /// The next place that is free, in the order of asking, if there is one within this time.
    pub(super) async fn next(&self, clock: &SharedClock, within: Duration) -> Result<Turn, StoreError> {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return Ok(Turn(place));
        }
        tokio::select! {
            biased;
            place = self.free.clone().acquire_owned() => place.map(Turn).map_err(|_| StoreError::Stopped),
            () = clock.sleep(within) => Err(StoreError::Busy),
        }
    }
}
