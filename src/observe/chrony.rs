//! chrony as the distribution installed it: which file its chronyd reads, under which unit.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::error::Result;
use crate::machine::Chrony;
use crate::names::FRAGMENT_DIRS;
use crate::root::{Root, is_temporary};

/// A layout: the unit's name tells which file is compiled into chronyd, whatever else lies about.
const LAYOUTS: [(&str, &str); 2] =
    [("chrony.service", "/etc/chrony/chrony.conf"), ("chronyd.service", "/etc/chrony.conf")];

/// None where chrony is not installed.
pub fn chrony(root: &Root) -> Option<Chrony> {
    // Debian's chronyd.service is a link to chrony.service.
    let (unit, conf) = LAYOUTS.into_iter().find(|(unit, _)| super::units::is_its_own(root, unit))?;
    let program = PathBuf::from("/usr/sbin/chronyd");
    Some(Chrony {
        conf: PathBuf::from(conf),
        unit: unit.to_owned(),
        chronyd: root.is_executable(&program).then_some(program),
    })
}

/// The fragments, whatever they are: the promise is that nothing is left in these directories. What a
/// run that was killed left on its way to one of them is none, nor is what dpkg has on its way, which nobody would get; and
/// what a link leads to is not chrony's.
pub fn fragments(root: &Root) -> Result<Vec<PathBuf>> {
    let mut fragments = Vec::new();
    for dir in FRAGMENT_DIRS.into_iter().filter(|dir| root.link(dir).is_none()) {
        let names = root.names(dir)?.into_iter().filter(|name| !is_temporary(name) && !is_dpkgs(name));
        fragments.extend(names.map(|name| PathBuf::from(dir).join(name)));
    }
    Ok(fragments)
}

/// A configuration file between `dpkg --unpack` and `dpkg --configure`: dpkg(1).
fn is_dpkgs(name: &OsStr) -> bool {
    [".dpkg-new", ".dpkg-tmp"].iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes()))
}
