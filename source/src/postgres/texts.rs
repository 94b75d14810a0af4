//! Texts that a statement gives, for those who know what they ask.

use super::PostgresSource;
use super::failure::failure;
use crate::SourceError;

impl PostgresSource {
    /// The first column of all rows, texts that are not NULL, as they were at a view.
    pub(crate) async fn texts(
        &self,
        view: Option<&str>,
        sql: &str,
    ) -> Result<Vec<String>, SourceError> {
        let link = self.begin(view).await?;
        let rows = link.query(sql, &[]).await.map_err(|error| failure(&error))?;
        link.batch_execute("COMMIT").await.map_err(|error| failure(&error))?;
        self.pool.give_back(link);
        let texts = rows.iter().map(|row| row.try_get(0).map_err(|error| failure(&error)));
        texts.collect()
    }
}
