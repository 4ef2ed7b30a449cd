//! What git and its `proc-receive` hook say to each other, in packets: four hexadecimal digits of length, then the text.

use std::{
    io::{self, Read, Write},
    path::Path,
};

use super::super::ticket::{Verdict, is_held};

/// Commands of one push; each brings a packet.
const PACKETS_MAX: usize = 1_000;

/// Answers git: what the ticket says yes to, git may do by itself as long as somebody waits for it; nothing else happens.
///
/// # Errors
/// When git says something else than it should; it then refuses the push.
pub(super) fn answer(ticket: &Path, mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let greeting = packets(&mut input)?;
    if greeting.first().is_none_or(|hello| !hello.starts_with("version=1")) {
        return Err(io::Error::other("this git speaks another version of proc-receive"));
    }
    write(&mut output, "version=1\0")?;
    flush(&mut output)?;
    let commands = packets(&mut input)?;
    let allowed = Verdict::read(ticket);
    let is_allowed = is_held(ticket)
        && matches!((&allowed, commands.as_slice()), (Verdict::Yes(what), [command]) if command == what);
    for command in &commands {
        let reference = command.splitn(3, ' ').nth(2).unwrap_or_default();
        if is_allowed {
            write(&mut output, &format!("ok {reference}"))?;
            write(&mut output, "option fall-through")?;
        } else {
            write(&mut output, &format!("ng {reference} nobody has judged this push"))?;
        }
    }
    flush(&mut output)
}

/// Packets up to the next flush.
fn packets(input: &mut impl Read) -> io::Result<Vec<String>> {
    let mut packets = Vec::new();
    while packets.len() < PACKETS_MAX {
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let bad = || io::Error::other("git sends no packet");
        let digits = std::str::from_utf8(&length).map_err(|_| bad())?;
        let length = match usize::from_str_radix(digits, 16).map_err(|_| bad())? {
            0 => return Ok(packets),
            length => length.checked_sub(4).ok_or_else(bad)?,
        };
        let mut text = vec![0; length];
        input.read_exact(&mut text)?;
        packets.push(String::from_utf8(text).map_err(|_| bad())?.trim_end_matches('\n').to_owned());
    }
    Err(io::Error::other("too many references in one push"))
}

fn write(output: &mut impl Write, text: &str) -> io::Result<()> {
    write!(output, "{:04x}{text}", text.len() + 4)
}

fn flush(output: &mut impl Write) -> io::Result<()> {
    output.write_all(b"0000")?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: &str =
        "1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 refs/heads/main";

    fn said(ticket: &str, commands: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ticket");
        std::fs::write(&path, ticket).unwrap();
        let held = std::fs::File::open(&path).unwrap();
        if !ticket.starts_with("let go ") {
            held.lock().unwrap();
        }
        std::fs::write(&path, ticket.trim_start_matches("let go ")).unwrap();
        let mut input = Vec::new();
        write(&mut input, "version=1\0push-options atomic").unwrap();
        flush(&mut input).unwrap();
        commands.iter().for_each(|command| write(&mut input, command).unwrap());
        flush(&mut input).unwrap();
        let mut output = Vec::new();
        answer(&path, input.as_slice(), &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn only_what_the_ticket_says_yes_to_goes_on() {
        let yes = said(&format!("yes {COMMAND}\n"), &[COMMAND]);
        assert_eq!(yes, "000eversion=1\x000000".to_owned() + "0016ok refs/heads/main0017option fall-through0000");
        let let_go = format!("let go yes {COMMAND}\n");
        for ticket in
            [&let_go, "", "no secret\n", &format!("yes {COMMAND}"), &format!("yes {}\n", COMMAND.replace('2', "3"))]
        {
            let no = said(ticket, &[COMMAND]);
            assert!(no.contains("ng refs/heads/main nobody") && !no.contains("fall-through"), "{ticket}: {no}");
        }
        let two = said(&format!("yes {COMMAND}\n"), &[COMMAND, &COMMAND.replace("main", "other")]);
        assert!(two.contains("ng refs/heads/main") && two.contains("ng refs/heads/other"), "{two}");
    }

    #[test]
    fn anything_else_is_an_error_and_thereby_a_no() {
        for input in [b"".as_slice(), b"0000", b"0009vers", b"000eversion=2\n0000", b"zzzz", b"0001"] {
            assert!(answer(Path::new("/nowhere"), input, io::sink()).is_err(), "{input:?}");
        }
    }
}
