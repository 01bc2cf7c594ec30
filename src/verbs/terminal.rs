//! The terminal that the results go to.

use std::env::var_os;
use std::io::IsTerminal;

/// Where nothing tells a width: in a pipe, on a serial console.
const USUAL: usize = 80;

/// In characters: what COLUMNS says, else the terminal itself.
pub fn width() -> usize {
    let told = var_os("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
    let own = || rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    told.or_else(own).filter(|columns| *columns > 0).unwrap_or(USUAL)
}

/// locale(7): the first of these that is set decides.
pub fn is_utf8() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(var_os).find(|value| !value.is_empty());
    let name = locale.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.contains("utf-8") || name.contains("utf8")
}

/// https://no-color.org: set and not empty, it forbids colour.
pub fn has_colour() -> bool {
    let forbidden = var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = var_os("TERM").is_none_or(|term| term == "dumb");
    !forbidden && !dumb && std::io::stdout().is_terminal()
}
