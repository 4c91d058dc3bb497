"""Runs `nexusc dev` with a terminal as its standard error: prints its first line, what it says to a person, and END;
then waits until standard input ends, stops it, and exits as it does."""

import os
import pty
import subprocess
import sys

terminal, theirs = pty.openpty()
dev = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL)
os.close(theirs)
print(dev.stdout.readline().decode().rstrip("\n"))
talk = b""
while not (b"TypeScript" in talk and talk.endswith(b"\r\n\r\n")):
    talk += os.read(terminal, 65536)
print(talk.decode().replace("\r\n", "\n") + "END", flush=True)
sys.stdin.read()
dev.terminate()
sys.exit(dev.wait())
