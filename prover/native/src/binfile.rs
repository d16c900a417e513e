//! The container of circom's and snarkjs's `.r1cs`, `.wtns`, `.zkey` and `.ptau` files: four bytes of magic, a version,
//! a count, then sections of (u32 id, u64 length, bytes).
//!
//! The reader takes a buffer, or an open file, of which it reads one part at a time into memory: a file that shrinks
//! meanwhile is an error, where a mapped one would end the process. Each length is checked against the remaining bytes
//! before use, so a file cannot cause a large allocation.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use crate::error::{Error, Result, Source};

/// The maximum number of sections of a file; the largest format has 16.
pub const MAX_SECTIONS: u32 = 64;

/// Opens a file, and returns it and its name for errors.
pub fn open_file(path: &Path) -> Result<(File, String)> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Source(&name).io(e))?;
    Ok((file, name))
}

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
    bytes: Cow<'a, [u8]>,
    position: usize,
    source: Source<'a>,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>, source: Source<'a>) -> Self {
        Cursor { bytes: bytes.into(), position: 0, source }
    }

    pub fn take(&mut self, n: usize) -> Result<&[u8]> {
        let left = self.remaining();
        self.source.ensure(n <= left, || format!("truncated: {n} more bytes expected, {left} left"))?;
        self.position += n;
        Ok(&self.bytes[self.position - n..self.position])
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes")))
    }

    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Checks that no bytes are left.
    pub fn finish(&self, what: &str) -> Result<()> {
        let left = self.remaining();
        self.source.ensure(left == 0, || format!("{left} bytes too many at the end of the {what}"))
    }
}

/// The place of a container's bytes.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    Memory(&'a [u8]),
    File(&'a File),
}

impl<'a> From<&'a [u8]> for Input<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Input::Memory(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Input<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Input::Memory(bytes)
    }
}

impl<'a> From<&'a File> for Input<'a> {
    fn from(file: &'a File) -> Self {
        Input::File(file)
    }
}

/// The length of an input, and when the content of a file was last changed, if the system tells.
type State = (u64, Option<SystemTime>);

impl<'a> Input<'a> {
    fn state(self, source: Source) -> Result<State> {
        match self {
            Input::Memory(bytes) => Ok((bytes.len() as u64, None)),
            Input::File(file) => {
                let status = file.metadata().map_err(|e| source.io(e))?;
                Ok((status.len(), status.modified().ok()))
            }
        }
    }

    /// Returns bytes within the length. Those of a file, which may have become shorter, are read into the buffer.
    fn at<'b>(self, start: u64, length: usize, buffer: &'b mut Vec<u8>, source: Source) -> Result<&'b [u8]>
    where
        'a: 'b,
    {
        match self {
            Input::Memory(bytes) => Ok(&bytes[start as usize..start as usize + length]),
            Input::File(file) => {
                buffer.resize(length, 0);
                read_exact_at(file, buffer, start).map_err(|error| match error.kind() {
                    ErrorKind::UnexpectedEof => source.error("truncated while it was read"),
                    _ => source.io(error),
                })?;
                Ok(buffer)
            }
        }
    }

    /// Returns bytes within the length.
    fn bytes(self, start: u64, length: usize, source: Source) -> Result<Cow<'a, [u8]>> {
        match self {
            Input::Memory(bytes) => Ok(Cow::Borrowed(&bytes[start as usize..start as usize + length])),
            Input::File(_) => {
                let mut buffer = Vec::new();
                self.at(start, length, &mut buffer, source)?;
                Ok(Cow::Owned(buffer))
            }
        }
    }
}

/// Reads from a place of a file, from several threads at once.
#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], start: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut start: u64) -> std::io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, start)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => (buffer, start) = (&mut buffer[read..], start + read as u64),
        }
    }
    Ok(())
}

/// In a browser there are no files.
#[cfg(not(any(unix, windows)))]
fn read_exact_at(_: &File, _: &mut [u8], _: u64) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// The sections of a file, with unique ids.
pub struct Sections<'a> {
    input: Input<'a>,
    /// Number, place and length of each section.
    sections: Vec<(u32, u64, u64)>,
    state: State,
    pub source: Source<'a>,
}

/// The number of records that one task parses, which fit into a processor's cache.
const RECORDS_PER_PART: usize = 1 << 12;

