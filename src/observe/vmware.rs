//! VMware Tools' periodic synchronisation, which sets the clock to the host's every minute. It is a
//! setting of the virtual machine on its host, and the Tools' own program is the only way from the guest
//! to it: tools.conf has no word for it (open-vm-tools 12.5; its plugin reads timeInfo.enabled alone).
//!
//! <https://docs.vmware.com/en/VMware-Tools/12.4.0/com.vmware.vsphere.vmwaretools.doc/GUID-C0D8326A-B6E7-4E61-8470-6C173FDDF656.html>

use std::time::Duration;

use crate::error::{Error, Result};
use crate::program;
use crate::root::Root;

/// The Tools' own program.
pub const PROGRAM: &str = "/usr/bin/vmware-toolbox-cmd";

/// Limit of VMware's program: it asks the hypervisor, which answers at once or not at all.
pub const DEADLINE: Duration = Duration::from_secs(3);

/// Tells whether the host sets the clock; None where the Tools are not installed.
///
/// # Errors
/// When the program cannot be run, does not end in time or says something else.
pub async fn periodic_sync(root: &Root) -> Result<Option<bool>> {
    if !root.is_executable(PROGRAM) {
        return Ok(None);
    }
    // Its exit code is a part of the answer: 69 for off.
    match timesync("status").await?.as_str() {
        "Enabled" => Ok(Some(true)),
        "Disabled" => Ok(Some(false)),
        other => Err(Error::new(
            format_args!("running {PROGRAM} timesync status"),
            format_args!("it says {other:?}"),
        )),
    }
}

/// Runs `vmware-toolbox-cmd timesync VERB`: the first line of what it prints.
///
/// # Errors
/// When the program cannot be run or does not end in time.
pub async fn timesync(verb: &str) -> Result<String> {
    let doing = format!("running {PROGRAM} timesync {verb}");
    // Its words are translated.
    let mut command = program::command(PROGRAM);
    let output =
        program::output(doing, command.args(["timesync", verb]).env("LC_ALL", "C"), DEADLINE).await?;
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    Ok(String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned())
}
