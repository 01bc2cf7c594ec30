//! The VMClock, a page in which a hypervisor says that it has moved the machine or restored it from a snapshot: specs/vmclock.md
//! of the UAPI group (UAPI.13). Linux has it as /dev/vmclock0 since 6.13 (drivers/ptp/ptp_vmclock.c).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};

use crate::error::{Error, Result};

const DEVICE: &str = "/dev/vmclock0";

/// Bytes of the page, up to and with the marker.
const HEAD: usize = 24;

const MAGIC: u32 = u32::from_le_bytes(*b"VCLK");

/// The device, open.
#[derive(Debug)]
pub struct VmClock(File);

impl VmClock {
    /// # Errors
    /// When it cannot be opened.
    pub fn open() -> Result<VmClock> {
        File::open(DEVICE).map(VmClock).map_err(|why| Error::path("opening", Path::new(DEVICE), why))
    }

    /// The number that is another one after a migration; None while the hypervisor writes.
    ///
    /// # Errors
    /// When the page cannot be read, or is none of a VMClock.
    pub fn marker(&self) -> Result<Option<u64>> {
        let mut head = [0; HEAD];
        match self.0.read_exact_at(&mut head, 0) {
            // The driver reads again while a writer is at it, for 100 ms.
            Err(why) if why.kind() == io::ErrorKind::TimedOut => Ok(None),
            Err(why) => Err(Error::path("reading", Path::new(DEVICE), why)),
            Ok(()) => marker(&head).map_err(|why| Error::path("reading", Path::new(DEVICE), why)),
        }
    }

    /// Sleeps until the page may have changed since it was last read. It returns at once where nothing would wake it: with a
    /// driver of before 2026, or a hypervisor that does not notify (QEMU 10.0). The page's flags are not asked: their bits in
    /// the specification are not those in Linux.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn wait(&self) -> Result<()> {
        let waited = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None);
        waited.map(drop).map_err(|why| Error::path("waiting for", Path::new(DEVICE), why))
    }
}

/// The marker of a page that begins so; None while the low bit of its sequence counter says that an update is under way.
fn marker(head: &[u8; HEAD]) -> std::result::Result<Option<u64>, &'static str> {
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (magic, size, version, sequence) = (word(0), word(4), word(8) as u16, word(12));
    if magic != MAGIC {
        Err("it does not begin with VCLK")
    } else if version != 1 {
        Err("its version is not 1")
    } else if size < HEAD as u32 {
        Err("its size leaves no room for the marker")
    } else if sequence & 1 == 1 {
        Ok(None)
    } else {
        Ok(Some(u64::from(word(20)) << 32 | u64::from(word(16))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Page that QEMU 10.0 shows after its second restore, but for the marker's upper half.
    const PAGE: [u8; HEAD] =
        [b'V', b'C', b'L', b'K', 0, 16, 0, 0, 1, 0, 255, 0, 6, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 128];

    fn changed(at: usize, byte: u8) -> [u8; HEAD] {
        let mut page = PAGE;
        page[at] = byte;
        page
    }

    #[test]
    fn the_marker_is_read_whole() {
        assert_eq!(marker(&PAGE), Ok(Some(0x8000_0000_0000_0003)));
        // The clock that it may carry as well is another's business.
        assert_eq!(marker(&changed(10, 1)), marker(&PAGE));
    }

    #[test]
    fn a_page_that_is_being_written_has_no_marker_yet() {
        assert_eq!(marker(&changed(12, 7)), Ok(None));
    }

    #[test]
    fn a_page_that_is_no_vmclocks_is_refused() {
        for (page, why) in [
            ([0; HEAD], "VCLK"),
            ([255; HEAD], "VCLK"),
            (changed(3, b'M'), "VCLK"),
            (changed(8, 2), "version"),
            (changed(9, 1), "version"),
            (changed(5, 0), "size"),
        ] {
            assert!(marker(&page).is_err_and(|said| said.contains(why)), "{why}");
        }
    }
}
