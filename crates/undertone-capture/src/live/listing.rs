//! Lists inputs and loopbacks.

use super::{CpalDevice, DeviceError};
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, DeviceDirection, DeviceId, Host};
use std::str::FromStr;

/// On these systems, the loopback of an output is opened as the output itself.
pub(super) const OUTPUTS_ARE_LOOPBACKS: bool =
    cfg!(any(target_os = "windows", target_os = "macos"));

/// The kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceKind {
    /// A microphone.
    Microphone,
    /// A loopback: what the machine plays, the other side of a call.
    Loopback,
}

/// An input or a loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// Whether it is the default of its kind.
    pub is_default: bool,
}

/// The inputs and loopbacks of the system's preferred sound server, or, with `all`, of every
/// one.
///
/// # Errors
/// [`DeviceError::System`] if the preferred one does not respond.
pub fn devices(all: bool) -> Result<Vec<DeviceInfo>, DeviceError> {
    let host = cpal::default_host();
    let mut found = devices_of(&host)?;
    if all {
        for id in cpal::available_hosts().into_iter().filter(|&id| id != host.id()) {
            // One that cannot be asked has nothing to show.
            let others = cpal::host_from_id(id).map_err(|error| system(&error));
            found.extend(others.and_then(|host| devices_of(&host)).unwrap_or_default());
        }
    }
    found.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    Ok(found)
}

/// The device with this id, id without the sound server, or name; without one, the default
/// of its kind.
///
/// # Errors
/// [`DeviceError`] if there is none, or no default.
pub fn find(wanted: Option<&str>, kind: DeviceKind) -> Result<CpalDevice, DeviceError> {
    let host = match wanted.and_then(|wanted| DeviceId::from_str(wanted).ok()) {
        Some(id) => cpal::host_from_id(id.host()).map_err(|error| system(&error))?,
        None => cpal::default_host(),
    };
    let devices = devices_of(&host)?;
    let of_kind = |device: &&DeviceInfo| device.kind == kind && device.is_default;
    let found = match wanted {
        None => devices.iter().find(of_kind),
        Some(wanted) => devices.iter().find(|device| {
            let short = device.id.split_once(':').map_or("", |(_, short)| short);
            [&device.id, short, &device.name].contains(&wanted)
        }),
    };
    match (found, wanted) {
        (Some(device), _) => Ok(CpalDevice::new(device)),
        (None, Some(wanted)) => Err(DeviceError::Missing { name: wanted.to_owned() }),
        (None, None) => Err(DeviceError::NoDefault {
            what: match kind {
                DeviceKind::Microphone => "microphone",
                DeviceKind::Loopback => "loopback",
            },
        }),
    }
}

/// The system's device with this id.
pub(super) fn device(id: &str) -> Result<Device, DeviceError> {
    let missing = || DeviceError::Missing { name: id.to_owned() };
    let parsed = DeviceId::from_str(id).map_err(|_| missing())?;
    let host = cpal::host_from_id(parsed.host()).map_err(|error| system(&error))?;
    host.device_by_id(&parsed).ok_or_else(missing)
}

fn devices_of(host: &Host) -> Result<Vec<DeviceInfo>, DeviceError> {
    let id = |device: Device| device.id().ok().map(|id| id.to_string());
    let microphone = host.default_input_device().and_then(id);
    let output = host.default_output_device().and_then(id);
    let loopback = if OUTPUTS_ARE_LOOPBACKS {
        output
    } else {
        output.map(|output| format!("{output}.monitor"))
    };
    let found = host.devices().map_err(|error| system(&error))?;
    let info = |device: Device| {
        let id = device.id().ok()?;
        let description = device.description().ok()?;
        let name = description.name().to_owned();
        let kind = kind(&id, &name, description.direction())?;
        let id = id.to_string();
        let default = match kind {
            DeviceKind::Microphone => &microphone,
            DeviceKind::Loopback => &loopback,
        };
        let is_default = default.as_ref() == Some(&id);
        Some(DeviceInfo { id, name, kind, is_default })
    };
    Ok(found.filter_map(info).collect())
}

/// What is heard on a device; `None` if nothing is.
fn kind(id: &DeviceId, name: &str, direction: DeviceDirection) -> Option<DeviceKind> {
    let is_input = matches!(
        direction,
        DeviceDirection::Input | DeviceDirection::Duplex | DeviceDirection::Unknown
    );
    match (OUTPUTS_ARE_LOOPBACKS, is_input) {
        (true, false) => Some(DeviceKind::Loopback),
        (false, false) => None,
        // Only here are there inputs that are fed by outputs.
        (false, true) if is_monitor(id.id()) || is_monitor(name) => Some(DeviceKind::Loopback),
        (_, true) => Some(DeviceKind::Microphone),
    }
}

/// Names of loopbacks in `PulseAudio`, `PipeWire` and the kernel's `snd-aloop`.
fn is_monitor(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".monitor") || name.starts_with("monitor of") || name.contains("loopback")
}

fn system(error: &cpal::Error) -> DeviceError {
    DeviceError::System { cause: error.to_string() }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use cpal::HostId;

    #[test]
    fn monitors_are_loopbacks_and_outputs_are_not_heard() {
        let kind = |id: &str, name, direction| {
            kind(&DeviceId::new(HostId::PulseAudio, id), name, direction)
        };
        let card = "alsa_input.pci-0000_00_1f.3.analog-stereo";
        let monitor = "alsa_output.pci-0000_00_1f.3.analog-stereo.monitor";
        let input = DeviceDirection::Input;
        assert_eq!(kind(card, "Built-in Audio", input), Some(DeviceKind::Microphone));
        assert_eq!(kind(monitor, "Monitor of Built-in", input), Some(DeviceKind::Loopback));
        assert_eq!(kind("hw:Loopback,1", "Loopback PCM", input), Some(DeviceKind::Loopback));
        assert_eq!(kind(card, "Built-in Audio", DeviceDirection::Output), None);
    }

    #[test]
    fn a_device_that_is_not_here_is_refused_by_name() {
        let missing = find(Some("alsa:no-such-thing"), DeviceKind::Microphone).err();
        let said = missing.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("no-such-thing") && said.contains("undertone devices"), "{said}");
    }
}
