//! `--sensitivity` and `--rules FILE`: the rules of alerts.

use crate::exit::BadInput;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use undertone_fusion::{FusionConfig, Sensitivity};

/// The rules of alerts, for every command that analyses calls.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How much evidence an alert needs [default: normal, or that of the rules]
    #[arg(long, value_enum)]
    sensitivity: Option<SensitivityArg>,

    /// Rules of the alerts, a TOML file; config/alerts.toml has the defaults
    #[arg(long, value_name = "FILE.toml")]
    rules: Option<PathBuf>,

    /// Score the agent's voice too; prohibited in the EU for people at work
    #[arg(long)]
    agent_emotion: bool,
}

impl RulesArgs {
    /// Whether the agent's voice is scored; if so, says on stderr what that means.
    pub(crate) fn agent_emotion(&self) -> bool {
        self.agent_emotion_or(false)
    }

    /// The same, where a configuration may ask for it too.
    pub(crate) fn agent_emotion_or(&self, configured: bool) -> bool {
        let judged = self.agent_emotion || configured;
        if judged {
            eprintln!("undertone: {AGENT_EMOTION}");
        }
        judged
    }

    /// The rules of the file, or the defaults, at the sensitivity that is asked for.
    ///
    /// # Errors
    /// [`BadInput`] naming the file and the field or line at fault.
    pub(crate) fn load(&self) -> Result<FusionConfig> {
        let mut config = self.rules.as_deref().map(read).transpose()?.unwrap_or_default();
        if let Some(sensitivity) = self.sensitivity {
            config.sensitivity = sensitivity.into();
        }
        Ok(config)
    }
}

/// What scoring the agent's voice means.
const AGENT_EMOTION: &str = "the agent's voice is judged too (--agent-emotion): in the European \
    Union inferring the emotions of people at work from their voice is prohibited (AI Act, \
    Art. 5(1)(f)); elsewhere they should know and agree (docs/privacy.md)";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SensitivityArg {
    /// Fewer, later, more reliable alerts
    Low,
    Normal,
    /// More and earlier alerts, more of them false
    High,
}

impl From<SensitivityArg> for Sensitivity {
    fn from(arg: SensitivityArg) -> Self {
        match arg {
            SensitivityArg::Low => Self::Low,
            SensitivityArg::Normal => Self::Normal,
            SensitivityArg::High => Self::High,
        }
    }
}

/// Reads and checks a rules file.
fn read(path: &Path) -> Result<FusionConfig> {
    let wrong = |cause: String| BadInput(format!("{}: {cause}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    Ok(parse(&text).map_err(wrong)?)
}

fn parse(text: &str) -> Result<FusionConfig, String> {
    let config: FusionConfig = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        format!("line {line}: {}", error.message().replace('\n', " "))
    })?;
    config.check().map_err(|error| error.to_string())?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_documented_rules_are_the_defaults() {
        let text = include_str!("../../../config/alerts.toml");
        assert_eq!(parse(text).unwrap(), FusionConfig::default());
        assert_eq!(parse("").unwrap(), FusionConfig::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(parse("[spike]\nmin_speech = 0.5").unwrap().spike.min_speech > 0.4);
        let message = |text| parse(text).unwrap_err();
        assert!(message("[spike]\nclear = 1.0").contains("clear"));
        assert!(
            message("[spike]\nclear = 1.0").starts_with("line 2"),
            "{}",
            message("[spike]\nclear = 1.0")
        );
        assert!(message("[spike]\nclear_after_s = -1.0").contains("spike.clear_after_s is -1"));
        assert!(message("sensitivity = \"loud\"").contains("loud"));
        assert!(message("[words]\nraise_at = nan").contains("words.raise_at"));
        assert!(message("[moments").starts_with("line 1"));
    }
}
