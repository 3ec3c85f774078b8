//! Asking the store.

use super::{Api, problem};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use undertone_store::{Store, StoreError};

impl Api {
    /// What the store answers; `None` where there is no store.
    pub(crate) async fn stored<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, Response> {
        let Some(store) = self.store.as_ref().map(Arc::clone) else { return Ok(None) };
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        let fault = match done {
            Ok(Ok(answer)) => return Ok(Some(answer)),
            Ok(Err(error @ (StoreError::NoSuchRun { .. } | StoreError::NoSuchAlert { .. }))) => {
                return Err(problem(StatusCode::NOT_FOUND, &error.to_string()));
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(fault, "the store did not answer");
        Err(problem(StatusCode::SERVICE_UNAVAILABLE, &fault))
    }
}
