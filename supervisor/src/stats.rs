//! Figures of the container's control group, as it sees itself at `/sys/fs/cgroup`, in both versions.

use std::path::Path;
use std::str::FromStr;

use berth_supervisor_protocol::node::Stats;

/// Version 1 writes "no limit" as a huge number that depends on the page size.
const NO_LIMIT: u64 = 1 << 60;

/// Reads what is there. `root` is the mount point.
pub(crate) fn read(root: &Path) -> Stats {
    if root.join("cgroup.controllers").exists() {
        version_2(root)
    } else {
        version_1(root)
    }
}

fn version_2(root: &Path) -> Stats {
    let cpu = text(root, "cpu.max").and_then(|line| {
        let (quota, period) = line.split_once(' ')?;
        ratio(quota.parse().ok()?, period.parse().ok()?)
    });
    Stats {
        memory_bytes: memory(
            number(root, "memory.current"),
            field(root, "memory.stat", "inactive_file"),
        ),
        memory_limit_bytes: number(root, "memory.max"),
        oom_kills: field(root, "memory.events", "oom_kill"),
        cpu_usec: field(root, "cpu.stat", "usage_usec"),
        cpu_limit: cpu,
        pids: number(root, "pids.current"),
    }
}

fn version_1(root: &Path) -> Stats {
    let quota: Option<f64> = number(root, "cpu/cpu.cfs_quota_us");
    let period: Option<f64> = number(root, "cpu/cpu.cfs_period_us");
    Stats {
        memory_bytes: memory(
            number(root, "memory/memory.usage_in_bytes"),
            field(root, "memory/memory.stat", "total_inactive_file"),
        ),
        memory_limit_bytes: number(root, "memory/memory.limit_in_bytes")
            .filter(|&limit| limit < NO_LIMIT),
        oom_kills: field(root, "memory/memory.oom_control", "oom_kill"),
        cpu_usec: number(root, "cpuacct/cpuacct.usage").map(|nanos: u64| nanos / 1000),
        cpu_limit: quota
            .zip(period)
            .and_then(|(quota, period)| ratio(quota, period)),
        pids: number(root, "pids/pids.current"),
    }
}

/// Cores; `None` without a limit, which version 1 writes as -1.
fn ratio(quota: f64, period: f64) -> Option<f64> {
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

fn memory(usage: Option<u64>, inactive_file: Option<u64>) -> Option<u64> {
    Some(usage?.saturating_sub(inactive_file.unwrap_or(0)))
}

fn text(root: &Path, file: &str) -> Option<String> {
    std::fs::read_to_string(root.join(file))
        .ok()
        .map(|text| text.trim().to_owned())
}

fn number<T: FromStr>(root: &Path, file: &str) -> Option<T> {
    text(root, file)?.parse().ok()
}

fn field(root: &Path, file: &str, name: &str) -> Option<u64> {
    text(root, file)?
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
            std::fs::write(path, content).expect("a file");
        }
        dir
    }

    #[test]
    fn version_2_without_the_cache_it_could_give_back() {
        let dir = group(&[
            ("cgroup.controllers", "cpu memory pids\n"),
            ("memory.current", "1000\n"),
            ("memory.stat", "anon 1\ninactive_file 300\n"),
            ("memory.max", "max\n"),
            ("memory.events", "oom 3\noom_kill 2\n"),
            ("cpu.stat", "usage_usec 77\n"),
            ("cpu.max", "150000 100000\n"),
            ("pids.current", "5\n"),
        ]);
        let expected = Stats {
            memory_bytes: Some(700),
            memory_limit_bytes: None,
            oom_kills: Some(2),
            cpu_usec: Some(77),
            cpu_limit: Some(1.5),
            pids: Some(5),
        };
        assert_eq!(read(dir.path()), expected);
    }

    #[test]
    fn version_1_and_its_ways_of_saying_no_limit() {
        let dir = group(&[
            ("memory/memory.usage_in_bytes", "1000\n"),
            (
                "memory/memory.stat",
                "inactive_file 1\ntotal_inactive_file 400\n",
            ),
            ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
            (
                "memory/memory.oom_control",
                "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
            ),
            ("cpuacct/cpuacct.usage", "5000\n"),
            ("cpu/cpu.cfs_quota_us", "-1\n"),
            ("cpu/cpu.cfs_period_us", "100000\n"),
        ]);
        let expected = Stats {
            memory_bytes: Some(600),
            memory_limit_bytes: None,
            oom_kills: Some(1),
            cpu_usec: Some(5),
            cpu_limit: None,
            pids: None,
        };
        assert_eq!(read(dir.path()), expected);
    }

    #[test]
    fn outside_a_container_nothing_is_known() {
        assert_eq!(read(&group(&[]).path().join("none")), Stats::default());
    }
}
