//! Several measurements of one thing.

pub struct Spread(Vec<f64>);

impl Spread {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Spread(values)
    }

    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The median, and the least and the most where they are not the same, in a unit of which `scale` make one.
    pub fn text(&self, scale: f64, digits: usize, unit: &str) -> String {
        let number = |value: f64| format!("{:.digits$}", value * scale);
        let [Some(least), Some(most)] =
            [self.0.first(), self.0.last()].map(|value| value.map(|v| number(*v)))
        else {
            return "not measured".to_owned();
        };
        let median = number(self.median());
        if least == most { format!("{median}{unit}") } else { format!("{median}{unit} ({least} to {most})") }
    }
}
