//! What a real-time priority would bring chronyd on a machine whose processors are all busy: `ci/bench priority`. Read from chronyd's
//! own log of Azure's clock and of AWS's server, in one guest, in turn with and without.

use super::*;

/// Starts four busy loops for each processor, and prints for one chronyd, from its twentieth update on, how far off it found its
/// clock.
const TOOLS: &str = r#"
for n in $(seq $((4 * $(nproc)))); do (while :; do :; done) & done
turn() { # NAME SOURCE PRIORITY SECONDS
    systemctl stop chrony
    rm -f /var/log/chrony/*
    printf '%s\n' "$2" "sched_priority $3" 'makestep 1.0 3' 'log tracking' 'logdir /var/log/chrony' > /etc/chrony/chrony.conf
    systemctl start chrony
    sleep "$4"
    echo "$1, priority $3: $(ps -o cls=,rtprio= -C chronyd | head -n 1)"
    awk -v name="$1, priority $3" '$1 ~ /^20/ { if (++updates > 20) { sum += $7 * $7; n++; off = $7 < 0 ? -$7 : $7
        if (off > most) most = off; sd += $10 } }
        END { if (n) printf "%s: %d updates, rms %.1f us, greatest %.1f us, scatter %.1f us\n",
            name, n, sqrt(sum / n) * 1e6, most * 1e6, sd / n * 1e6 }' /var/log/chrony/tracking.log
}
"#;

const AWS_OFTEN: &str = "server 169.254.169.123 iburst minpoll 1 maxpoll 1";
const CLOCK_OFTEN: &str = "refclock PHC /dev/ptp_hyperv poll 1 dpoll -2 offset 0 stratum 2";
const TURN_S: u32 = 150;

#[test]
#[ignore = "ci/bench priority"]
fn bench_priority() {
    let mut script = TOOLS.to_owned();
    for _ in 0..rounds(3) {
        for (name, source) in [("clock", CLOCK_OFTEN), ("server", AWS_OFTEN)] {
            for priority in [0, 50] {
                script += &format!("turn {name} '{source}' {priority} {TURN_S}\n");
            }
        }
    }
    let disk = Disk::bare(Release::Debian13, |root| {
        install_control(root, QUEUES);
        write(root, "etc/chrony/chrony.conf", &format!("{AWS_OFTEN}\nmakestep 1.0 3\n"));
    });
    let boot = Boot::of(&disk, Machine::Azure, Cloud::aws()).hyperv_clock_after(0);
    let evidence = boot.looking_for(Duration::from_secs(3600)).look(&script).run();
    println!("\n{}", evidence.look());
}
