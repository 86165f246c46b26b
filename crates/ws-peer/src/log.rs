//! What servers write down. `server.log` has a line for each message: server port, client port, who sent it, bytes of content,
//! CRC-32. `requests.log` has one for each other request: server port, path, status, bytes of the answer.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The two files.
#[derive(Clone)]
pub struct Log {
    messages: Arc<Mutex<File>>,
    requests: Arc<Mutex<File>>,
}

impl Log {
    pub fn create(folder: &str) -> Self {
        let file = |name| Arc::new(Mutex::new(File::create(Path::new(folder).join(name)).unwrap()));
        Self { messages: file("server.log"), requests: file("requests.log") }
    }
}

/// The two ends of a connection, and where what passes between them is written down.
#[derive(Clone)]
pub struct Peers {
    pub server: u16,
    pub client: u16,
    pub log: Log,
}

impl Peers {
    pub fn received(&self, content: &[u8]) {
        self.message("client", content);
    }

    pub fn sends(&self, content: &[u8]) {
        self.message("server", content);
    }

    fn message(&self, by: &str, content: &[u8]) {
        let (size, sum) = (content.len(), crc32fast::hash(content));
        write(&self.log.messages, &format!("{} {} {by} {size} {sum}\n", self.server, self.client));
    }

    pub fn request(&self, path: &str, status: u16, size: usize) {
        write(&self.log.requests, &format!("{} {path} {status} {size}\n", self.server));
    }
}

fn write(file: &Mutex<File>, line: &str) {
    file.lock().unwrap().write_all(line.as_bytes()).unwrap();
}
