//! `longshore run`, from the outside: the real binary in one process, over files, judged by what it
//! leaves on disk and by other people's programs.

mod desk;
mod ran;
mod tool;
mod material;
mod examples;
mod sameness;
mod kills;
mod names;
mod packers;
mod encrypted;
mod bags;
mod one_reading;
mod listing;
mod browser;
mod served;
mod silence;
mod scheduled;
mod incremental;
mod mistakes;
mod broken;
mod changes;
mod full_disk;
mod trouble;
mod retried;
mod many_files;
mod large_member;
mod formats;
mod addresses;
mod laid;
mod rsync;
mod mails;
mod enclosures;
mod mail_security;
mod posts;
mod notices;
