//! The log of a disk's writes that QEMU's blklogwrites keeps, and the disk as a power cut leaves it. The format is that of
//! the kernel's dm-log-writes: a sector for the log, then for each request a sector and the data, all numbers little-endian.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: u64 = 0x006a_7366_7773_6872;
/// QEMU's, where nobody asks for another.
const SECTOR: u64 = 512;
const FLUSH: u64 = 1;
const DISCARD: u64 = 4;
/// What a disk writes whole or not at all: a sector of most, and a block of the guests' file system.
const BLOCK: usize = 4096;

/// When the power goes: before this request has ended, by its number in the log.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub request: usize,
    pub arrived: Arrived,
}

/// What has arrived of the writes that no flush has followed. Those before a flush have all arrived.
#[derive(Clone, Copy, Debug)]
pub enum Arrived {
    Nothing,
    /// Each block by the toss of a coin.
    Half {
        seed: u64,
    },
}

pub struct WriteLog {
    file: File,
    requests: Vec<Request>,
}

/// QEMU notes a request when it has ended.
enum Request {
    Write {
        to: u64,
        length: usize,
        data: u64,
    },
    Flush,
    /// A disk may keep what it was told that nobody needs, and this one does.
    Discard,
}

impl WriteLog {
    pub fn read(path: &Path) -> WriteLog {
        let file = File::open(path).unwrap_or_else(|e| panic!("opening {}: {e}", path.display()));
        let [magic, version, count, sector] = numbers(&file, 0);
        // The size of a sector is half a number.
        assert_eq!((magic, version, sector & 0xffff_ffff), (MAGIC, 1, SECTOR), "{}", path.display());
        let mut at = SECTOR;
        let mut requests = Vec::new();
        for _ in 0..count {
            let [sector, sectors, flags, _] = numbers(&file, at);
            at += SECTOR;
            requests.push(match flags {
                0 => {
                    let (length, data) = (sectors * SECTOR, at);
                    at += length;
                    Request::Write { to: sector * SECTOR, length: length as usize, data }
                }
                FLUSH => Request::Flush,
                DISCARD => Request::Discard,
                flags => panic!("{}: a request with the flags {flags:#x}", path.display()),
            });
        }
        WriteLog { file, requests }
    }

    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// The numbers of the flushes.
    pub fn flushes(&self) -> Vec<usize> {
        let is_flush = |number: &usize| matches!(self.requests[*number], Request::Flush);
        (0..self.len()).filter(is_flush).collect()
    }

    /// The first request that writes a block which begins with the text.
    pub fn writes(&self, text: &str) -> Option<usize> {
        self.requests.iter().position(|request| {
            self.data(request).chunks(BLOCK).any(|block| block.starts_with(text.as_bytes()))
        })
    }

    /// Makes of the disk, as it was when the log began, the disk as the cut leaves it.
    pub fn replay(&self, cut: Cut, disk: &Path) {
        let disk = File::options().write(true).open(disk).expect("opening the disk to be written");
        let requests = &self.requests[..cut.request];
        let is_flush = |request: &Request| matches!(request, Request::Flush);
        let (safe, unsafe_) = requests.split_at(requests.iter().rposition(is_flush).unwrap_or(0));
        for request in safe {
            self.write(request, &disk, || true);
        }
        if let Arrived::Half { mut seed } = cut.arrived {
            for request in unsafe_ {
                self.write(request, &disk, || toss(&mut seed));
            }
        }
    }

    /// Writes those blocks of a request that arrive.
    fn write(&self, request: &Request, disk: &File, mut arrives: impl FnMut() -> bool) {
        let Request::Write { to, .. } = request else { return };
        for (number, block) in self.data(request).chunks(BLOCK).enumerate() {
            if arrives() {
                disk.write_all_at(block, to + (number * BLOCK) as u64).expect("writing to the disk");
            }
        }
    }

    fn data(&self, request: &Request) -> Vec<u8> {
        let Request::Write { length, data, .. } = request else { return Vec::new() };
        let mut bytes = vec![0; *length];
        self.file.read_exact_at(&mut bytes, *data).expect("reading from the log");
        bytes
    }
}

fn numbers(file: &File, at: u64) -> [u64; 4] {
    let mut bytes = [0; 32];
    file.read_exact_at(&mut bytes, at).expect("reading from the log");
    std::array::from_fn(|n| u64::from_le_bytes(bytes[8 * n..][..8].try_into().expect("eight bytes")))
}

