//! A container's PID 1, as its parent namespace sees it: there it can be stopped.

use std::fs;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A boot's systemd comes within this.
const DEADLINE: Duration = Duration::from_secs(20);

/// It goes on with the end of this.
pub struct Leader {
    pidfd: OwnedFd,
}

impl Leader {
    /// The one among the descendants of this systemd-nspawn.
    pub fn of(nspawn: u32) -> Leader {
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            if let Some(leader) = descendants(nspawn).into_iter().find_map(Leader::open) {
                return leader;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("no PID 1 below the process {nspawn} within {DEADLINE:?}");
    }

    /// The process, if it is systemd and the first of a namespace below ours. It is looked at when it is held: its number
    /// cannot become another's any more.
    fn open(pid: u32) -> Option<Leader> {
        let held = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let pidfd = pidfd_open(held, PidfdFlags::empty()).ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let numbers: Vec<&str> = field("NSpid:")?.split_whitespace().collect();
        let is_first = numbers.len() > 1 && numbers.last() == Some(&"1");
        (is_first && field("Name:") == Some("systemd")).then_some(Leader { pidfd })
    }

    pub fn stop(&self) {
        pidfd_send_signal(&self.pidfd, Signal::STOP).expect("stopping PID 1");
    }

    pub fn go_on(&self) {
        pidfd_send_signal(&self.pidfd, Signal::CONT).expect("letting PID 1 go on");
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let _ = pidfd_send_signal(&self.pidfd, Signal::CONT);
    }
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children: Vec<u32> = children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    let below: Vec<u32> = children.iter().copied().flat_map(descendants).collect();
    [children, below].concat()
}
