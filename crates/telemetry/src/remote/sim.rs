//! A bucket in memory that fails on request, also halfway.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use ippo_base::Timestamp;

use super::{Bucket, BucketError, BucketObject, PutError};

/// A simulated bucket. Clones share the same objects, which outlive every crash of who uses them.
#[derive(Clone, Default)]
pub(crate) struct SimBucket {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Bytes>,
    /// So many more calls succeed.
    calls_until_failure: Option<u64>,
    /// Whether a write that fails was done nevertheless: its answer was lost.
    done_but_failed: bool,
    /// Whether nothing ever comes back.
    silent: bool,
    /// Whether nothing may be written or removed.
    read_only: bool,
    /// Objects that cannot be read.
    hidden: BTreeSet<String>,
    calls: u64,
    /// What happens after so many more calls.
    then: Option<(u64, Box<dyn FnOnce() + Send>)>,
}

impl SimBucket {
    /// Lets every call fail after so many more.
    pub(crate) fn fail_after(&self, calls: u64, done_but_failed: bool) {
        let mut state = self.lock();
        state.calls_until_failure = Some(calls);
        state.done_but_failed = done_but_failed;
    }

    /// Lets calls succeed again.
    pub(crate) fn heal(&self) {
        let mut state = self.lock();
        (state.calls_until_failure, state.silent) = (None, false);
    }

    /// Whether every call fails.
    pub(crate) fn is_out(&self) -> bool {
        self.lock().calls_until_failure == Some(0)
    }

    /// Lets no answer come any more. Whoever waits for one without an end has a bug.
    pub(crate) fn fall_silent(&self) {
        self.lock().silent = true;
    }

    /// Refuses to write and to remove, or does so again. What is there can be read.
    pub(crate) fn set_read_only(&self, read_only: bool) {
        self.lock().read_only = read_only;
    }

    /// Lets an object be out of reach, and no other.
    pub(crate) fn hide(&self, key: &str) {
        self.lock().hidden.insert(key.to_owned());
    }

    /// Lets no object be.
    pub(crate) fn show_all(&self) {
        self.lock().hidden.clear();
    }

    /// Lets something happen after so many more calls, before the next one is answered.
    pub(crate) fn after_calls(&self, calls: u64, then: impl FnOnce() + Send + 'static) {
        self.lock().then = Some((calls, Box::new(then)));
    }

    fn called(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        let due = match &mut state.then {
            Some((0, _)) => state.then.take(),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        let Some((_, then)) = due else { return state };
        drop(state);
        then();
        self.lock()
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// The keys of all objects.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.lock().objects.keys().cloned().collect()
    }

    /// Changes an object, as a bucket that loses or garbles what it holds. None removes it.
    pub(crate) fn spoil(&self, key: &str, bytes: Option<Vec<u8>>) {
        let mut state = self.lock();
        state.objects.remove(key);
        state.objects.extend(bytes.map(|bytes| (key.to_owned(), Bytes::from(bytes))));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl State {
    fn call(&mut self) -> Result<(), BucketError> {
        self.calls += 1;
        assert!(!self.silent, "somebody waits for ever");
        match &mut self.calls_until_failure {
            Some(0) => Err(BucketError::Failed("the simulated bucket cannot be reached".to_owned())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn write(&mut self, write: impl FnOnce(&mut BTreeMap<String, Bytes>)) -> Result<(), BucketError> {
        let called = self.call();
        if self.read_only {
            return Err(BucketError::Failed("the simulated bucket refuses to write".to_owned()));
        }
        if called.is_ok() || self.done_but_failed {
            write(&mut self.objects);
        }
        called
    }

    fn object(&self, key: &str) -> Result<Bytes, BucketError> {
        if self.hidden.contains(key) {
            return Err(BucketError::Failed("the simulated bucket hides the object".to_owned()));
        }
        self.objects.get(key).cloned().ok_or_else(|| BucketError::Missing(key.to_owned()))
    }
}

impl Bucket for SimBucket {
    fn location(&self) -> String {
        "s3://simulated/prefix".to_owned()
    }

    fn put(&self, key: &str, bytes: u64, from: &mut dyn io::Read) -> Result<(), PutError> {
        let mut content = Vec::new();
        from.take(bytes).read_to_end(&mut content).map_err(PutError::Source)?;
        Ok(self.called().write(|objects| drop(objects.insert(key.to_owned(), Bytes::from(content))))?)
    }

    fn create(&self, key: &str, content: Bytes) -> Result<bool, BucketError> {
        let mut created = false;
        self.called().write(|objects| {
            if !objects.contains_key(key) {
                created = true;
                objects.insert(key.to_owned(), content);
            }
        })?;
        Ok(created)
    }

    fn get(&self, key: &str) -> Result<Bytes, BucketError> {
        let mut state = self.called();
        state.call()?;
        state.object(key)
    }

    fn get_within(&self, key: &str, _: Duration) -> Result<Bytes, BucketError> {
        if self.lock().silent {
            return Err(BucketError::Failed("the simulated bucket does not answer".to_owned()));
        }
        self.get(key)
    }

    fn get_ranges(&self, key: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, BucketError> {
        let mut state = self.called();
        state.call()?;
        let object = state.object(key)?;
        let place = |at: u64| usize::try_from(at).expect("small").min(object.len());
        Ok(ranges.iter().map(|range| object.slice(place(range.start)..place(range.end))).collect())
    }

    fn size(&self, key: &str) -> Result<u64, BucketError> {
        let mut state = self.called();
        state.call()?;
        Ok(state.object(key)?.len() as u64)
    }

    fn list(&self, folder: &str) -> Result<Vec<BucketObject>, BucketError> {
        let mut state = self.called();
        state.call()?;
        let begin = format!("{folder}/");
        let found = state.objects.keys().filter(|key| key.starts_with(&begin));
        let object = |key: &String| BucketObject { key: key.clone(), modified: Timestamp::from_secs(0) };
        Ok(found.map(object).collect())
    }

    fn delete(&self, key: &str) -> Result<(), BucketError> {
        self.called().write(|objects| drop(objects.remove(key)))
    }
}
