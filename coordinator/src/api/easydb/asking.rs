//! One question for all who ask the same at the same time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

/// A question that anybody may wait for the answer of. It goes on as long as one of them does.
type Question<A> = Shared<BoxFuture<'static, A>>;

/// The questions that are under way, by the digests of what is asked.
pub(in crate::api) struct Asking<A: Clone>(
    Mutex<HashMap<[u8; 32], WeakShared<BoxFuture<'static, A>>>>,
);

impl<A: Clone> Default for Asking<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<A: Clone> Asking<A> {
    /// The question that is under way, or else this one.
    pub(in crate::api) fn join(
        &self,
        of: [u8; 32],
        ask: impl FnOnce() -> BoxFuture<'static, A>,
    ) -> Question<A> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(question) = under_way.get(&of).and_then(WeakShared::upgrade) {
            return question;
        }
        under_way.retain(|_, question| question.upgrade().is_some());
        let question = ask().shared();
        under_way.extend(question.downgrade().map(|question| (of, question)));
        question
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_many_ask_at_once_is_asked_once() {
        let (asking, asked) = (Asking::<u32>::default(), Arc::new(AtomicU32::new(0)));
        let answered = Arc::new(Notify::new());
        let ask = |of: u8| {
            let (asked, answered) = (Arc::clone(&asked), Arc::clone(&answered));
            asking.join([of; 32], move || {
                async move {
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    answered.notified().await;
                    number
                }
                .boxed()
            })
        };
        let (first, second, other) = (ask(1), ask(1), ask(2));
        let (one, two, three, ()) = tokio::join!(first, second, other, async {
            while asked.load(Ordering::Relaxed) < 2 {
                tokio::task::yield_now().await;
            }
            answered.notify_waiters();
        });
        assert_eq!((one, two, three), (0, 0, 1));
        // Later it is asked anew.
        let (again, ()) = tokio::join!(ask(1), async {
            while asked.load(Ordering::Relaxed) < 3 {
                tokio::task::yield_now().await;
            }
            answered.notify_waiters();
        });
        assert_eq!(again, 2);
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_the_question_to_the_others() {
        let (asking, asked) = (Asking::<u32>::default(), Arc::new(AtomicU32::new(0)));
        let answered = Arc::new(Notify::new());
        let ask = || {
            let (asked, answered) = (Arc::clone(&asked), Arc::clone(&answered));
            asking.join([1; 32], move || {
                async move {
                    asked.fetch_add(1, Ordering::Relaxed);
                    answered.notified().await;
                    7
                }
                .boxed()
            })
        };
        let (mut first, second) = (ask(), ask());
        assert!((&mut first).now_or_never().is_none(), "it waits for the answer");
        drop(first);
        answered.notify_one();
        assert_eq!(second.await, 7);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
