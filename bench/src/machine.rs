//! Trees of machines: those of tests/machines, and what is to grow in them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

pub struct Machine {
    tree: TempDir,
}

impl Machine {
    /// `<platform>-<distribution>[-<twist>]`, as tests/machines builds it. In memory where /dev/shm is: what is
    /// measured is the program.
    pub fn of(name: &str) -> Result<Machine> {
        let machines = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/machines");
        let base = name.split('-').nth(1).context("a machine is <platform>-<distribution>")?;
        let memory = Path::new("/dev/shm");
        let tree = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
        for source in [machines.join("bases").join(base), machines.join(name).join("root")] {
            let copied = Command::new("cp").arg("-a").arg(source.join(".")).arg(tree.path()).status();
            ensure!(copied.context("running cp")?.success(), "{} is not copied", source.display());
        }
        let machine = Machine { tree };
        // git keeps no empty directory, and every distribution has these.
        for directory in ["var/lib/chrony", "etc/systemd/system"] {
            fs::create_dir_all(machine.path(directory))?;
        }
        Ok(machine)
    }

    /// The arguments of a verb on this machine.
    pub fn verb(&self, verb: &str) -> Vec<OsString> {
        vec![verb.into(), "--root".into(), self.tree.path().into()]
    }

    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.path(path);
        fs::create_dir_all(path.parent().context("a file lies somewhere")?)?;
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }

    pub fn with_fragments(self, number: usize) -> Result<Machine> {
        for n in 0..number {
            self.write(&format!("etc/chrony/sources.d/vendor-{n:05}.sources"), "server 192.0.2.1 iburst\n")?;
        }
        Ok(self)
    }

    pub fn with_gated_units(self, number: usize) -> Result<Machine> {
        let names: Vec<String> = (0..number).map(|n| format!("database-{n:04}.service")).collect();
        for name in &names {
            self.write(&format!("usr/lib/systemd/system/{name}"), "[Service]\nExecStart=/bin/true\n")?;
        }
        self.write("etc/cloud-timesync/config.toml", &format!("[gate]\nunits = {names:?}\n"))?;
        Ok(self)
    }

    pub fn with_clocks(self, number: usize) -> Result<Machine> {
        for n in 0..number {
            self.write(&format!("sys/class/ptp/ptp{n}/clock_name"), "a network card\n")?;
            self.write(&format!("dev/ptp{n}"), "")?;
        }
        Ok(self)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.tree.path().join(path)
    }
}
