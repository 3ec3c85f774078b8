//! The last values of anything, oldest first.

/// Keeps the last `capacity` values; never allocates after construction.
#[derive(Debug, Clone)]
pub(crate) struct Ring<T> {
    values: Vec<T>,
    capacity: usize,
    /// Where the oldest value lies once the ring is full.
    next: usize,
}

impl<T> Ring<T> {
    /// An empty ring for `capacity` values, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self { values: Vec::with_capacity(capacity), capacity, next: 0 }
    }

    /// Adds `value`, in place of the oldest one if the ring is full.
    pub(crate) fn push(&mut self, value: T) {
        if self.values.len() < self.capacity {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
            self.next = (self.next + 1) % self.capacity;
        }
    }

    /// Values kept now.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        let (newer, older) = self.values.split_at(self.next);
        older.iter().chain(newer)
    }

    /// Changes the newest `count` values.
    pub(crate) fn change_last(&mut self, count: usize, change: impl Fn(&mut T)) {
        let len = self.len();
        for back in 1..=count.min(len) {
            let place = (self.next + len - back) % len;
            change(&mut self.values[place]);
        }
    }

    /// The newest `count` values, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = &T> + Clone {
        self.iter().skip(self.len().saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;

    #[test]
    fn the_newest_values_stay_in_order() {
        let mut ring = Ring::new(3);
        for value in 0..7 {
            ring.push(value);
        }
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [4, 5, 6]);
        assert_eq!(ring.last(2).copied().collect::<Vec<_>>(), [5, 6]);
        assert_eq!(ring.last(9).count(), 3);
        ring.change_last(2, |value| *value = 0);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [4, 0, 0]);
        let mut short = Ring::new(3);
        short.push(1);
        short.change_last(5, |value| *value = 9);
        assert_eq!(short.iter().copied().collect::<Vec<_>>(), [9]);
    }
}
