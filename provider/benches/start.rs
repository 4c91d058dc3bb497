//! How long the executable takes from its start to the line that Terraform waits for, and how much memory it has used by
//! then. Terraform starts three to five providers a command, so both count several times. At most 10 ms and 20 MB are meant.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 200;
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Only who connects is compared with it, and nobody connects here.
const CLIENT: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut times = Vec::new();
    let mut peak = 0;
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut process = Command::new(env!("CARGO_BIN_EXE_terraform-provider-temporalnexus"))
            .env_clear()
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", CLIENT)
            .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let measured = measure(&mut process, started);
        process.kill()?;
        process.wait()?;
        let (time, kilobytes) = measured?;
        times.push(time);
        peak = peak.max(kilobytes);
    }
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    println!("spawn to handshake line, {RUNS} starts: median {:.2?}, 95 % within {:.2?}", at(50), at(95));
    println!("peak memory by then: {:.1} MB", f64::from(peak) / 1024.0);
    Ok(())
}

/// The time to the handshake line, and the peak memory in kB.
fn measure(process: &mut Child, started: Instant) -> Result<(Duration, u32), Box<dyn Error>> {
    let mut line = String::new();
    BufReader::new(process.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    let time = started.elapsed();
    if !line.starts_with("1|6|unix|") {
        return Err(format!("this is no handshake: `{}`", line.trim_end()).into());
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.split_whitespace().next()).ok_or("no VmHWM in /proc")?;
    Ok((time, kilobytes.parse()?))
}
