//! Lays the sources over each other and remembers where each value came from.

use std::fmt;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::table::{SETTINGS, Setting, SettingFlags};

/// The file that is read where none is named.
const DEFAULT_FILE: &str = "ippo.toml";
/// Names the file in the environment.
const FILE_VARIABLE: &str = "IPPO_CONFIG";
/// Variables that begin like settings and are none: what commands use to reach a server, and the file's name.
const OTHER_VARIABLES: [&str; 3] = ["IPPO_URL", "IPPO_TOKEN", FILE_VARIABLE];

/// What could be said about settings, not yet read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Flags.
    pub flags: SettingFlags,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The working folder.
    pub folder: PathBuf,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(String),
    /// A variable.
    Environment(String),
    /// A file.
    File(String),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) => write!(f, "--{name}"),
            Origin::Environment(name) => f.write_str(name),
            Origin::File(path) => f.write_str(path),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// One setting, its value and where that came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedSetting {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value as text; an empty one counts as not given.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// Every setting with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    settings: Vec<ResolvedSetting>,
}

impl Sources {
    /// The process's own: its environment and working folder, and these flags.
    pub fn of_process(flags: SettingFlags) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("IPPO_"));
        Self { flags, environment: environment.collect(), folder: PathBuf::from(".") }
    }

    /// Lays them over each other.
    ///
    /// # Errors
    /// When the file cannot be read, or something is set that is no setting.
    pub fn resolve(&self) -> Result<Resolved, ConfigError> {
        let mut figment = Figment::from(self.layer(&Origin::Default, defaults()));
        if let Some(path) = self.file()? {
            figment = figment.merge(Toml::file_exact(&path));
        }
        let variables = self.variables()?;
        let flags = self.flags.given.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        figment = figment
            .merge(self.layer(&Origin::Environment(String::new()), variables))
            .merge(self.layer(&Origin::Flag(String::new()), flags.collect()));
        let tree: Dict = figment.extract().map_err(|e| ConfigError(file_error(&e)))?;
        if let Some(unknown) = leaves(&tree).iter().find(|key| Setting::named(key).is_none()) {
            let file = figment.find_metadata(unknown).map(|meta| meta.name.to_string()).unwrap_or_default();
            let text = format!("{file}: {unknown:?} is no setting; `ippo config` lists them all");
            return Err(ConfigError(text));
        }
        let settings = SETTINGS.iter().map(|setting| self.resolve_one(setting, &figment));
        Ok(Resolved { settings: settings.collect::<Result<_, _>>()? })
    }

    fn resolve_one(
        &self,
        setting: &'static Setting,
        figment: &Figment,
    ) -> Result<ResolvedSetting, ConfigError> {
        let Ok(found) = figment.find_value(setting.key) else {
            return Ok(ResolvedSetting { setting, value: None, origin: Origin::Default });
        };
        let name = figment.get_metadata(found.tag()).map(|meta| meta.name.to_string()).unwrap_or_default();
        let origin = match name.as_str() {
            "default" => Origin::Default,
            "environment" => Origin::Environment(setting.variable()),
            "flag" => Origin::Flag(setting.flag.unwrap_or(setting.key).to_owned()),
            _ => Origin::File(self.file()?.unwrap_or_default().display().to_string()),
        };
        let value = match &found {
            Value::String(_, text) => text.clone(),
            Value::Bool(_, yes) => yes.to_string(),
            Value::Num(_, number) => {
                let whole = number.to_i128().map(|n| n.to_string());
                let whole = whole.or_else(|| number.to_u128().map(|n| n.to_string()));
                whole.or_else(|| number.to_f64().map(|n| n.to_string())).unwrap_or_default()
            }
            _ => return Err(ConfigError(format!("{origin}: {} must be one text or number", setting.key))),
        };
        Ok(ResolvedSetting { setting, value: Some(value).filter(|text| !text.is_empty()), origin })
    }

    /// The file to read; one that was named must be there.
    fn file(&self) -> Result<Option<PathBuf>, ConfigError> {
        let variable = self.environment.iter().find(|(name, _)| name == FILE_VARIABLE);
        let named =
            self.flags.file.as_ref().or(variable.map(|(_, value)| value)).filter(|path| !path.is_empty());
        let path = self.folder.join(named.map_or(DEFAULT_FILE, String::as_str));
        let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
        match (path.is_file(), named) {
            (true, _) => Ok(Some(path)),
            (false, None) => Ok(None),
            (false, Some(_)) => {
                Err(ConfigError(format!("there is no file {} to read settings from", path.display())))
            }
        }
    }

    fn variables(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let mut variables = Vec::new();
        for (name, value) in &self.environment {
            if OTHER_VARIABLES.contains(&name.as_str()) || value.is_empty() {
                continue;
            }
            match SETTINGS.iter().find(|setting| setting.variable() == *name) {
                Some(setting) => variables.push((setting.key.to_owned(), value.clone())),
                // Definitions may take secrets from variables of any name.
                None => tracing::debug!(variable = name, "the environment has a variable that is no setting"),
            }
        }
        Ok(variables)
    }

    fn layer(&self, origin: &Origin, values: Vec<(String, String)>) -> Layer {
        let name = match origin {
            Origin::Default => "default",
            Origin::Environment(_) => "environment",
            Origin::Flag(_) => "flag",
            Origin::File(_) => "file",
        };
        Layer { name, values }
    }
}

