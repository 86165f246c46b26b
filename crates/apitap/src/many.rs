//! Work on many things at once, with the same result as one after the other.

use std::thread;

/// Below it a thread costs more than it saves.
const ALONE_MAX: usize = 2_048;
/// Threads at most: what they make is written by one.
const THREADS_MAX: usize = 8;

/// `make` of each of `items`, in their order.
pub(crate) fn mapped<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    if items.len() <= ALONE_MAX || threads == 1 {
        return items.iter().map(make).collect();
    }
    let make = &make;
    thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads));
        let running: Vec<_> =
            parts.map(|part| (part, scope.spawn(move || part.iter().map(make).collect::<Vec<_>>()))).collect();
        let mut out = Vec::with_capacity(items.len());
        for (part, running) in running {
            match running.join() {
                Ok(done) => out.extend(done),
                // It fails here as it failed there.
                Err(_) => out.extend(part.iter().map(make)),
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_come_in_the_order_of_one_after_the_other() {
        for n in [0, 1, ALONE_MAX, ALONE_MAX + 1, 10_007] {
            let items: Vec<usize> = (0..n).collect();
            let squares: Vec<usize> = items.iter().map(|n| n * n).collect();
            assert_eq!(mapped(&items, |n| n * n), squares, "{n}");
        }
    }
}
