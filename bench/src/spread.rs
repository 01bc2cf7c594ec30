//! Several measurements of one thing.

pub struct Spread(Vec<f64>);

impl Spread {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Spread(values)
    }

    pub fn median(&self) -> f64 {
        let middle = |at: usize| self.0.get(at).copied().unwrap_or(f64::NAN);
        (middle(self.0.len() / 2) + middle(self.0.len().saturating_sub(1) / 2)) / 2.0
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

    /// The median, and where the nine tenths in the middle begin and end.
    pub fn middle(&self, digits: usize) -> String {
        let at = |part: f64| self.0.get((part * self.0.len() as f64) as usize);
        let (Some(low), Some(high)) = (at(0.05), at(0.95)) else { return "not measured".to_owned() };
        format!("{:.digits$} ({low:.digits$} to {high:.digits$})", self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(Spread::of([4.0, 1.0, 3.0, 2.0]).median(), 2.5);
        assert_eq!(Spread::of([3.0, 1.0, 2.0]).text(1.0, 0, " s"), "2 s (1 to 3)");
        assert_eq!(Spread::of([]).text(1.0, 0, " s"), "not measured");
    }
}
