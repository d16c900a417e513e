//! A folder for a test, removed at its end, and files to be forged.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(0);

pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zkmargin-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a folder");
        Folder(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file")
    }

    /// Returns the names of the files in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The sections of a file, to be changed.
#[allow(dead_code)]
pub struct Parts(Vec<(u32, Vec<u8>)>);

#[allow(dead_code)]
impl Parts {
    pub fn read(path: &Path) -> Self {
        Self::parse(&std::fs::read(path).expect("a file"))
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let mut rest = &bytes[12..];
        let mut sections = Vec::new();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(12);
            let id = u32::from_le_bytes(head[..4].try_into().expect("four bytes"));
            let length = u64::from_le_bytes(head[4..].try_into().expect("eight bytes"));
            let (content, tail) = tail.split_at(length as usize);
            sections.push((id, content.to_vec()));
            rest = tail;
        }
        Parts(sections)
    }

    pub fn section(&self, id: u32) -> &[u8] {
        &self.0.iter().find(|(other, _)| *other == id).expect("the section").1
    }

    pub fn section_mut(&mut self, id: u32) -> &mut Vec<u8> {
        &mut self.0.iter_mut().find(|(other, _)| *other == id).expect("the section").1
    }

    pub fn write(&self, path: &Path, magic: &[u8; 4]) {
        let mut out = [magic.as_slice(), &1u32.to_le_bytes(), &(self.0.len() as u32).to_le_bytes()].concat();
        for (id, content) in &self.0 {
            out.extend(id.to_le_bytes());
            out.extend((content.len() as u64).to_le_bytes());
            out.extend(content);
        }
        std::fs::write(path, out).expect("written");
    }
}
