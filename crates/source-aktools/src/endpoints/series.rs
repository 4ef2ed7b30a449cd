//! Macroeconomic series: `macro_china_*`, functions without arguments.

use market_model::MacroObservation;

use crate::{AktoolsError, Client, Fetched, SeriesSpec, normalize, series, shanghai::day_of};

impl Client {
    /// The observations of one series, in the order of the vendor's table. The function is called once a day at most,
    /// however many of its series are asked for: their answers share one page.
    ///
    /// # Errors
    /// See [`AktoolsError`]. Another series of the same function that cannot be read does not matter here.
    pub async fn series(&self, spec: &SeriesSpec) -> Result<Fetched<MacroObservation>, AktoolsError> {
        self.observations(spec.function, &[spec]).await
    }

    /// The observations of every series that one function holds; see [`crate::functions`].
    ///
    /// # Errors
    /// [`AktoolsError::UnknownSeries`] where no series is known in that function, and see [`AktoolsError`].
    pub async fn function(&self, name: &str) -> Result<Fetched<MacroObservation>, AktoolsError> {
        let unknown = || AktoolsError::UnknownSeries { name: name.to_owned() };
        let function = series::function_named(name).ok_or_else(unknown)?;
        let all: Vec<&SeriesSpec> = series::series_of(function).collect();
        self.observations(function, &all).await
    }

    async fn observations(
        &self,
        function: &'static str,
        wanted: &[&SeriesSpec],
    ) -> Result<Fetched<MacroObservation>, AktoolsError> {
        let answer = self.answer_of_today(function).await?;
        let fetched = normalize::observations(&answer, wanted, day_of(self.now()));
        if fetched.is_err() {
            self.forget_answer(function).await;
        }
        fetched
    }
}
