//! Signals belong to the command: this process lives as long as it, stops with it, and ends as it ended.
//!
//! Both are of one process group, so that a shell's job control sees one job: the terminal's signals (Ctrl-C, Ctrl-\,
//! its end) reach both from the kernel, and Ctrl-Z stops both. What somebody sends to this process alone is passed on.

use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, setrlimit};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::stderr::Relay;

const PASSED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// What is sent to this process.
pub(super) struct Signals(SignalsInfo<WithOrigin>);

impl Signals {
    /// Watches from now on, before the command starts, so that none is missed. What is ignored stays so: the command
    /// inherits that (`nohup`), and a handler of this process would undo it.
    pub(super) fn watch() -> Option<Self> {
        let ignored = ignored();
        let watched = PASSED_ON.iter().chain(&[SIGCHLD, SIGWINCH]);
        SignalsInfo::new(watched.filter(|signal| !ignored.contains(signal))).ok().map(Self)
    }

    /// Waits for the command.
    pub(super) fn wait(&mut self, child: &mut Child, relay: &Relay) -> ExitStatus {
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) => {}
                Err(_) => return ExitStatus::default(),
            }
            for origin in self.0.wait() {
                match origin.signal {
                    SIGCHLD => {}
                    SIGWINCH => relay.resize(),
                    _ if is_the_terminals(&origin) => {}
                    signal => pass_on(child, signal),
                }
            }
        }
    }
}

/// The signals that this process ignores since its start. Where the system does not tell, none is.
fn ignored() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    PASSED_ON.into_iter().filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}

/// Whether the kernel sent it, to the whole group. Where the system does not tell, what keys send is the terminal's.
fn is_the_terminals(origin: &Origin) -> bool {
    let is_told = matches!(origin.cause, Cause::Kernel | Cause::Sent(_));
    if is_told { origin.cause == Cause::Kernel } else { matches!(origin.signal, SIGINT | SIGQUIT) }
}

fn pass_on(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        // It has ended in this moment, or is another user's: nothing is left to do.
        let _ = kill_process(pid, signal);
    }
}

/// From now on whoever interrupts this process ends it, with the command's exit code.
pub(super) fn interruptible(code: u8) {
    let now = Arc::new(AtomicBool::new(true));
    let ignored = ignored();
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|signal| !ignored.contains(signal)) {
        let _ = signal_hook::flag::register_conditional_shutdown(signal, i32::from(code), Arc::clone(&now));
    }
}

/// Ends this process as `signal` ends one. The command has written its core, where one is wanted; this one's is of no use.
pub(super) fn end_by(signal: i32) {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
