//! The commands for catalogues of Deriva, typed in beside a server that has what they name.

use super::block::{Block, blocks};
use super::shell::Shell;
use super::site::Site;

/// The chapter whose commands are typed.
const CHAPTER: &str = "From the terminal";

#[tokio::test(flavor = "multi_thread")]
async fn commands_for_catalogues_of_deriva_do_what_the_manual_says() {
    let of_chapter = |block: &Block| block.chapter == CHAPTER;
    let blocks: Vec<Block> = blocks("deriva.md").into_iter().filter(of_chapter).collect();
    let site = Site::prepared(&blocks).await;
    let shell = Shell::new(&site.desk, "", &[]);
    let mut said = String::new();
    for block in &blocks {
        let text = site.put(&block.text);
        match block.language.as_str() {
            "json" => drop(site.desk.write("subjects.json", text)),
            "sh" => said.push_str(&shell.run(&text)),
            other => panic!("nobody knows what to do with {other}"),
        }
    }
    for made in ["exports/subject_ann.zip", "results/subject_bob.zip", "images/image_files.zip"] {
        assert!(site.desk.path(made).is_file(), "{made} was not made: {said}");
    }
    assert!(said.contains("BDBag"), "{said}");
}
