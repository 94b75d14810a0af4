//! The contracts of Longshore: what people write, what the stages say to each other, what is kept.
//!
//! Everything that crosses a process border or outlives a process is a type of this crate, in the
//! order one export meets them. No I/O, no clock, no randomness; nothing of ours is below it.

pub mod id;
pub mod abridged;
pub mod schema;
pub mod definition;
pub mod filter;
pub mod source;
pub mod plugin;
pub mod target;
pub mod people;
pub mod easydb;
pub mod deriva;
pub mod percent;
pub mod template;
pub mod image;
pub mod exclusion;
pub mod xml_name;
pub mod digest;
pub mod bag;
pub mod lay;
pub mod plan;
pub mod marks;
pub mod commit;
pub mod file_list;
pub mod tree;
pub mod sealed;
pub mod archive;
pub mod run;
pub mod delivery;
pub mod message;
pub mod event;
pub mod notice;
pub mod owner_mail;
pub mod key;
pub mod fault;
