//! Scenarios of the fleet: the real binary in its roles, on real servers, broken while it works.
//!
//! What is asserted is always the same: the bytes are those that one process makes undisturbed, and
//! every batch, archive and receipt is there once.

mod load;
mod bucket;
mod crew;
mod collector;
mod packings;
mod packers;
mod encrypted;
mod one_reading;
mod formats;
mod images;
mod kills;
mod wipes;
mod leaders;
mod drain;
mod walk;
mod course;
mod downloads;
mod transports;
mod mails;
mod posts;
mod plugins;
mod notices;
mod database;
mod rights;
mod live;
mod easydb;
mod incremental;
mod schedules;
mod deliveries;
mod encrypted_deliveries;
mod cut_off;
mod broken_off;
mod mysql;
mod plugin_examples;
mod plugin_headway;
mod apis;
mod parquets;
mod outages;
mod fairness;
mod telemetry;
mod prometheus;
mod faults;
mod alerts;
