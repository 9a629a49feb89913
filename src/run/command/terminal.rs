//! A pseudo-terminal of the same kind and size as the one on our standard error, that changes nothing of what it passes.

use std::fs::File;
use std::io::IsTerminal as _;
use std::os::fd::OwnedFd;

use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

/// Our end of it, to give it another size.
pub(super) struct Terminal(OwnedFd);

/// The command's end, ours to read from, and ours to resize; `None` where our standard error is no terminal or none can be
/// had.
pub(super) fn open() -> Option<(OwnedFd, File, Terminal)> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    // Never the controlling terminal: the keys and signals stay those of ours.
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).ok()?;
    grantpt(&ours).ok()?;
    unlockpt(&ours).ok()?;
    let theirs = other_end(&ours)?;
    let mut modes = tcgetattr(std::io::stderr()).ok()?;
    // Ours makes line ends of line feeds already, and nobody types here.
    modes.output_modes.remove(OutputModes::OPOST);
    modes.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&theirs, OptionalActions::Now, &modes).ok()?;
    let terminal = Terminal(ours.try_clone().ok()?);
    terminal.resize();
    Some((theirs, File::from(ours), terminal))
}

#[cfg(target_os = "linux")]
fn other_end(ours: &OwnedFd) -> Option<OwnedFd> {
    rustix::pty::ioctl_tiocgptpeer(ours, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).ok()
}

#[cfg(not(target_os = "linux"))]
fn other_end(ours: &OwnedFd) -> Option<OwnedFd> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let name = rustix::pty::ptsname(ours, Vec::new()).ok()?;
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let no_controlling = i32::try_from(OpenptFlags::NOCTTY.bits()).ok()?;
    File::options().read(true).write(true).custom_flags(no_controlling).open(path).ok().map(OwnedFd::from)
}

impl Terminal {
    /// Takes the size of the terminal on our standard error.
    pub(super) fn resize(&self) {
        if let Ok(size) = tcgetwinsize(std::io::stderr()) {
            let _ = tcsetwinsize(&self.0, size);
        }
    }
}
