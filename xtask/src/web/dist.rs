//! Writes the portal's files, each also compressed, and removes what is left of an earlier build.

use std::{fs, io::Write as _, path::Path};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

use super::File;

const QUALITY: u32 = 11;
const WINDOW: u32 = 22;
const BUFFER: usize = 4096;

/// Writes the files and returns their names and their sizes under brotli.
pub(crate) fn write(dist: &Path, files: &[File]) -> Result<Vec<(String, usize)>> {
    let mut kept = Vec::new();
    let mut sizes = Vec::new();
    for File { name, bytes } in files {
        let [plain, br, gz] = ["", ".br", ".gz"].map(|ending| format!("{name}{ending}"));
        if fs::read(dist.join(&plain)).ok().as_ref() != Some(bytes) || !dist.join(&gz).exists() {
            fs::create_dir_all(dist.join(name).parent().unwrap_or(dist))?;
            fs::write(dist.join(&br), brotli(bytes)?)?;
            fs::write(dist.join(&gz), gzip(bytes)?)?;
            fs::write(dist.join(&plain), bytes)?;
        }
        sizes.push((name.clone(), usize::try_from(fs::metadata(dist.join(&br))?.len())?));
        kept.extend([plain, br, gz]);
    }
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if kept.iter().any(|kept| dist.join(kept).starts_with(&path)) {
            continue;
        }
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    Ok(sizes)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