impl Resolved {
    /// Every setting.
    pub fn settings(&self) -> &[ResolvedSetting] {
        &self.settings
    }

    /// A setting's value.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|found| found.setting.key == key)?.value.as_deref()
    }

    /// Says what is wrong with a setting, and where it came from. Never shows a secret.
    pub(super) fn error(&self, key: &str, complaint: &str) -> ConfigError {
        let found = self.settings.iter().find(|found| found.setting.key == key);
        match found {
            Some(ResolvedSetting { setting, value: Some(value), origin }) => {
                let value = if setting.is_secret() { "(hidden)" } else { value };
                ConfigError(format!("{key} is {value:?}, from {origin}: {complaint}"))
            }
            _ => ConfigError(format!("{key} {complaint}")),
        }
    }
}

/// One source as figment wants it.
struct Layer {
    name: &'static str,
    values: Vec<(String, String)>,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut dict = Dict::new();
        for (key, value) in &self.values {
            match key.split_once('.') {
                None => {
                    dict.insert(key.clone(), Value::from(value.clone()));
                }
                Some((table, key)) => {
                    let inner = dict.entry(table.to_owned()).or_insert_with(|| Value::from(Dict::new()));
                    if let Value::Dict(_, inner) = inner {
                        inner.insert(key.to_owned(), Value::from(value.clone()));
                    }
                }
            }
        }
        Ok(Profile::Default.collect(dict))
    }
}

fn defaults() -> Vec<(String, String)> {
    let with_default = SETTINGS.iter().filter_map(|setting| Some((setting.key, setting.default?)));
    with_default.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The keys of a tree's leaves, with dots.
fn leaves(tree: &Dict) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in tree {
        match value {
            Value::Dict(_, inner) if !inner.is_empty() => {
                found.extend(leaves(inner).iter().map(|leaf| format!("{key}.{leaf}")));
            }
            _ => found.push(key.clone()),
        }
    }
    found
}

/// TOML errors show the line they are on; it may hold a secret, so only the place and the complaint are kept.
fn file_error(error: &figment::Error) -> String {
    let text = error.kind.to_string();
    let kept =
        text.lines().filter(|line| !line.trim_start().starts_with(|c: char| c == '|' || c.is_ascii_digit()));
    let source = error.metadata.as_ref().and_then(|meta| meta.source.as_ref());
    let file = source.map(|source| format!("{source}: ")).unwrap_or_default();
    format!("{file}{}", kept.collect::<Vec<_>>().join(" "))
}
