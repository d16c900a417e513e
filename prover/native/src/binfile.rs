//! The container of circom's and snarkjs's `.r1cs`, `.wtns`, `.zkey` and `.ptau` files: four bytes of magic, a version,
//! a count, then sections of (u32 id, u64 length, bytes).
//!
//! The reader borrows from one buffer. Each length is checked against the remaining bytes before use, so a file cannot
//! cause a large allocation.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, Source};

/// The maximum number of sections of a file; the largest format has 16.
pub const MAX_SECTIONS: u32 = 64;

/// Reads a whole file, and returns its bytes and its name for errors.
pub fn read_file(path: &Path) -> Result<(Vec<u8>, String)> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| Source(&name).io(e))?;
    Ok((bytes, name))
}

/// Refuses an output that would replace the input, from which it is computed.
pub fn refuse_same_file(input: &Path, output: &Path) -> Result<()> {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => {
            Err(Error::Value(format!("{}: the output would replace the input", output.display())))
        }
        _ => Ok(()),
    }
}

/// A cursor over bytes that never reads past their end.
pub struct Cursor<'a> {
    bytes: &'a [u8],
    source: Source<'a>,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], source: Source<'a>) -> Self {
        Cursor { bytes, source }
    }

    pub fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        self.source.ensure(n <= self.bytes.len(), || {
            format!("truncated: {n} more bytes expected, {} left", self.bytes.len())
        })?;
        let (head, tail) = self.bytes.split_at(n);
        self.bytes = tail;
        Ok(head)
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes")))
    }

    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// Checks that no bytes are left.
    pub fn finish(&self, what: &str) -> Result<()> {
        self.source
            .ensure(self.bytes.is_empty(), || format!("{} bytes too many at the end of the {what}", self.bytes.len()))
    }
}

/// The sections of a file, with unique ids.
pub struct Sections<'a> {
    sections: Vec<(u32, &'a [u8])>,
    pub source: Source<'a>,
}

impl<'a> Sections<'a> {
    pub fn parse(bytes: &'a [u8], magic: &[u8; 4], version: u32, source: Source<'a>) -> Result<Self> {
        let mut cursor = Cursor::new(bytes, source);
        let kind = std::str::from_utf8(magic).expect("ASCII magic");
        source.ensure(bytes.len() >= 12 && cursor.take(4)? == magic, || format!("not a .{kind} file"))?;
        let found = cursor.u32()?;
        source.ensure(found == version, || format!(".{kind} version {found}, expected {version}"))?;
        let count = cursor.u32()?;
        source.ensure(count <= MAX_SECTIONS, || format!("{count} sections, at most {MAX_SECTIONS} expected"))?;

        let mut sections: Vec<(u32, &[u8])> = Vec::new();
        for _ in 0..count {
            let id = cursor.u32()?;
            let length = cursor.u64()?;
            let left = cursor.remaining();
            source.ensure(length <= left as u64, || {
                format!("section {id} is truncated: it claims {length} bytes, {left} are left")
            })?;
            source.ensure(sections.iter().all(|(other, _)| *other != id), || format!("section {id} occurs twice"))?;
            sections.push((id, cursor.take(length as usize)?));
        }
        cursor.finish("file")?;
        Ok(Sections { sections, source })
    }

    /// Returns the bytes of a section.
    pub fn bytes(&self, id: u32) -> Result<&'a [u8]> {
        self.sections
            .iter()
            .find(|(other, _)| *other == id)
            .map(|(_, bytes)| *bytes)
            .ok_or_else(|| self.source.error(format!("section {id} is missing")))
    }

    pub fn cursor(&self, id: u32) -> Result<Cursor<'a>> {
        Ok(Cursor::new(self.bytes(id)?, self.source))
    }

    /// Returns a section of exactly `count` records of `size` bytes.
    pub fn records(&self, id: u32, count: usize, size: usize) -> Result<&'a [u8]> {
        let bytes = self.bytes(id)?;
        self.source.ensure(count.checked_mul(size) == Some(bytes.len()), || {
            format!("section {id} has {} bytes, {count} records of {size} expected", bytes.len())
        })?;
        Ok(bytes)
    }
}

/// A writer of a container that writes a temporary file and moves it to the final name when it is complete and on disk.
pub struct Writer {
    out: BufWriter<File>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Writer {
    pub fn create(target: &Path, magic: &[u8; 4], version: u32, sections: u32) -> Result<Self> {
        let name = target.display().to_string();
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(target.file_name().ok_or_else(|| Source(&name).error("not a file name"))?);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = File::create(&temporary).map_err(|e| Source(&name).io(e))?;
        let mut writer = Writer { out: BufWriter::with_capacity(1 << 20, file), temporary, target: target.to_owned() };
        writer.write(magic)?;
        writer.write(&version.to_le_bytes())?;
        writer.write(&sections.to_le_bytes())?;
        Ok(writer)
    }

    pub fn section(&mut self, id: u32, bytes: &[u8]) -> Result<()> {
        self.begin(id, bytes.len() as u64)?;
        self.write(bytes)
    }

    /// Starts a section; its content follows in parts.
    pub fn begin(&mut self, id: u32, length: u64) -> Result<()> {
        self.write(&id.to_le_bytes())?;
        self.write(&length.to_le_bytes())
    }

    /// Opens what was written so far for reading.
    pub fn written(&mut self) -> Result<File> {
        let opened = self.out.flush().and_then(|()| File::open(&self.temporary));
        opened.map_err(|e| self.io(e))
    }

    /// Syncs and renames the file. Without this call the temporary file is removed.
    pub fn finish(mut self) -> Result<()> {
        let done = self
            .out
            .flush()
            .and_then(|()| self.out.get_ref().sync_all())
            .and_then(|()| std::fs::rename(&self.temporary, &self.target));
        done.map_err(|e| self.io(e))
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| self.io(e))
    }

    fn io(&self, error: std::io::Error) -> Error {
        Source(&self.target.display().to_string()).io(error)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // After a successful rename there is no file to remove.
        let _ = std::fs::remove_file(&self.temporary);
    }
}
