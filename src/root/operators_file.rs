//! A file that the operator names on the command line, by a path of the machine that runs the program.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::Root;
use crate::error::{Error, Result};

/// Writes a file that the operator names on the command line: whole, beside its place. What is not a regular file
/// (/dev/stdout, a pipe) is written to.
pub fn write_operators_file(path: &Path, text: &str) -> Result<()> {
    let fail = |why: io::Error| Error::path("writing", path, why);
    let place = match path.metadata() {
        Ok(meta) if !meta.is_file() => {
            let mut file = OpenOptions::new().write(true).open(path).map_err(fail)?;
            return file.write_all(text.as_bytes()).map_err(fail);
        }
        // A link stays one.
        Ok(_) => path.canonicalize().map_err(fail)?,
        Err(_) => {
            // A folder that is mistyped is not made.
            let name = path.file_name().ok_or_else(|| fail(io::ErrorKind::InvalidInput.into()))?;
            let folder = path.parent().filter(|folder| folder.as_os_str() != "").unwrap_or(Path::new("."));
            folder.canonicalize().map_err(fail)?.join(name)
        }
    };
    Root::open(Path::new("/"))?.write(&place, text, 0o644)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn a_picture_is_written_whole_and_through_links() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let [file, link] = ["x.svg", "link.svg"].map(|name| folder.path().join(name));
        write_operators_file(&file, "first").expect("a new file");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        write_operators_file(&link, "second").expect("an old file");
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "second");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink(), "the link was replaced");
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 2, "something was left behind");
    }

    #[test]
    fn a_picture_makes_no_folder_and_replaces_no_pipe() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let error = write_operators_file(&folder.path().join("typo/x.svg"), "")
            .expect_err("there is no folder")
            .to_string();
        assert!(error.ends_with("typo/x.svg: no such file or directory"), "{error}");
        assert!(write_operators_file(folder.path(), "").is_err());

        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).expect("a pipe");
        // Both ends: nobody blocks.
        let mut reader = OpenOptions::new().read(true).write(true).open(&pipe).expect("its ends");
        write_operators_file(&pipe, "text").expect("the pipe takes it");
        assert!(!fs::metadata(&pipe).expect("it is there").is_file(), "the pipe was replaced");
        let mut read = [0; 4];
        reader.read_exact(&mut read).expect("the text");
        assert_eq!(&read, b"text");
    }
}
