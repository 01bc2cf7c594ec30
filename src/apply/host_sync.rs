//! VMware Tools' periodic synchronisation, switched.

use crate::error::{Error, Result};
use crate::observe::vmware::{PROGRAM, timesync};

/// Turns it on or off; where the program does not do it, that is an error.
pub async fn switch(on: bool) -> Result<()> {
    let (verb, wanted) = if on { ("enable", "Enabled") } else { ("disable", "Disabled") };
    let said = timesync(verb).await?;
    if said == wanted {
        return Ok(());
    }
    Err(Error::new(format_args!("running {PROGRAM} timesync {verb}"), format_args!("it says {said:?}")))
}
