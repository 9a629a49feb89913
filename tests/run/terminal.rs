//! Where standard error is a terminal, the command's is one too.

use std::process::Command;

use super::{in_terminal, run, text, with};

#[test]
fn of_the_same_size_and_it_follows() {
    let script = "test -t 2 && echo tty; stty size <&2; trap 'stty size <&2; exit 0' WINCH; echo ready; \
                  i=0; while [ $i -lt 200 ]; do i=$((i+1)); sleep 0.1; done";
    let python = "until(b'ready')\n\
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 20, 90, 0, 0)); until(None); print(seen, code())";
    let output = in_terminal(&run(&["sh", "-c", script]), python);
    assert_eq!(text(&output.stdout), "b'tty\\r\\n33 60\\r\\nready\\r\\n20 90\\r\\n' 0\n");
}

#[test]
fn the_terminal_sees_the_same_bytes_as_without_us() {
    let script = "printf 'a\\nb\\r\\n\\033[31mred\\033[0m\\tx\\rprogress 1%%' >&2; printf '\\377\\000\\001' >&2";
    let mut plain = Command::new("/bin/sh");
    plain.args(["-c", script]).env("PATH", std::env::var_os("PATH").unwrap());
    let python = "until(None); print(seen, code())";
    let expected = text(&in_terminal(&plain, python).stdout);
    assert_eq!(text(&in_terminal(&run(&["/bin/sh", "-c", script]), python).stdout), expected);
    assert!(expected.contains("\\x1b[31mred"), "{expected}");
}

/// The answer is drawn for the terminal that standard error is, whatever standard output is.
#[test]
fn the_answer_has_the_terminals_width_and_colours() {
    let command = super::says(1);
    let script = format!("exec >/dev/null; {}", command[2]);
    let output = in_terminal(
        &with(&["--snapshot", &super::account(), "--fix", "none"], &["sh", "-c", &script]),
        "until(None); sys.stdout.buffer.write(seen); code()",
    );
    let seen = text(&output.stdout);
    let answer = seen.split_once("\r\n\r\n").expect("an answer").1;
    assert!(answer.contains("\u{1b}["), "{answer:?}");
    let plain = anstrip(answer);
    // A line of a policy stays one line, and so does the first one.
    let lines = plain.lines().filter(|line| !line.contains("arn:") && !line.contains('|'));
    let longest = lines.map(|line| line.chars().count()).max();
    assert!(longest <= Some(60) && longest > Some(40), "{plain}");
}

fn anstrip(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

/// Through a pager in a narrow terminal nothing is wider than it; a file is the same wherever it is written.
#[test]
fn a_pipe_beside_a_terminal_has_its_width() {
    let ask = format!(
        "{} --role MyRole --action ec2:TerminateInstances --fix none --snapshot {}",
        env!("CARGO_BIN_EXE_diagnose"),
        super::account()
    );
    let longest = |script: &str| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).env("PATH", std::env::var_os("PATH").unwrap());
        let seen = text(&in_terminal(&shell, "until(None); sys.stdout.buffer.write(seen); code()").stdout);
        assert!(!seen.contains('\u{1b}'), "{seen:?}");
        seen.lines().filter(|line| !line.contains('|')).map(|line| line.chars().count()).max().unwrap()
    };
    assert!(longest(&format!("{ask} | cat")) <= 60);
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().display();
    assert!(longest(&format!("{ask} > {file}; cat {file}")) > 60);
}
