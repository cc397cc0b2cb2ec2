//! The store as a whole: what it keeps, who follows it, and folders of earlier versions.

mod budget;
mod tail;
mod upgrade;
