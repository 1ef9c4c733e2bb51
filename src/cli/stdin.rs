//! Standard input as a whole. Read on a thread of its own: signals are heard while nothing comes.

use std::io::{self, Read as _};

/// All that comes, until its end.
pub(super) async fn all() -> io::Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// The same as a text.
pub(super) async fn text() -> io::Result<String> {
    String::from_utf8(all().await?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no UTF-8 text"))
}
