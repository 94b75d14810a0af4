//! What the easydb dialect keeps of its exports besides what every export has: their numbers and names,
//! who signed in, and what happened.
//!
//! All of it lies in the store. Numbers, names and events are drawn by put-if-absent, so that any number
//! of coordinators agree on them.

mod register;
mod begin;
mod happened;
mod chronicle;
mod tally;
mod each;
mod course;
mod quiet;
mod telling;
mod owner_mail;
mod fetching;
mod session;

pub(crate) use self::chronicle::Chronicle;
pub(crate) use self::course::course;
pub(crate) use self::happened::{Each, Happened, What};
pub use self::owner_mail::OwnerMails;
pub(crate) use self::register::{Kept, NotKept};
pub(crate) use self::session::{NewSession, Session, is_session};
