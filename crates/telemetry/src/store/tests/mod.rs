//! The store as a whole: what it keeps, who follows it, and folders of earlier versions.

mod bucket;
mod budget;
mod tail;
mod upgrade;
