//! Who sent a row: the columns that repeat for all rows of one resource and scope.

use arrow::array::ArrayRef;

use super::build::Names;

/// Who sent a row, as a resource says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) service: String,
    pub(crate) namespace: String,
    pub(crate) environment: String,
    pub(crate) service_version: Option<String>,
    /// The resource's attributes as JSON text.
    pub(crate) json: String,
    /// Whether it declares that its spans are a sample.
    pub(crate) sampled: bool,
}

/// An origin in the dictionaries of [`OriginColumns`], until they begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OriginKeys {
    service: i32,
    namespace: i32,
    environment: i32,
    service_version: Option<i32>,
    resource: i32,
}

/// The columns that repeat for all rows of one resource and scope: their texts are looked up once.
pub(crate) struct OriginColumns {
    service: Names,
    namespace: Names,
    environment: Names,
    service_version: Names,
    resource: Names,
    scope: Names,
    entered: OriginKeys,
    entered_scope: i32,
}

/// The finished columns of [`OriginColumns`].
pub(crate) struct OriginArrays {
    pub(crate) service: ArrayRef,
    pub(crate) namespace: ArrayRef,
    pub(crate) environment: ArrayRef,
    pub(crate) service_version: ArrayRef,
    pub(crate) resource: ArrayRef,
    pub(crate) scope: ArrayRef,
}

impl OriginColumns {
    pub(crate) fn new() -> Self {
        Self {
            service: Names::new(),
            namespace: Names::new(),
            environment: Names::new(),
            service_version: Names::new(),
            resource: Names::new(),
            scope: Names::new(),
            entered: OriginKeys::default(),
            entered_scope: 0,
        }
    }

    /// The keys of an origin.
    pub(crate) fn intern(&mut self, origin: &Origin) -> OriginKeys {
        OriginKeys {
            service: self.service.intern(&origin.service),
            namespace: self.namespace.intern(&origin.namespace),
            environment: self.environment.intern(&origin.environment),
            service_version: origin.service_version.as_deref().map(|text| self.service_version.intern(text)),
            resource: self.resource.intern(&origin.json),
        }
    }

    /// The rows that follow come from this origin.
    pub(crate) fn enter(&mut self, keys: OriginKeys) {
        self.entered = keys;
    }

    /// The rows that follow come from this scope.
    pub(crate) fn enter_scope(&mut self, name: &str) {
        self.entered_scope = self.scope.intern(name);
    }

    /// Appends a row of the origin and scope entered last.
    pub(crate) fn append(&mut self) {
        let keys = self.entered;
        self.service.append_key(keys.service);
        self.namespace.append_key(keys.namespace);
        self.environment.append_key(keys.environment);
        self.service_version.append_key_option(keys.service_version);
        self.resource.append_key(keys.resource);
        self.scope.append_key(self.entered_scope);
    }

    /// To be called between batches. Whether keys that were handed out count no more.
    pub(crate) fn begin(&mut self) -> bool {
        self.scope.begin();
        let mut of_origin = [
            &mut self.service,
            &mut self.namespace,
            &mut self.environment,
            &mut self.service_version,
            &mut self.resource,
        ];
        let any_full = of_origin.iter().any(|names| names.is_full());
        if any_full {
            of_origin.iter_mut().for_each(|names| **names = Names::new());
        }
        any_full
    }

    pub(crate) fn finish(&mut self) -> OriginArrays {
        OriginArrays {
            service: self.service.finish(),
            namespace: self.namespace.finish(),
            environment: self.environment.finish(),
            service_version: self.service_version.finish(),
            resource: self.resource.finish(),
            scope: self.scope.finish(),
        }
    }
}
