//! Resources that this process has used, from Linux's `/proc`.

use std::fs::read_to_string;

/// Clock ticks a second in `/proc`: fixed by Linux's interface, whatever the kernel
/// runs at.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor time and memory of this process at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    cpu_s: f64,
    resident_mb: f64,
}

impl Process {
    /// The use so far; `None` where there is no `/proc`.
    pub fn now() -> Option<Self> {
        let stat = read_to_string("/proc/self/stat").ok()?;
        let status = read_to_string("/proc/self/status").ok()?;
        Some(Self { cpu_s: cpu_seconds(&stat)?, resident_mb: resident_mb(&status)? })
    }

    /// Seconds of processor time since `earlier`, all threads together.
    pub fn cpu_since(&self, earlier: &Self) -> f64 {
        self.cpu_s - earlier.cpu_s
    }

    /// Growth of resident memory since `earlier`, in megabytes.
    pub fn megabytes_since(&self, earlier: &Self) -> f64 {
        self.resident_mb - earlier.resident_mb
    }
}

/// User and system time, fields 14 and 15; the name before them may hold spaces.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_A_SECOND)
}

fn resident_mb(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        let stat = "42 (a name) of) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("42 (short) R 1"), None);
        assert_eq!(resident_mb("VmPeak:\t 9 kB\nVmRSS:\t  2048 kB\n"), Some(2.0));
        assert_eq!(resident_mb("nothing"), None);
    }
}
