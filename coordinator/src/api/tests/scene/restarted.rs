//! The scene after its process has ended, and another one has begun.

use super::Scene;
use crate::api::Served;

impl Scene {
    /// Ends the process in its own time, and begins another over what it left.
    pub(in crate::api::tests) async fn restart(&mut self) {
        self.close();
        if let Some(registering) = &self.served.registering {
            registering.settled().await;
        }
        self.served = Served::new(self.coordinator.clone(), self.settings.clone());
    }
}
