//! Time scale of public servers, as far as it is known.

use super::{Platform, ROWS, Scale};

/// Google's public servers smear as the clouds' own do: https://developers.google.com/time/smear
const SMEARED: [&str; 5] =
    ["time.google.com", "time1.google.com", "time2.google.com", "time3.google.com", "time4.google.com"];

/// The pool's rules forbid to smear: https://www.ntppool.org/en/join/configuration.html
const NOT_SMEARED: [&str; 1] = ["pool.ntp.org"];

/// Servers of the platforms' that answer on the internet: whoever names one elsewhere wants it.
const PUBLIC: [&str; 2] = ["time.aws.com", "time.windows.com"];

/// A name as DNS compares it: case and a final dot make no difference.
pub fn comparable_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Tells whether a server is one of this platform's own, or one that answers on another platform alone.
pub fn is_clouds_own(server: &str, platform: Platform) -> bool {
    is_platforms_own(server, platform) || is_another_clouds(server, platform)
}

/// Tells whether a server answers on another platform alone.
pub fn is_another_clouds(server: &str, platform: Platform) -> bool {
    let is_public = PUBLIC.contains(&comparable_name(server).as_str());
    !is_public
        && !is_platforms_own(server, platform)
        && ROWS.iter().any(|row| is_platforms_own(server, row.platform))
}

fn is_platforms_own(server: &str, platform: Platform) -> bool {
    let server = comparable_name(server);
    let row = platform.row();
    row.sources.iter().chain(row.without_ipv4).any(|source| source.server() == Some(server.as_str()))
}

/// The time scale of a server, by its name or address.
pub fn scale_of(server: &str) -> Scale {
    let server = comparable_name(server);
    let is_below = |known: &str| server == known || server.ends_with(&format!(".{known}"));
    let mut sources = ROWS.iter().flat_map(|row| [row.sources, row.without_ipv4]).flatten();
    match sources.find(|source| source.server().is_some_and(is_below)) {
        Some(source) => source.scale,
        None if SMEARED.into_iter().any(is_below) => Scale::Smeared,
        None if NOT_SMEARED.into_iter().any(is_below) => Scale::Utc,
        None => Scale::Unknown,
    }
}
