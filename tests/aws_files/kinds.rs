use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use aws_mfa::aws_files::{Contents, Encoding, PIPE_LIMIT, Unusable, read, read_within};

use crate::harness::binary;
use crate::support::home::Home;

#[test]
fn what_is_no_regular_file_counts_as_missing_and_is_not_waited_for() {
    let home = Home::empty(binary());
    let started = Instant::now();
    let fifo = home.path("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.is_ok_and(|status| status.success()));
    std::fs::create_dir(home.path("directory")).unwrap();
    std::os::unix::fs::symlink("nowhere", home.path("dangling")).unwrap();
    std::os::unix::fs::symlink("loop", home.path("loop")).unwrap();
    home.write("file", "[x]\n");

    assert!(matches!(
        read(&fifo),
        Contents::Unusable(Unusable::NotRegular)
    ));
    assert!(matches!(
        read("/dev/zero".as_ref()),
        Contents::Unusable(Unusable::NotRegular)
    ));
    assert!(matches!(
        read(&home.path("directory")),
        Contents::Unusable(Unusable::Directory)
    ));
    assert!(matches!(
        read(&home.path("loop")),
        Contents::Unusable(Unusable::Unreadable(_))
    ));
    for missing in ["dangling", "nowhere", "file/below"] {
        assert!(
            matches!(read(&home.path(missing)), Contents::Missing),
            "{missing}"
        );
    }
    assert!(matches!(read("/dev/null".as_ref()), Contents::Missing));
    assert!(started.elapsed() < PIPE_LIMIT);
    let Contents::Bytes(bytes) = read(&home.path("file")) else {
        panic!("it is a file");
    };
    assert_eq!(*bytes, b"[x]\n");
}

#[test]
fn a_pipe_that_is_handed_over_is_read_until_it_is_closed_or_the_limit() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    writer.write_all(b"[x]\nk = v\n").unwrap();
    let limit = Duration::from_millis(50);
    let slow = read_within(path.as_ref(), limit);
    assert!(
        matches!(slow, Contents::Unusable(Unusable::SlowPipe(_))),
        "{slow:?}"
    );

    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let thread = std::thread::spawn(move || {
        writer.write_all(b"[x]\n").unwrap();
        writer.write_all(b"k = v\n").unwrap();
    });
    let Contents::Bytes(bytes) = read(path.as_ref()) else {
        panic!("it is closed in time");
    };
    thread.join().unwrap();
    assert_eq!(*bytes, b"[x]\nk = v\n");
}

#[test]
fn a_text_in_utf_16_is_told_by_its_encoding() {
    let home = Home::empty(binary());
    let text: Vec<u8> = "\u{feff}[x]\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let file = home.write("file", &text);
    let Contents::Unusable(unusable) = read(&file) else {
        panic!("it is UTF-16");
    };
    assert!(matches!(unusable, Unusable::Encoding(Encoding::Utf16)));
    assert_eq!(unusable.to_string(), "its text is UTF-16, not UTF-8");
}
