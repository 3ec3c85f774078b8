"""Programs that send a call, none of them ours.

Each sender: its name, the gateway it needs, what it takes, whether its codec changes the
sound, and `send(wav, port, folder, name)`, which returns when the call has been sent, and
says when what was handed over (unless it goes through a relay, which knows).
"""

import asyncio
import importlib
import json
import shutil
import socket
import struct
import subprocess
import time
import wave

from network import Handed
from serving import free_port


class Unavailable(Exception):
    """The program is not here."""


def prepare(call, path, until_s):
    """The customer's side of a call as a telephone gives it: µ-law at 8 kHz, and back, so
    that every path starts from the same samples."""
    coded, plain = path.with_suffix(".ulaw.wav"), path.with_suffix(".pcm.wav")
    until = ["-t", str(until_s)] if until_s else []
    run("ffmpeg", "-loglevel", "error", "-y", *until, "-i", str(call), "-filter_complex",
        "[0:a]pan=mono|c0=c0[c]", "-map", "[c]", "-ar", "8000", "-c:a", "pcm_mulaw", str(coded))
    run("ffmpeg", "-loglevel", "error", "-y", "-i", str(coded), "-c:a", "pcm_s16le", str(plain))
    return plain


def run(*command):
    subprocess.run(command, check=True)


def coded(wav, codec):
    """The call as ffmpeg hears it through a codec that changes the sound."""
    packed, plain = wav.with_suffix(f".{codec}"), wav.with_suffix(f".{codec}.wav")
    run("ffmpeg", "-loglevel", "error", "-y", "-i", str(wav), "-c:a", codec, "-ar", "16000",
        "-f", codec, str(packed))
    run("ffmpeg", "-loglevel", "error", "-y", "-f", codec, "-i", str(packed), str(plain))
    return plain


def needs(*programs):
    def check():
        for program in programs:
            if not shutil.which(program):
                raise Unavailable(f"no {program}")
    return check


def needs_python(*modules):
    def check():
        for module in modules:
            try:
                importlib.import_module(module)
            except ImportError as error:
                raise Unavailable(str(error)) from error
    return check


# --- ffmpeg and GStreamer: RTP -------------------------------------------------------

def ffmpeg(codec, rate, packet, payload_type=None):
    more = ["-payload_type", str(payload_type)] if payload_type else []

    def send(wav, port, _folder, _name):
        run("ffmpeg", "-loglevel", "error", "-re", "-i", str(wav), "-c:a", codec,
            "-ar", str(rate), *more, "-f", "rtp", "-sdp_file", "/dev/null",
            f"rtp://127.0.0.1:{port}?pkt_size={packet}")
    return send


def gstreamer(chain):
    def send(wav, port, _folder, _name):
        run("gst-launch-1.0", "-q", "filesrc", f"location={wav}", "!", "wavparse", "!",
            "audioconvert", "!", "audioresample", "!", *chain.split(), "!",
            "udpsink", "host=127.0.0.1", f"port={port}", "sync=true")
    return send


def rtp(name, send, needed, clock, coded, types="{}", **more):
    return {**more, "name": name, "gateway": ("rtp", f"payload_types = {types}"), "send": send,
            "check": needs(needed), "clock": clock, "coded": coded}


# --- sipp: a call set up by SIP, with media ------------------------------------------

