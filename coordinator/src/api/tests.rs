//! The API as its clients see it, over a directory, a queue and a board in this process.

mod scene;
mod scheduling;
mod changing;
mod access;
mod making;
mod files;
mod downloads;
mod lifetimes;
mod transports;
mod ending;
mod leading;
mod standing;
mod secrets;
mod following;
mod fleet;
mod easydb;
mod deriva;
mod idah;
mod description;