impl<'a> Sections<'a> {
    pub fn parse(input: impl Into<Input<'a>>, magic: &[u8; 4], version: u32, source: Source<'a>) -> Result<Self> {
        let input = input.into();
        let state = input.state(source)?;
        let end = state.0;
        let kind = std::str::from_utf8(magic).expect("ASCII magic");
        source.ensure(end >= 12 && *input.bytes(0, 4, source)? == *magic, || format!("not a .{kind} file"))?;
        let mut header = Cursor::new(input.bytes(4, 8, source)?, source);
        let found = header.u32()?;
        source.ensure(found == version, || format!(".{kind} version {found}, expected {version}"))?;
        let count = header.u32()?;
        source.ensure(count <= MAX_SECTIONS, || format!("{count} sections, at most {MAX_SECTIONS} expected"))?;

        let mut sections: Vec<(u32, u64, u64)> = Vec::new();
        let mut place = 12;
        for _ in 0..count {
            let left: u64 = end - place;
            let mut header = Cursor::new(input.bytes(place, left.min(12) as usize, source)?, source);
            let (id, length) = (header.u32()?, header.u64()?);
            let left = left - 12;
            source.ensure(length <= left, || {
                format!("section {id} is truncated: it claims {length} bytes, {left} are left")
            })?;
            source.ensure(sections.iter().all(|(other, ..)| *other != id), || format!("section {id} occurs twice"))?;
            sections.push((id, place + 12, length));
            place += 12 + length;
        }
        source.ensure(place == end, || format!("{} bytes too many at the end of the file", end - place))?;
        Ok(Sections { input, sections, state, source })
    }

    fn find(&self, id: u32) -> Result<(u64, u64)> {
        let found = self.sections.iter().find(|(other, ..)| *other == id);
        found
            .map(|(_, place, length)| (*place, *length))
            .ok_or_else(|| self.source.error(format!("section {id} is missing")))
    }

    /// Returns the length of a section in bytes.
    pub fn length(&self, id: u32) -> Result<usize> {
        Ok(self.find(id)?.1 as usize)
    }

    /// Returns the bytes of a section.
    pub fn bytes(&self, id: u32) -> Result<Cow<'a, [u8]>> {
        let (place, length) = self.find(id)?;
        self.input.bytes(place, length as usize, self.source)
    }

    /// Returns some bytes of a section; those of a file are read into the buffer.
    pub fn part<'b>(&self, id: u32, start: usize, length: usize, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]>
    where
        'a: 'b,
    {
        let (place, available) = self.find(id)?;
        let available = available as usize;
        self.source.ensure(start <= available && length <= available - start, || {
            format!("section {id} is truncated: {length} bytes expected after {start}, {available} in all")
        })?;
        self.input.at(place + start as u64, length, buffer, self.source)
    }

    pub fn cursor(&self, id: u32) -> Result<Cursor<'a>> {
        Ok(Cursor::new(self.bytes(id)?, self.source))
    }

    /// Checks that a section has exactly `count` records of `size` bytes.
    pub fn check_records(&self, id: u32, count: usize, size: usize) -> Result<()> {
        let length = self.length(id)?;
        self.source.ensure(count.checked_mul(size) == Some(length), || {
            format!("section {id} has {length} bytes, {count} records of {size} expected")
        })
    }

    /// Returns a section of exactly `count` records of `size` bytes.
    pub fn records(&self, id: u32, count: usize, size: usize) -> Result<Cow<'a, [u8]>> {
        self.check_records(id, count, size)?;
        self.bytes(id)
    }

    /// Refuses a file whose length or time of modification is another than when it was opened. Between two ticks of the
    /// file system's clock, some milliseconds, a change leaves no trace.
    pub fn check_unchanged(&self) -> Result<()> {
        let same = self.input.state(self.source)? == self.state;
        self.source.ensure(same, || "changed while it was read".into())
    }

    /// Parses a section of exactly `count` records of `size` bytes, its parts in parallel.
    pub fn parsed<T: Clone + Send>(
        &self,
        id: u32,
        (count, size): (usize, usize),
        filler: T,
        parse: impl Fn(&[u8], &mut [T]) -> Result<()> + Sync,
    ) -> Result<Vec<T>> {
        self.check_records(id, count, size)?;
        let mut out = vec![filler; count];
        out.par_chunks_mut(RECORDS_PER_PART).enumerate().try_for_each_init(Vec::new, |buffer, (index, chunk)| {
            let (start, length) = (index * RECORDS_PER_PART * size, chunk.len() * size);
            parse(self.part(id, start, length, buffer)?, chunk)
        })?;
        Ok(out)
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
