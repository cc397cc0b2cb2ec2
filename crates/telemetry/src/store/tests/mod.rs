//! The store as a whole: what it keeps, who follows it, a disk that fails or stalls, and folders of earlier versions.

mod bucket;
mod budget;
mod tail;
mod trouble;
mod upgrade;
