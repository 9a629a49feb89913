//! The manual page and the completions, from the types of the command line.

use clap::{Command, CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::catalogue;
use crate::cli::Cli;

/// What the flags do not say, section by section; in a section every entry has a heading and its text.
const SECTIONS: [(&str, &[(&str, &str)]); 4] = [
    (
        "EXIT STATUS",
        &[
            ("0", "Allowed by every layer that was checked."),
            ("1", "Denied; with --expect and in diagnose test: not as expected."),
            ("2", "Bad usage or bad input: flags, an unreadable file, no denial found in the message."),
            (
                "3",
                "Undetermined: it depends on context keys or a resource that was not given, or on an identity policy or \
                 boundary that could not be read or understood.",
            ),
            (
                "4",
                "Nothing can be concluded because AWS could not be asked: credentials, network, throttling after \
                 retries; or the principal does not exist.",
            ),
        ],
    ),
    (
        "FILES",
        &[(
            "~/.aws/config, ~/.aws/credentials",
            "Profiles, regions and credentials, read as the AWS CLI reads them. No other file is read that was not \
                 named, and none is written that was not named.",
        )],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_CONFIG_FILE and others",
                "As for the AWS CLI; the flags --profile, --region and --endpoint-url override them.",
            ),
            ("NO_COLOR", "If not empty: no colours, unless --color always."),
            ("CLICOLOR_FORCE", "If neither empty nor 0: colours in a file or pipe too."),
        ],
    ),
    (
        "EXAMPLES",
        &[
            ("aws s3 cp file s3://bucket/ 2>&1 | diagnose", "Explains the error message of another command."),
            (
                "diagnose --role MyRole --action ec2:TerminateInstances",
                "Asks AWS for the policies of a role, and tells why it may not do that.",
            ),
            (
                "diagnose --role MyRole --action s3:GetObject --resource arn:aws:s3:::bucket/key --snapshot account.json",
                "The same from a file, without a connection.",
            ),
            (
                "diagnose --identity-policy role.json --boundary boundary.json --action s3:GetObject --expect allowed",
                "Fails (1) unless these two documents together allow it.",
            ),
            (
                "diagnose --role MyRole --action s3:GetObject --output markdown --redact",
                "An answer to paste into a ticket.",
            ),
        ],
    ),
];

/// The manual page, in roff.
pub(super) fn page() -> Vec<u8> {
    let mut command = Cli::command();
    command.build();
    let manual = "diagnose manual";
    let man = Man::new(command.clone()).title("DIAGNOSE").date(catalogue::date()).manual(manual);
    let mut page: Vec<u8> = Vec::new();
    // Into memory: there is nothing that could fail.
    let mut written = man.render_title(&mut page).and_then(|()| man.render_name_section(&mut page));
    page.extend(synopsis(&command).into_bytes());
    written = written.and_then(|()| man.render_description_section(&mut page));
    written = written.and_then(|()| man.render_options_section(&mut page));
    debug_assert!(written.is_ok());
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for sub in subcommands(&command) {
        page.push_str(&subcommand(sub));
    }
    for (title, entries) in SECTIONS {
        page.push_str(&section(title, entries));
    }
    page.into_bytes()
}

/// The completions for a shell.
pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "diagnose", &mut script);
    if shell == Shell::Fish { of_fish(&String::from_utf8_lossy(&script)).into_bytes() } else { script }
}

/// The library's script takes a flag whose value is still to be typed (`diagnose --output `) for a mistake and offers
/// nothing, and it leaves out the values of what is no flag.
fn of_fish(script: &str) -> String {
    let shells: Vec<String> = Shell::value_variants().iter().map(ToString::to_string).collect();
    let values = format!(
        "complete -c diagnose -n \"__fish_diagnose_using_subcommand completions\" -f -a \"{}\"\n",
        shells.join(" ")
    );
    script.replacen("    or return\n", "    or return 0\n", 1) + &values
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
}

/// A line a command: all flags of the main one would be a paragraph.
fn synopsis(command: &Command) -> String {
    let mut text = Roff::new();
    text.control("SH", ["SYNOPSIS"]);
    text.text([bold("diagnose"), roman(" [REQUEST] [SOURCE] [OUTPUT]")]);
    for sub in subcommands(command) {
        let values = sub.get_positionals().filter_map(|one| one.get_value_names()?.first());
        let values: String = values.map(|value| format!(" {value}")).collect();
        text.control("br", []);
        text.text([bold(format!("diagnose {}", sub.get_name())), roman(format!("{values} [OPTIONS]"))]);
    }
    text.to_roff()
}

/// A command with its flags, in a section of its own.
fn subcommand(command: &Command) -> String {
    let mut flags: Vec<u8> = Vec::new();
    let written = Man::new(command.clone()).render_options_section(&mut flags);
    debug_assert!(written.is_ok());
    let flags = String::from_utf8_lossy(&flags);
    // The library's own preamble stands at the head of the page already.
    let flags = flags.find(".SH").and_then(|start| flags.get(start..)).unwrap_or_default();
    let mut text = Roff::new();
    text.control("SH", [format!("DIAGNOSE {}", command.get_name().to_uppercase()).as_str()]);
    text.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
    text.to_roff() + &flags.replace(".SH ", ".SS ")
}

fn section(title: &str, entries: &[(&str, &str)]) -> String {
    let mut text = Roff::new();
    text.control("SH", [title]);
    for (heading, what) in entries {
        text.control("TP", []);
        text.text([bold(*heading)]);
        text.text([roman(*what)]);
    }
    text.to_roff()
}
