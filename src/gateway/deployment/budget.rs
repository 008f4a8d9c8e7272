//! The budget for the bodies that an isolate holds in memory. The runtime ends an isolate that uses too much memory, and all of its
//! requests with it. So a request that would exceed the budget is refused.

use std::cell::Cell;

/// The bytes that all requests of an isolate hold, and the most that they may hold.
#[derive(Debug)]
pub(in crate::gateway) struct Budget {
    most: usize,
    held: Cell<usize>,
}

/// The bytes that one request holds. They are returned to the budget when the request ends.
#[derive(Debug)]
pub(in crate::gateway) struct Held<'b> {
    budget: &'b Budget,
    bytes: Cell<usize>,
}

/// The budget does not have enough bytes left.
#[derive(Debug)]
pub(in crate::gateway) struct OverBudget {
    /// The bytes that the request needs.
    pub(in crate::gateway) needed: usize,
    /// The budget.
    pub(in crate::gateway) most: usize,
}

impl Budget {
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Cell::new(0) }
    }

    /// Starts the account of a request, which holds no bytes.
    pub(in crate::gateway) fn open(&self) -> Held<'_> {
        Held { budget: self, bytes: Cell::new(0) }
    }
}

impl Held<'_> {
    /// Changes the number of bytes that the request holds. A smaller number is always accepted.
    ///
    /// # Errors
    /// Returns [`OverBudget`] if the isolate would hold more than its budget. The number is then unchanged.
    pub(in crate::gateway) fn set(&self, bytes: usize) -> Result<(), OverBudget> {
        let others = self.budget.held.get() - self.bytes.get();
        if bytes > self.bytes.get() && others + bytes > self.budget.most {
            return Err(OverBudget { needed: bytes, most: self.budget.most });
        }
        self.budget.held.set(others + bytes);
        self.bytes.set(bytes);
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.budget.held.set(self.budget.held.get() - self.bytes.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_bytes_until_its_end() {
        let budget = Budget::new(100);
        let (one, other) = (budget.open(), budget.open());
        one.set(60).unwrap();
        assert_eq!(other.set(41).unwrap_err().needed, 41);
        other.set(40).unwrap();
        assert!(one.set(61).is_err());
        one.set(10).unwrap();
        other.set(90).unwrap();
        drop(other);
        assert_eq!(budget.held.get(), 10);
        one.set(100).unwrap();
        drop(one);
        assert_eq!(budget.held.get(), 0);
    }
}
