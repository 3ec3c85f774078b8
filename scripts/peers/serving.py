"""`undertone serve`, and what it says and when."""

import json
import socket
import subprocess
import tempfile
import threading
import time


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """`gateways` maps a name to its kind and further lines of its table."""

    def __init__(self, binary, gateways):
        self.ports, self.events = {}, []
        lines = ['[http]\nlisten = "127.0.0.1:0"\n']
        for name, (kind, more) in gateways.items():
            port = free_port(socket.SOCK_DGRAM if kind == "rtp" else socket.SOCK_STREAM)
            self.ports[name] = port
            lines.append(
                f'[[gateway]]\nname = "{name}"\nkind = "{kind}"\nsilence_s = 3\n'
                f'listen = "127.0.0.1:{port}"\n{more}\n'
            )
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("".join(lines))
            file.flush()
            self.process = subprocess.Popen(
                [binary, "serve", "--config", file.name, "--whisper", "none"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for line in self.process.stderr:
                if "http listens on" in line:
                    break
            else:
                raise SystemExit("undertone serve did not start")
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append((json.loads(line), time.monotonic()))

    def of(self, call):
        """The events of a call, with their times; RTP calls are named after their
        gateway."""
        return [(event, at) for event, at in self.events if event["call"].startswith(call)]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.reader.join()