UAC = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:undertone@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:undertone@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: sip:caller@[local_ip]:[local_port]
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="200" rtd="true" rrs="true"/>
<send><![CDATA[
ACK sip:undertone@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:undertone@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<nop><action><exec rtp_stream="MEDIA,1,0,PCMU/8000"/></action></nop>
<pause milliseconds="LENGTH"/>
<send retrans="500"><![CDATA[
BYE sip:undertone@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:caller@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:undertone@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""

UAS = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="called">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=called 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio PORT RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


def sipp(wav, port, folder, name):
    with wave.open(str(wav)) as reader:
        length_ms = 1000 * reader.getnframes() // reader.getframerate()
    media = folder / f"{name}.ulaw"
    run("ffmpeg", "-loglevel", "error", "-y", "-i", str(wav), "-f", "mulaw", str(media))
    called, calling = folder / "uas.xml", folder / "uac.xml"
    called.write_text(UAS.replace("PORT", str(port)))
    calling.write_text(UAC.replace("MEDIA", str(media)).replace("LENGTH", str(length_ms)))
    sip = free_port(socket.SOCK_DGRAM)
    common = ["-m", "1", "-nostdin", "-i", "127.0.0.1", "-mi", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    server = subprocess.Popen(["sipp", "-sf", str(called), "-p", str(sip), *common], **quiet)
    time.sleep(0.5)
    caller = subprocess.run(["sipp", "-sf", str(calling), f"127.0.0.1:{sip}", *common], **quiet)
    server.wait(20)
    if caller.returncode != 0:
        print(f"sipp: the call failed with {caller.returncode}")


# --- WebSocket and TCP ---------------------------------------------------------------

def blocks(wav):
    """20 ms of samples at a time, each when it is due, and the second it ends at."""
    with wave.open(str(wav)) as reader:
        pcm = reader.readframes(reader.getnframes())
    began = time.monotonic()
    for number, start in enumerate(range(0, len(pcm), 320)):
        until_s = 0.02 * (number + 1)
        time.sleep(max(0.0, began + until_s - time.monotonic()))
        yield pcm[start:start + 320], until_s


def asterisk(wav, port, _folder, _name):
    """AudioSocket: kind, length (big-endian), payload; a UUID, PCM, and a hang-up.
    https://docs.asterisk.org/Configuration/Channel-Drivers/AudioSocket/"""
    handed = Handed()
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(b"\x01\x00\x10" + bytes(range(16)))
        for block, until_s in blocks(wav):
            peer.sendall(b"\x10" + struct.pack(">H", len(block)) + block)
            handed.add(until_s, time.monotonic())
        peer.sendall(b"\x00\x00\x00")
    return handed


def websocket(first, last, serializer=None, rate=8000, width=2):
    """A WebSocket that says `first`, sends the call, and says `last`."""
    def send(wav, port, _folder, _name):
        from websockets.asyncio.client import connect
        handed = Handed()

        async def talk():
            frames = await serializer() if serializer else None
            async with connect(f"ws://127.0.0.1:{port}") as peer:
                for said in first:
                    await peer.send(said)
                sent = 0
                for block, _ in blocks(wav):
                    message = await frames(block) if frames else block
                    if message is None:
                        continue
                    await peer.send(message)
                    sent += payload(message)
                    handed.add(sent / (rate * width), time.monotonic())
                for said in last:
                    await peer.send(said)
        asyncio.run(talk())
        return handed
    return send


def payload(message):
    """Bytes of sound in a message."""
    if isinstance(message, bytes):
        return len(message)
    coded = json.loads(message)["media"]["payload"]
    return 3 * len(coded) // 4 - coded.count("=")


def pipecat(kind):
    """One of pipecat-ai's serialisers, as a function from samples to messages."""
    async def make():
        from pipecat.frames.frames import OutputAudioRawFrame, StartFrame
        from pipecat.serializers.telnyx import TelnyxFrameSerializer as Telnyx
        from pipecat.serializers.twilio import TwilioFrameSerializer as Twilio
        from pipecat.serializers.vonage import VonageFrameSerializer as Vonage
        if kind == "twilio":
            frames = Twilio(stream_sid="MZ1", params=Twilio.InputParams(auto_hang_up=False, sample_rate=8000))
        elif kind == "telnyx":
            frames = Telnyx(stream_id="32de", outbound_encoding="PCMA", inbound_encoding="PCMA",
                            params=Telnyx.InputParams(auto_hang_up=False, sample_rate=8000))
        else:
            frames = Vonage(params=Vonage.InputParams(vonage_sample_rate=8000, sample_rate=8000))
        await frames.setup(StartFrame(audio_in_sample_rate=8000, audio_out_sample_rate=8000))

        async def write(block):
            return await frames.serialize(
                OutputAudioRawFrame(audio=block, sample_rate=8000, num_channels=1))
        return write
    return make


def said(**what):
    return json.dumps(what)


TWILIO = said(event="start", start={
    "callSid": "twilio", "tracks": ["inbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}})
TELNYX = said(event="start", start={
    "call_control_id": "telnyx", "media_format": {"encoding": "PCMA", "sample_rate": 8000}})
VONAGE = said(**{"event": "websocket:connected", "content-type": "audio/l16;rate=8000",
                 "call_id": "vonage"})
CHAN = ("MEDIA_START connection_id:media_connection1 channel:WebSocket/INCOMING/0x55 "
        "channel_id:chan format:slin optimal_frame_size:320 ptime:20")


def over_websocket(name, kind, send, check, coded, more=""):
    return {"name": name, "gateway": (kind, more), "send": send, "check": check, "coded": coded}


PIPECAT = needs_python("pipecat.serializers.twilio", "websockets")
STOP = said(event="stop")

SENDERS = [
    rtp("ffmpeg-pcmu", ffmpeg("pcm_mulaw", 8000, 172), "ffmpeg", 8000, False),
    rtp("ffmpeg-pcma", ffmpeg("pcm_alaw", 8000, 172), "ffmpeg", 8000, True),
    rtp("ffmpeg-g722", ffmpeg("g722", 16000, 172), "ffmpeg", 8000, True, through="g722"),
    rtp("ffmpeg-l16", ffmpeg("pcm_s16be", 16000, 652, 97), "ffmpeg", 16000, True,
        '{ 97 = "L16/16000" }'),
    rtp("ffmpeg-opus", ffmpeg("libopus", 48000, 1200, 98), "ffmpeg", 48000, True,
        '{ 98 = "opus/48000/2" }'),
    rtp("gstreamer-pcmu", gstreamer("mulawenc ! rtppcmupay min-ptime=20000000 max-ptime=20000000"),
        "gst-launch-1.0", 8000, False),
    rtp("gstreamer-l16",
        gstreamer("audio/x-raw,rate=16000,format=S16BE ! rtpL16pay pt=97 "
                  "min-ptime=20000000 max-ptime=20000000"),
        "gst-launch-1.0", 16000, True, '{ 97 = "L16/16000" }'),
    rtp("gstreamer-opus",
        gstreamer("audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=24000 ! rtpopuspay pt=98"),
        "gst-launch-1.0", 48000, True, '{ 98 = "opus/48000/2" }'),
    rtp("sipp", sipp, "sipp", 8000, False),
    {"name": "audiosocket", "gateway": ("audiosocket", ""), "send": asterisk, "check": needs(),
     "coded": False, "call": "00010203"},
    over_websocket("twilio", "twilio", websocket([TWILIO], [STOP], pipecat("twilio"), width=1),
                   PIPECAT, True),
    over_websocket("telnyx", "telnyx", websocket([TELNYX], [STOP], pipecat("telnyx"), width=1),
                   PIPECAT, True),
    over_websocket("vonage", "vonage", websocket([VONAGE], [], pipecat("vonage")), PIPECAT, True),
    over_websocket("chan", "chan-websocket", websocket([CHAN], []), needs_python("websockets"),
                   False),
    over_websocket("freeswitch", "freeswitch", websocket([said(uuid="freeswitch")], []),
                   needs_python("websockets"), False, "rate = 8000"),
]