/// The splitmix64 generator's next bit: the same seed tosses the same again, on every machine.
fn toss(state: &mut u64) -> bool {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) & 1 == 1
}

/// QEMU's own driver makes the logs.
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    const SIZE: usize = 256 << 10;

    /// A disk of zeros, with the log of what QEMU was told to do to it.
    fn log_of(requests: &[&str]) -> (tempfile::TempDir, WriteLog) {
        let directory = tempfile::tempdir().expect("making a directory for the disk");
        let [disk, log] = ["disk", "log"].map(|name| directory.path().join(name));
        for path in [&disk, &log] {
            File::create(path).expect("making a file");
        }
        File::options().write(true).open(&disk).expect("the disk").set_len(SIZE as u64).expect("its size");
        let mut qemu = Command::new("qemu-system-x86_64")
            .args(["-machine", "none", "-nodefaults", "-display", "none", "-monitor", "stdio", "-blockdev"])
            .arg(format!(
                "driver=blklogwrites,node-name=disk,file.driver=file,file.filename={},\
                 log.driver=file,log.filename={}",
                disk.display(),
                log.display()
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("starting QEMU");
        let mut monitor = qemu.stdin.take().expect("the pipe that was asked for");
        for request in requests {
            writeln!(monitor, "qemu-io disk \"{request}\"").expect("asking QEMU");
        }
        writeln!(monitor, "quit").expect("asking QEMU");
        assert!(qemu.wait().expect("waiting for QEMU").success());
        File::create(&disk).expect("a disk").set_len(SIZE as u64).expect("zeros");
        (directory, WriteLog::read(&log))
    }

    /// What each block of the disk consists of after the cut.
    fn left(requests: &[&str], cut: Cut) -> Vec<u8> {
        let (directory, log) = log_of(requests);
        let disk = directory.path().join("disk");
        log.replay(cut, &disk);
        let bytes = std::fs::read(disk).expect("reading the disk");
        assert_eq!(bytes.len(), SIZE, "the disk has grown");
        bytes.chunks(BLOCK).map(|block| block[0]).collect()
    }

    const STORY: [&str; 5] =
        ["write -P 1 0 8k", "flush", "write -P 2 4k 8k", "write -P 3 128k 64k", "write -z 0 4k"];

    #[test]
    fn what_a_flush_has_followed_has_arrived_and_nothing_else() {
        for request in 2..=5 {
            let blocks = left(&STORY, Cut { request, arrived: Arrived::Nothing });
            assert_eq!((&blocks[..3], &blocks[3..]), (&[1, 1, 0][..], &[0; 61][..]), "cut at {request}");
        }
        assert_eq!(left(&STORY, Cut { request: 1, arrived: Arrived::Nothing }), [0; 64], "no flush yet");
        // QEMU itself flushes when it ends.
        let (_, log) = log_of(&STORY);
        assert_eq!((log.len(), log.flushes()), (6, vec![1, 5]));
        let blocks = left(&STORY, Cut { request: 6, arrived: Arrived::Nothing });
        assert_eq!((&blocks[..3], &blocks[32..48]), (&[0, 2, 2][..], &[3; 16][..]), "zeros are written too");
    }

    #[test]
    fn what_no_flush_has_followed_has_arrived_by_halves() {
        let half = |seed| left(&STORY, Cut { request: 5, arrived: Arrived::Half { seed } });
        let of_sixteen = |blocks: &[u8]| blocks[32..48].iter().filter(|block| **block == 3).count();
        for seed in 0..8 {
            let blocks = half(seed);
            assert_eq!(blocks, half(seed), "the same seed, another disk");
            assert!((3..14).contains(&of_sixteen(&blocks)), "seed {seed}: {blocks:?}");
            assert!(
                matches!(blocks[..2], [0 | 1, 1 | 2]),
                "seed {seed}: what was flushed is lost: {blocks:?}"
            );
        }
        assert_ne!(half(0), half(1));
    }

    #[test]
    fn a_text_is_found_where_it_was_written() {
        let (_, log) = log_of(&["write -P 0x61 0 4k", "flush", "write -P 0x62 4k 8k"]);
        assert_eq!([log.writes("aa"), log.writes("bbb"), log.writes("c")], [Some(0), Some(2), None]);
    }
}
