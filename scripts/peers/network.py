"""UDP between a sender and the server: it notes when what was handed over, and, if it
is to be a bad network, loses, delays and repeats packets."""

import heapq
import random
import socket
import struct
import threading
import time

LOSS, JITTER_S, TWICE = 0.10, 0.08, 0.03


class Handed:
    """When the sound up to each second of a stream was handed over."""

    def __init__(self):
        self.until, self.when = [], []

    def add(self, until_s, when):
        self.until.append(until_s)
        self.when.append(when)

    def at(self, stream_s):
        for until, when in zip(self.until, self.when):
            if until >= stream_s - 1e-4:
                return when
        return self.when[-1] if self.when else time.monotonic()


class Relay:
    """Passes datagrams on to `port`, by way of a network."""

    def __init__(self, port, clock, bad):
        self.to, self.clock, self.bad = ("127.0.0.1", port), clock, bad
        self.handed, self.first, self.last = Handed(), None, None
        self.random = random.Random(7)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.running, self.waiting = True, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.running:
            due = self.waiting[0][0] - time.monotonic() if self.waiting else 0.2
            self.socket.settimeout(max(due, 1e-4))
            try:
                packet = self.socket.recv(1 << 16)
                self.take(packet, time.monotonic())
            except (TimeoutError, BlockingIOError):
                pass
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                self.out.sendto(heapq.heappop(self.waiting)[2], self.to)

    def take(self, packet, now):
        if len(packet) < 12 or packet[1] & 0x7F in range(72, 77):
            return  # RTCP
        (stamp,) = struct.unpack(">I", packet[4:8])
        if self.first is None:
            self.first = stamp
        start_s = ((stamp - self.first) & 0xFFFFFFFF) / self.clock
        # The length of a packet is the step from the last one; the first is 20 ms.
        step_s = 0.02 if self.last is None else min(start_s - self.last, 0.2)
        self.last = start_s
        self.handed.add(start_s + max(step_s, 0.0), now)
        if not self.bad:
            self.out.sendto(packet, self.to)
            return
        if self.random.random() < LOSS:
            return
        copies = 2 if self.random.random() < TWICE else 1
        for copy in range(copies):
            due = now + self.random.random() * JITTER_S
            heapq.heappush(self.waiting, (due, id(packet) + copy, packet))

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()
        self.out.close()
