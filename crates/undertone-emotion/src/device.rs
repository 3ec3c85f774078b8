//! The device that models run on.

use crate::error::first_line;
use candle_core::Device;
use std::fmt;
use std::str::FromStr;

/// A device as chosen by the user: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that this build supports, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU with this number.
    Cuda(usize),
    /// The GPU of a Mac.
    Metal,
}

/// The chosen device is not available.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--device {choice}: {cause}; `--device auto` uses the CPU where there is nothing better")]
pub struct DeviceError {
    choice: DeviceChoice,
    cause: String,
}

/// A device, and a notice for the user if it is not the expected one.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// The device to load models on.
    pub device: Device,
    /// Why `auto` chose the CPU although this build supports a GPU.
    pub note: Option<String>,
}

impl DeviceChoice {
    /// Opens the device. `Auto` always succeeds.
    ///
    /// # Errors
    /// [`DeviceError`] if a GPU was chosen by name and this build, the driver or the machine
    /// has none.
    pub fn open(self) -> Result<OpenDevice, DeviceError> {
        let opened = match self {
            Self::Auto => return Ok(best()),
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(_) if !cfg!(feature = "cuda") => Err(not_built("cuda")),
            Self::Metal if !cfg!(feature = "metal") => Err(not_built("metal")),
            Self::Cuda(number) => Device::new_cuda(number).map_err(|error| first_line(&error)),
            Self::Metal => Device::new_metal(0).map_err(|error| first_line(&error)),
        };
        opened
            .map(|device| OpenDevice { device, note: None })
            .map_err(|cause| DeviceError { choice: self, cause })
    }
}

fn not_built(feature: &str) -> String {
    format!("this program was built without it (cargo build --features {feature})")
}

fn best() -> OpenDevice {
    let card = if cfg!(feature = "cuda") {
        Device::new_cuda(0)
    } else if cfg!(feature = "metal") {
        Device::new_metal(0)
    } else {
        return OpenDevice { device: Device::Cpu, note: None };
    };
    match card {
        Ok(device) => OpenDevice { device, note: None },
        Err(error) => {
            let note = format!("no graphics card, using the CPU ({})", first_line(&error));
            OpenDevice { device: Device::Cpu, note: Some(note) }
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| "there are auto, cpu, cuda, cuda:N and metal".to_owned()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_choice_is_read_as_it_is_written() {
        for choice in [
            DeviceChoice::Auto,
            DeviceChoice::Cpu,
            DeviceChoice::Cuda(0),
            DeviceChoice::Cuda(7),
            DeviceChoice::Metal,
        ] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            assert!(wrong.parse::<DeviceChoice>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_cpu_and_auto_are_always_there() {
        assert!(DeviceChoice::Cpu.open().unwrap().device.is_cpu());
        DeviceChoice::Auto.open().unwrap();
    }

    #[test]
    fn a_device_this_build_lacks_is_refused_with_the_way_out() {
        for (choice, built) in [
            (DeviceChoice::Cuda(1), cfg!(feature = "cuda")),
            (DeviceChoice::Metal, cfg!(feature = "metal")),
        ] {
            if built {
                continue;
            }
            let message = choice.open().unwrap_err().to_string();
            assert!(message.contains(&choice.to_string()), "{message}");
            assert!(message.contains("--features") && message.contains("auto"), "{message}");
        }
    }
}
