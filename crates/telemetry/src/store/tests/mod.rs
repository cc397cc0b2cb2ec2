//! The store as a whole: who follows it, and folders of earlier versions.

mod tail;
mod upgrade;
